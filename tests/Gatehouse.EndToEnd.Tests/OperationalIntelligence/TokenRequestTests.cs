using System.Text;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>The token request: how it may be written, and what is wrong with it (contract sections 1 and 2).</summary>
public sealed class TokenRequestTests(OiGates gates)
{
    [Theory]
    [Contract("OI-1", "OI-11", "OI-12", "OI-13", "OI-14", "OI-15", "OI-16", "OI-21", "OI-35", "OI-39")]
    [InlineData("grant_type=PASSWORD&username={0}&password={1}", "Basic REVGQVVMVE9SRw==", "Content-Type: application/x-www-form-urlencoded")]
    [InlineData("password={1}&x=1&grant_type=Password&username={0}&y", "bAsIc   REVGQVVMVE9SRw==", "Content-Type: Application/X-WWW-Form-Urlencoded; charset=iso-8859-1; x")]
    [InlineData("grant_type=password&username={0}&password={1}&exttoken_requested=TRUE&Username=z&z=%ff", "BASIC REVGQVVMVE9SRwo=", "Content-Type: application/x-www-form-urlencoded\r\nContent-Encoding: identity")]
    [InlineData("&grant_type=%50assword&&username={0}&passwor%64={1}&", "Basic REVGQVVMVE9SRyANCgk=", "Content-Type: application/x-www-form-urlencoded\r\nAccept: text/html\r\nCache-Control: no-cache")]
    public async Task Sign_in_in_any_of_its_spellings(string form, string authorization, string headers)
    {
        var gate = await gates.Default;
        await EnsureAsync(gate, "speller");
        var body = string.Format(null, form, "speller", OiGate.Password.Replace(' ', '+'));

        var answer = await gate.SendAsync(OiRequests.Request("POST", "/ess/security/v1/token", body, $"Authorization: {authorization}", headers));

        OiGate.Tokens(answer).Locale.ShouldBe("en_US");
    }

    [Fact]
    [Contract("OI-14", "OI-17", "OI-18", "OI-48")]
    public async Task Tenant_is_found_in_another_letter_case_and_Unicode_form()
    {
        var gate = await gates.Default;
        await gate.TenantAsync("Küche@host_1-USERSTORE", "KITCHEN");
        await gate.AddAsync("cook", tenants: "Küche@host_1-USERSTORE");

        (await gate.SignInAsync("cook", OiRequests.Tenant("KÜCHE@HOST_1-userstore".Normalize(NormalizationForm.FormD)))).Cohort.ShouldBe("KITCHEN");
        (await gate.SignInAsync("cook", OiRequests.Tenant("Küche@host_1-USERSTORE \t\r\n"))).Cohort.ShouldBe("KITCHEN");
        (await gate.SendAsync(OiRequests.SignIn("cook", authorization: OiRequests.Tenant(" Küche@host_1-USERSTORE")))).Status.ShouldBe(401);
        (await gate.Server.RunAsync("tenant", "add", "küche@HOST_1-userstore")).ExitCode.ShouldBe(1);
    }

    [Theory]
    [Contract("OI-19", "OI-90", "OI-99")]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic\tREVGQVVMVE9SRw==")]
    [InlineData("Bearer REVGQVVMVE9SRw==")]
    [InlineData("BasicREVGQVVMVE9SRw==")]
    [InlineData("Basic REVG QVVMVE9SRw==")]
    [InlineData("Basic REVGQVVMVE9SRw")]
    [InlineData("Basic REVGQVVMVE9SRw=")]
    [InlineData("Basic REVGQVVMVE9SRw===")]
    [InlineData("Basic REVGQVVMVE9SRx==")]
    [InlineData("Basic REVGQVVMVE9SRw==, Basic REVGQVVMVE9SRw==")]
    [InlineData("Basic _-8=")]
    [InlineData("Basic /w==")]
    [InlineData("Basic Cg==")]
    [InlineData("Basic dXNlcjpwYXNzd29yZA==")]
    [InlineData("Basic QQBC")]
    [InlineData("Basic QQlC")]
    public async Task Unusable_tenant_header_is_refused_before_anything_is_looked_at(string? authorization)
    {
        var answer = await (await gates.Default).SendAsync(OiRequests.Token("%", authorization));

        answer.Status.ShouldBe(401);
        answer.Text.ShouldBe("{\n  \"msg\": \"Request has missing or invalid authorization header\",\n  \"code\": \"invalid-authorization-header\"\n}");
        answer.All("WWW-Authenticate").ShouldBe(["Bearer realm=\"ess\""]);
    }

