using System.Diagnostics;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Negotiate;

public sealed class KerberosTests(Gates gates)
{
    private const string Echo = """{"user":"alice","dialect":"micetro","method":"negotiate-kerberos","tenant":null,"scope":null,"tenants":[],"impersonator":null,"session":null}""";

    [Fact, Contract("HTT-26", "HTT-60", "MIC-87")]
    public async Task Without_a_credential_negotiate_is_offered_bare()
    {
        var gate = await gates.OpenAsync();
        var answer = await WireClient.ExchangeAsync(gate.Https, Wire.Call);
        answer.Status.ShouldBe(401);
        answer.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, "Negotiate", Wire.BearerChallenge]);
        (await WireClient.ExchangeAsync((await gates.KerberosOnlyAsync()).Https, Wire.Call)).All("WWW-Authenticate").ShouldBe(["Negotiate", Wire.BearerChallenge]);
    }

    [Theory, Contract("HTT-62", "HTT-67", "MIC-95", "MIC-98", "MIC-113")]
    [InlineData("spnego")]
    [InlineData("krb5")]
    public async Task A_ticket_lets_one_call_in_and_proves_the_server_too(string mechanism)
    {
        var gate = await gates.OpenAsync();
        await using var caller = await gates.KerberosAsync("alice", mechanism: mechanism);
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        var answer = await caller.RunAsync(connection, Wire.Call);
        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe(Echo);
        answer.Header("Persistent-Auth").ShouldBe("false");
        Wire.TokenOf(answer).ShouldNotBeNull();
        (await connection.AskAsync(Wire.Call)).Text.ShouldBe(Wire.MissingSession);
    }

    [Theory, Contract("HTT-62", "HTT-66", "MIC-95")]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Curl_signs_in_with_kinit_tickets(string version)
    {
        var (kdc, gate) = (await gates.KdcAsync(), await gates.OpenAsync());
        var environment = kdc.Environment(await kdc.SignInAsync("alice"));
        var result = await Tool.RunAsync("curl", environment, "", "-sk", version, "--negotiate", "-u", ":", $"https://localhost:{gate.Https.Port}/mmws/api/Users");
        result.Output.ShouldBe(Echo);
    }

    [Fact, Contract("MIC-101", "ATK-74")]
    public async Task A_principal_of_a_foreign_realm_never_falls_on_a_local_account()
    {
        foreach (var gate in new[] { await gates.OpenAsync(), await gates.KerberosOnlyAsync() })
        {
            await using var caller = await gates.KerberosAsync($"alice@{KdcServer.ForeignRealm}");
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            var answer = await caller.RunAsync(connection, Wire.Call);
            answer.Status.ShouldBe(401);
            answer.Text.ShouldBe(Wire.Refused);
            (await gate.RunAsync("audit", "--json")).Output.ShouldContain($"\"name\":\"alice@{KdcServer.ForeignRealm}\"");
        }
    }

    [Fact, Contract("MIC-101")]
    public async Task An_account_of_exactly_the_proven_name_matches_first()
    {
        var gate = await gates.OpenAsync();
        await gate.AddAccountAsync($"mallory@{KdcServer.ForeignRealm}", Gates.LocalPassword);
        await using var caller = await gates.KerberosAsync($"mallory@{KdcServer.ForeignRealm}");
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        (await caller.RunAsync(connection, Wire.Call)).Text.ShouldStartWith($$"""{"user":"mallory@{{KdcServer.ForeignRealm}}",""");
    }

    [Fact, Contract("MIC-101")]
    public async Task Without_a_list_the_realm_of_the_keytab_is_the_local_one()
    {
        var gate = await gates.KerberosOnlyAsync();
        await using var caller = await gates.KerberosAsync("alice");
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        (await caller.RunAsync(connection, Wire.Call)).Text.ShouldBe(Echo);
        await using var stranger = await gates.KerberosAsync("stranger");
        (await stranger.RunAsync(connection, Wire.Call)).Text.ShouldBe(Wire.Refused);
    }

    [Fact, Contract("ATK-74", "MIC-97")]
    public async Task A_ticket_for_another_service_is_refused_whether_or_not_the_keytab_has_its_key()
    {
        var gate = await gates.OpenAsync();
        foreach (var service in new[] { "host@localhost", "HTTP@elsewhere" })
        {
            await using var caller = await gates.KerberosAsync("alice", service);
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            var answer = await caller.RunAsync(connection, Wire.Call);
            answer.Status.ShouldBe(401, service);
            answer.Text.ShouldBe(Wire.Refused);
            answer.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, "Negotiate", Wire.BearerChallenge]);
        }
    }

    [Fact, Contract("ATK-74", "MIC-98")]
    public async Task A_token_seen_before_is_refused()
    {
        var gate = await gates.OpenAsync();
        await using var caller = await gates.KerberosAsync("alice");
        var request = Wire.WithToken(Wire.Call, await caller.NextAsync());
        (await WireClient.ExchangeAsync(gate.Https, request)).Status.ShouldBe(200);
        var again = await WireClient.ExchangeAsync(gate.Https, request);
        again.Status.ShouldBe(401);
        again.Text.ShouldBe(Wire.Refused);
        (await WireClient.ExchangeAsync((await gates.KerberosOnlyAsync()).Https, request)).Status.ShouldBe(401);
    }

    [Fact, Contract("ATK-74")]
    public async Task A_ticket_out_of_time_is_refused()
    {
        var (kdc, gate) = (await gates.KdcAsync(), await gates.OpenAsync());
        var environment = kdc.Environment(await kdc.SignInAsync("alice"));

        // The ticket is good; the caller's clock, and with it the proof, is half an hour ahead. The service ticket comes first: the KDC minds, too.
        (await Tool.RunAsync("curl", environment, "", "-sk", "--negotiate", "-u", ":", $"https://localhost:{gate.Https.Port}/mmws/api/Users")).Output.ShouldBe(Echo);
        var result = await Tool.RunAsync("faketime", environment, "", "-f", "+30m", "curl", "-sk", "--negotiate", "-u", ":", $"https://localhost:{gate.Https.Port}/mmws/api/Users");
        result.Output.ShouldBe(Wire.Refused);
    }

    [Fact, Contract("HTT-68", "ATK-75")]
    public async Task A_token_bound_to_another_tls_connection_is_refused()
    {
        var gate = await gates.OpenAsync();
        var right = HandshakeClient.BindingOf(Path.Combine(gate.Data, "tls.crt"));
        var wrong = right.ToArray();
        wrong[^1] ^= 1;
        foreach (var (binding, status) in new[] { (right, 200), (wrong, 401) })
        {
            await using var caller = await gates.KerberosAsync("alice", binding: binding);
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            (await caller.RunAsync(connection, Wire.Call)).Status.ShouldBe(status);
        }
    }

    [Fact, Contract("HTT-68")]
    public async Task Where_binding_is_required_an_unbound_handshake_is_refused()
    {
        var gate = await gates.GateAsync("Kerberos,NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE.TEST=local,EXAMPLE=local"), ("Authorities:Negotiate:RequireChannelBinding", "true"));
        var right = HandshakeClient.BindingOf(Path.Combine(gate.Data, "tls.crt"));
        foreach (var (binding, status) in new[] { (right, 200), (null, 401) })
        {
            await using var kerberos = await gates.KerberosAsync("alice", binding: binding);
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            (await kerberos.RunAsync(connection, Wire.Call)).Status.ShouldBe(status);
            await using var ntlm = HandshakeClient.Ntlm(@"EXAMPLE\bob", Gates.NtlmPassword, binding);
            (await ntlm.RunAsync(connection, Wire.Call)).Status.ShouldBe(status);
        }
    }

    [Fact, Contract("HTT-63", "MIC-97")]
    public async Task What_is_no_token_is_refused_and_never_a_fault()
    {
        var gate = await gates.OpenAsync();
        string[] bad = ["", " ", " !", " YII", " YII=", " AAAA", " YIIJ", " " + new string('A', 64_000), " oQ==", " YAA=", " TlRMTVNTUAA=", " TlRMTVNTUAADAAAA", " TlRMTVNTUAABAAAA", " YWJj YWJj"];
        foreach (var value in bad)
        {
            var answer = await WireClient.ExchangeAsync(gate.Https, Wire.With(Wire.Call, $"Authorization: Negotiate{value}"));
            answer.Status.ShouldBe(401, value);
            answer.Text.ShouldBe(Wire.Refused);
            answer.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, "Negotiate", Wire.BearerChallenge]);
        }
    }

    [Fact, Contract("ATK-5", "ATK-4")]
    public async Task A_failed_handshake_helps_no_password_and_no_name()
    {
        var gate = await gates.OpenAsync();
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        (await connection.AskAsync(Wire.With(Wire.Call, "Authorization: Negotiate YIIJ"))).Status.ShouldBe(401);
        (await connection.AskAsync(Wire.With(Wire.Call, "Authorization: Basic YWRtaW46d3JvbmcgcGFzc3dvcmQ="))).Status.ShouldBe(401);
        (await connection.AskAsync(Wire.Call)).Status.ShouldBe(401);
        (await connection.AskAsync(Wire.With(Wire.Call, "Authorization: Negotiate YIIJ", "Authorization: Basic YWRtaW46d3Jvbmc="))).Status.ShouldBe(400);
    }

    [Fact, Contract("MIC-30", "MIC-20", "MIC-111")]
    public async Task Single_sign_on_is_a_challenge_first_and_then_a_session()
    {
        var gate = await gates.OpenAsync();
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        var login = Wire.Post("/mmws/json", """{"jsonrpc":"2.0","method":"Login","params":{"server":"x","singleSignOn":true,"unauthorizedAsForbidden":true},"id":7}""");
        var challenge = await connection.AskAsync(login);
        challenge.Status.ShouldBe(401);
        challenge.All("WWW-Authenticate").ShouldBe(["Negotiate"]);
        challenge.Text.ShouldBe("""{"jsonrpc":"2.0","error":{"code":5002,"message":"Missing Session ID."},"id":7}""");

        await using var caller = await gates.KerberosAsync("alice");
        var answer = await caller.RunAsync(connection, login);
        answer.Status.ShouldBe(200);
        var session = answer.Text.Split('"')[9];
        (await connection.AskAsync(Wire.With(Wire.Call, $"Authorization: Bearer {session}"))).Text.ShouldContain("\"method\":\"bearer\"");
        (await connection.AskAsync("GET /mmws/api/command/web_getPreLoginInfo HTTP/1.1\r\nHost: x\r\n\r\n")).Text.ShouldContain("\"ssoEnabled\":1");
    }

    [Fact, Contract("MIC-20")]
    public async Task A_ticket_in_the_header_is_a_login_in_every_wrapping()
    {
        var gate = await gates.OpenAsync();
        var soap = """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><Login xmlns="http://menandmice.com/webservices/"/></soap:Body></soap:Envelope>""";
        foreach (var (request, status) in new[]
        {
            ("GET /mmws/api/command/Login HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
            (Wire.Post("/mmws/api/v2/micetro/sessions", "{}"), 201),
            (Wire.Post("/mmws/soap", soap, "text/xml"), 200),
        })
        {
            await using var caller = await gates.KerberosAsync("bob");
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            var answer = await caller.RunAsync(connection, request);
            answer.Status.ShouldBe(status);
            answer.Text.ShouldContain("session");
        }
    }

    [Fact, Contract("MIC-68")]
    public async Task RequestSso_gives_a_session_and_the_name()
    {
        var gate = await gates.OpenAsync();
        var request = Wire.Post("/_mmwebext/mmwebext.dll?RequestSSO", "central.example", "text/plain");
        var challenge = await WireClient.ExchangeAsync(gate.Https, request);
        challenge.Status.ShouldBe(401);
        challenge.All("WWW-Authenticate").ShouldBe(["Negotiate"]);

        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\carol", Gates.NtlmPassword);
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        var answer = await caller.RunAsync(connection, request);
        answer.Status.ShouldBe(200);
        answer.Text.ShouldMatch(@"<LoginResponse xmlns=""http://menandmice\.com/webservices/""><session>[A-Za-z0-9_-]{42}</session><userName>EXAMPLE\\carol</userName></LoginResponse>");
    }

    [Fact, Contract("MIC-94")]
    public async Task A_page_of_another_site_cannot_use_a_ticket()
    {
        var gate = await gates.OpenAsync();
        await using var caller = await gates.KerberosAsync("alice");
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        var answer = await caller.RunAsync(connection, Wire.With(Wire.Call, "Sec-Fetch-Site: cross-site"));
        answer.Status.ShouldBe(403);
    }

    [Fact, Contract("MIC-132", "HTT-99", "MIC-125")]
    public async Task Without_a_key_the_server_starts_warns_and_answers_503()
    {
        var gate = await gates.GateAsync("Kerberos", ("Authorities:Negotiate:Keytab", "/nowhere/http.keytab"));
        await Eventually.AsyncTrue(() => Task.FromResult(gate.Log.Contains("Gatehouse:Authorities:Negotiate:Keytab", StringComparison.Ordinal)));
        await using var caller = await gates.KerberosAsync("alice");
        var answer = await WireClient.ExchangeAsync(gate.Https, Wire.WithToken(Wire.Call, await caller.NextAsync()));
        answer.Status.ShouldBe(503);
        answer.Text.ShouldBe(Wire.Unavailable);
        answer.Header("Retry-After").ShouldNotBeNull();
    }

    [Fact, Contract("HTT-99", "MIC-125")]
    public async Task What_hangs_in_the_library_is_503_in_time_and_holds_nobody_else_up()
    {
        // Whoever opens a pipe that nobody writes to waits for ever.
        using var directory = new TemporaryDirectory();
        await Tool.RunAsync("mkfifo", new Dictionary<string, string>(), "", directory.File("keytab"));
        await using var gate = await gates.StartAsync(
            "Basic,Kerberos", ("Authorities:Negotiate:Keytab", directory.File("keytab")), ("Authorities:Negotiate:TimeoutSeconds", "1"), ("Authorities:Negotiate:MaximumHandshakes", "6"));
        await using var caller = await gates.KerberosAsync("alice");
        var request = Wire.WithToken(Wire.Call, await caller.NextAsync());
        var waiting = Enumerable.Range(0, 8).Select(_ => WireClient.ExchangeAsync(gate.Https, request)).ToList();
        var basic = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"alice:{Gates.LocalPassword}"));
        (await WireClient.ExchangeAsync(gate.Https, Wire.With(Wire.Call, $"Authorization: Basic {basic}"))).Status.ShouldBe(200);
        (await Task.WhenAll(waiting)).ShouldAllBe(answer => answer.Text == Wire.Unavailable && answer.Status == 503);
        gate.Log.ShouldContain("given up after 1 s");
        gate.Log.ShouldContain("6 are under way");
    }

    [Fact, Contract("HTT-99")]
    public async Task Live_tickets_go_on_while_the_kdc_is_away()
    {
        await using var kdc = await KdcServer.StartAsync();
        await using var gate = await gates.StartAsync("Kerberos", ("Authorities:Negotiate:Keytab", kdc.Keytab));
        var environment = kdc.Environment(await kdc.SignInAsync("alice"));
        string[] call = ["-sk", "--negotiate", "-u", ":", $"https://localhost:{gate.Https.Port}/mmws/api/Users"];
        (await Tool.RunAsync("curl", environment, "", call)).Output.ShouldBe(Echo);
        await kdc.KillAsync();
        (await Tool.RunAsync("curl", environment, "", call)).Output.ShouldBe(Echo);
        await kdc.RestartAsync();
        (await Tool.RunAsync("curl", kdc.Environment(await kdc.SignInAsync("bob")), "", call)).Output.ShouldContain("\"user\":\"bob\"");
    }

    [Fact, Contract("HTT-102", "MIC-101")]
    public async Task A_disabled_account_is_refused_in_spite_of_its_ticket()
    {
        var gate = await gates.OpenAsync();
        await using var caller = await gates.KerberosAsync("bob");
        await gate.RunAsync("account", "disable", "bob");
        try
        {
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            (await caller.RunAsync(connection, Wire.Call)).Text.ShouldBe(Wire.Refused);
        }
        finally
        {
            await gate.RunAsync("account", "enable", "bob");
        }
    }

    [Fact, Contract("ATK-4", "ATK-74")]
    public async Task Realms_with_accounts_of_their_own_get_one_at_the_first_sign_in_and_never_a_local_one()
    {
        var gate = await gates.GateAsync("Basic,Kerberos,NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE.TEST=kerberos,EXAMPLE=kerberos"));
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        await using var stranger = await gates.KerberosAsync("stranger");
        (await stranger.RunAsync(connection, Wire.Call)).Text.ShouldStartWith("""{"user":"stranger",""");
        (await gate.RunAsync("account", "show", "stranger", "--json")).Output.ShouldContain("\"authority\":\"kerberos\"");
        await using var alice = await gates.KerberosAsync("alice");
        (await alice.RunAsync(connection, Wire.Call)).Text.ShouldBe(Wire.Refused);
        var basic = Convert.ToBase64String("stranger:whatever you like"u8);
        (await connection.AskAsync(Wire.With(Wire.Call, $"Authorization: Basic {basic}"))).Text.ShouldBe(Wire.Refused);
    }
}