    [Fact]
    [Contract("OI-20", "OI-78", "OI-92", "HTT-13")]
    public async Task Two_Authorization_fields_are_malformed()
    {
        var gate = await gates.Default;
        foreach (var request in new[]
        {
            OiRequests.SignIn("nobody", headers: $"Authorization: {OiRequests.DefaultOrg}"),
            OiRequests.Call(OiRequests.Bearer("x"), headers: $"Authorization: {OiRequests.Bearer("x")}"),
            OiRequests.Call(OiRequests.Bearer("x"), "/ess/security/v1/me", "GET", "Authorization:"),
        })
        {
            var answer = await gate.SendAsync(request);
            answer.Status.ShouldBe(400);
            answer.Text.ShouldBe("{\n  \"msg\": \"Malformed request\",\n  \"code\": \"duplicate-authorization\"\n}");
            answer.Header("WWW-Authenticate").ShouldBeNull();
        }
    }

    [Theory]
    [Contract("OI-22", "OI-94")]
    [InlineData("Content-Type: application/json")]
    [InlineData("Content-Type: multipart/form-data; boundary=x")]
    [InlineData("Content-Type:")]
    [InlineData("X: y")]
    [InlineData("Content-Type: application/x-www-form-urlencoded\r\nContent-Type: application/json")]
    [InlineData("Content-Type: application/x-www-form-urlencoded\r\nContent-Encoding: gzip")]
    public async Task Body_that_is_no_plain_form_is_not_supported(string headers)
    {
        var request = OiRequests.Request("POST", "/ess/security/v1/token", "grant_type=PASSWORD", $"Authorization: {OiRequests.DefaultOrg}", headers);

        Fault(await (await gates.Default).SendAsync(request), 415, "unsupported-media-type", "Unsupported media type");
    }

    [Fact]
    [Contract("OI-23")]
    public async Task Form_is_read_as_careless_callers_write_it()
    {
        var gate = await gates.Default;
        const string Secret = "100% @ $9!; /?= plum%2 %zz";
        await gate.AddAsync("careless one", password: Secret);

        OiGate.Tokens(await gate.SendAsync(OiRequests.Token($"grant_type=PASSWORD&username=careless%20one&password={Secret}"))).Tkn.ShouldNotBeEmpty();
        var form = $"grant_type=PASSWORD&username=careless+one&password={Secret.Replace(' ', '+')}";
        var chunked = OiRequests.Request("POST", "/ess/security/v1/token", null, $"Authorization: {OiRequests.DefaultOrg}", "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked")
            + string.Concat(form.Chunk(10).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n")) + "0\r\n\r\n";
        OiGate.Tokens(await gate.SendAsync(chunked)).Tkn.ShouldNotBeEmpty();
    }

    [Theory]
    [Contract("OI-24", "OI-25", "OI-26", "OI-27", "OI-28", "OI-92", "OI-100", "ATK-80")]
    [InlineData("", "missing-parameter", "Missing parameter: grant_type")]
    [InlineData("grant_type=", "missing-parameter", "Missing parameter: grant_type")]
    [InlineData("Grant_Type=PASSWORD", "missing-parameter", "Missing parameter: grant_type")]
    [InlineData("grant_type=PASSWORD;username=a", "unsupported-grant", "Unsupported grant_type")]
    [InlineData("grant_type=PASSWORD", "missing-parameter", "Missing parameter: username")]
    [InlineData("grant_type=PASSWORD&password=a&username=", "missing-parameter", "Missing parameter: username")]
    [InlineData("grant_type=PASSWORD&username=a&Password=b", "missing-parameter", "Missing parameter: password")]
    [InlineData("grant_type=refresh_token&username=a&password=b", "missing-parameter", "Missing parameter: refresh_token")]
    [InlineData("grant_type=client_credentials", "unsupported-grant", "Unsupported grant_type")]
    [InlineData("grant_type=PASSWORD2", "unsupported-grant", "Unsupported grant_type")]
    [InlineData("grant_type=PASSWORD&username=a&username=a", "duplicate-parameter", "Duplicate parameter: username")]
    [InlineData("grant_type=PASSWORD&grant_typ%65=PASSWORD", "duplicate-parameter", "Duplicate parameter: grant_type")]
    [InlineData("exttoken_requested=true&exttoken_requested=false", "duplicate-parameter", "Duplicate parameter: exttoken_requested")]
    [InlineData("grant_type=PASSWORD&username=%ff&password=b", "malformed-parameter", "Malformed parameter: username")]
    [InlineData("grant_type=PASSWORD&username=a&password=\u00e9", "malformed-parameter", "Malformed parameter: password")]
    public async Task Parameters_that_are_missing_repeated_or_unreadable(string form, string code, string text) =>
        Fault(await (await gates.Default).SendAsync(OiRequests.Token(form)), 400, code, text);

    [Theory]
    [Contract("OI-29", "HTT-15", "HTT-181")]
    [InlineData("grant_type")]
    [InlineData("username")]
    [InlineData("password")]
    [InlineData("refresh_token")]
    public async Task Credentials_in_the_URL_are_refused_and_not_logged(string name)
    {
        var gate = await gates.Default;
        var answer = await gate.SendAsync(OiRequests.SignIn("nobody", query: $"?a=b&client_txn_id=url-{name}&{name[..^1]}%{(int)name[^1]:x2}=shown-in-the-url"));

        Fault(answer, 400, "parameter-in-url", $"Parameter not allowed in the URL: {name}");
        (await gate.LogAsync($"url-{name}")).ShouldNotBeEmpty();
        gate.Server.Log.ShouldNotContain("shown-in-the-url");
    }

    [Fact]
    [Contract("OI-30", "OI-4", "OI-94", "OI-95")]
    public async Task Checks_come_in_their_order()
    {
        var gate = await gates.Careful;
        const string Json = "Content-Type: application/json";
        var tooLarge = new string('a', 65_537);

        // Over plain HTTP, which is not allowed here; then over TLS.
        (await gate.SendAsync(OiRequests.Request("DELETE", "/ess/security/v1/token", tooLarge))).Status.ShouldBe(405);
        (await gate.SendAsync(OiRequests.Request("POST", "/ess/security/v1/token", tooLarge, "Authorization: x", "Authorization: y"))).Status.ShouldBe(403);
        (await SecureAsync(OiRequests.Request("POST", "/ess/security/v1/token", "a", "Authorization: x", "Authorization: y", Json))).Status.ShouldBe(400);
        (await SecureAsync(OiRequests.Request("POST", "/ess/security/v1/token", "a", "Authorization: x", Json))).Status.ShouldBe(401);
        (await SecureAsync(OiRequests.Request("POST", "/ess/security/v1/token", "a", $"Authorization: {OiRequests.DefaultOrg}", Json))).Status.ShouldBe(415);
        Fault(await SecureAsync(OiRequests.Token(tooLarge, query: "?password=x")), 413, "too-large", "Request too large");
        (await SecureAsync(OiRequests.Token("username=nobody", query: "?password=x"))).Status.ShouldBe(400);

        Task<WireAnswer> SecureAsync(string request) => WireClient.ExchangeAsync(gate.Server.Https, request);
    }

    [Fact]
    [Contract("OI-95", "HTT-11")]
    public async Task Body_is_taken_up_to_its_limit_announced_or_streamed()
    {
        var gate = await gates.Default;
        var most = new string('a', 65_536);
        Fault(await gate.SendAsync(OiRequests.Token(most)), 400, "missing-parameter", "Missing parameter: grant_type");

        var chunked = OiRequests.Request("POST", "/ess/security/v1/token", null, $"Authorization: {OiRequests.DefaultOrg}", "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked");
        Fault(await gate.SendAsync($"{chunked}10001\r\n{most}a\r\n0\r\n\r\n"), 413, "too-large", "Request too large");
    }

    [Fact]
    [Contract("OI-31", "OI-91", "ATK-10", "HTT-85")]
    public async Task Refused_passwords_all_look_alike()
    {
        var gate = await gates.Default;
        await gate.TenantAsync("foreign-org");
        await gate.AddAsync("refused-member");
        await gate.AddAsync("refused-disabled");
        var disabled = (await gate.Store.Accounts.FindAsync("refused-disabled", default))!.Account;
        await gate.Store.Accounts.SetEnabledAsync(disabled.Id, enabled: false, new() { Time = default, Event = "x", Outcome = "x" }, default);

        WireAnswer[] answers =
        [
            await gate.SendAsync(OiRequests.SignIn("refused-member", authorization: OiRequests.Tenant("no-such-org"))),
            await gate.SendAsync(OiRequests.SignIn("refused-member", authorization: OiRequests.Tenant("foreign-org"))),
            await gate.SendAsync(OiRequests.SignIn("refused-unknown")),
            await gate.SendAsync(OiRequests.SignIn("refused-member", "wrong pear in the river")),
            await gate.SendAsync(OiRequests.SignIn("refused-disabled")),
            await gate.SendAsync(OiRequests.SignIn("Refused-Member")),
        ];

        Fault(answers[0], 401, "invalid-credentials", "Invalid credentials");
        answers[0].All("WWW-Authenticate").ShouldBe(["Bearer realm=\"ess\""]);
        answers.Select(Plain).Distinct().Count().ShouldBe(1);

        static string Plain(WireAnswer answer) => string.Join('\n', answer.Headers.Where(header => header.Name != "Date").Select(header => $"{header.Name}: {header.Value}").Append(answer.Text));
    }

    [Theory]
    [Contract("OI-32", "ATK-1")]
    [InlineData("a%00b", "x")]
    [InlineData("a%C2%85b", "x")]
    [InlineData("a", "x%0Ay")]
    [InlineData("+", "x")]
    [InlineData("a", "+++")]
    [InlineData("256+1", "x")]
    [InlineData("a", "1024+1")]
    public async Task Impossible_names_and_passwords_are_refused(string name, string password)
    {
        name = name == "256+1" ? new string('a', 257) : name;
        password = password == "1024+1" ? new string('p', 1_025) : password;

        Fault(await (await gates.Default).SendAsync(OiRequests.Token($"grant_type=PASSWORD&username={name}&password={password}")), 401, "invalid-credentials", "Invalid credentials");
    }

    [Fact]
    [Contract("OI-33", "HTT-52", "HTT-53")]
    public async Task Name_and_password_are_taken_in_any_Unicode_form()
    {
        var gate = await gates.Default;
        const string Secret = "Käse im Kühlschrank";
        await gate.AddAsync("zoë", password: Secret);

        OiGate.Tokens(await gate.SendAsync(OiRequests.SignIn("  zoë ".Normalize(NormalizationForm.FormD), Secret.Normalize(NormalizationForm.FormD)))).Tkn.ShouldNotBeEmpty();
        (await gate.SendAsync(OiRequests.SignIn("zoë", $"{Secret} "))).Status.ShouldBe(401);
    }

    [Fact]
    [Contract("OI-36", "OI-37")]
    public async Task Transaction_id_comes_back_when_it_may()
    {
        var gate = await gates.Default;
        var most = new string('x', 128);
        foreach (var good in new[] { "42", "A-z_0.9:@~", most })
        {
            (await SendAsync($"?client_txn_id={good}")).ShouldBe(good);
            (await gate.SendAsync(OiRequests.Call(null, $"/ess/security/v1/me?client_txn_id={good}"))).Header("X-Client-Txn-Id").ShouldBe(good);
        }

        (await SendAsync("?client_txn_id=%34%32")).ShouldBe("42");
        foreach (var bad in new[] { "", "?client_txn_id=", "?client_txn_id=1&client_txn_id=1", $"?client_txn_id={most}x", "?client_txn_id=a%0d%0ab", "?client_txn_id=a+b", "?client_txn_id=%ff", "?Client_Txn_Id=1" })
        {
            (await SendAsync(bad)).ShouldBeNull();
        }

        // On every answer of the endpoint, and nowhere else.
        (await gate.SendAsync(OiRequests.Request("GET", "/ess/security/v1/token?client_txn_id=42", null))).Header("X-Client-Txn-Id").ShouldBe("42");
        (await gate.SendAsync(OiRequests.Call(null, "/mdo/x?client_txn_id=42"))).Header("X-Client-Txn-Id").ShouldBeNull();

        async Task<string?> SendAsync(string query) => (await gate.SendAsync(OiRequests.Token("", query: query))).Header("X-Client-Txn-Id");
    }

    [Theory]
    [Contract("OI-38", "OI-47", "OI-127", "OI-128")]
    [InlineData("es", "es", "de")]
    [InlineData("es-MX;q=0.5, de", "es", "de")]
    [InlineData("en-us", "en_US", "de")]
    [InlineData(" FR_ch ,en", "fr", "fr_CH")]
    [InlineData("de-AT-1996", "de", "de")]
    [InlineData("sr-latn_rs", "en_US", "sr_Latn-RS")]
    [InlineData("pt", "en_US", "de")]
    [InlineData("*", "en_US", "de")]
    [InlineData(",es", "en_US", "de")]
    [InlineData("%%;;,,--", "en_US", "de")]
    public async Task Locale_is_the_first_tag_or_its_language_or_the_default(string header, string byDefault, string configured)
    {
        var (plain, careful) = (await gates.Default, await gates.Careful);
        await EnsureAsync(plain, "linguist");
        await EnsureAsync(careful, "linguist");
        var request = OiRequests.SignIn("linguist", headers: $"Accept-Language: {header}");

        OiGate.Tokens(await plain.SendAsync(request)).Locale.ShouldBe(byDefault);
        OiGate.Tokens(await WireClient.ExchangeAsync(careful.Server.Https, request)).Locale.ShouldBe(configured);
    }

    internal static void Fault(WireAnswer answer, int status, string code, string text)
    {
        answer.Text.ShouldBe($"{{\n  \"msg\": \"{text}\",\n  \"code\": \"{code}\"\n}}");
        answer.Status.ShouldBe(status);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Header("WWW-Authenticate").ShouldBe(status == 401 ? "Bearer realm=\"ess\"" : null);
    }

    private static async Task EnsureAsync(OiGate gate, string name)
    {
        if (await gate.Store.Accounts.FindAsync(name, default) is null)
        {
            await gate.AddAsync(name);
        }
    }
}
