using Gatehouse.EndToEnd.Tests.Forwarding;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ForwardAuth;

/// <summary>The question at <c>/auth/check</c> itself, byte by byte.</summary>
public sealed class QuestionTests(QuestionedGate gate) : IClassFixture<QuestionedGate>
{
    private const string Denied = """{"type":"about:blank","title":"Forbidden","status":403}""";

    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("HTT-21", "ARS-8", "ATK-41", "ATK-39")]
    public async Task Accepted_question_names_who_calls(string dialect)
    {
        var caller = gate.Callers[dialect];
        foreach (var question in new[]
        {
            Ask("GET", "/auth/check", Caddy("PUT", $"{caller.Prefix}/x?a=1"), caller.Credential),
            Ask("GET", "/auth/check", Nginx("DELETE", $"{caller.Prefix}/x%2fy"), caller.Credential),
            Ask("GET", "/auth/check", [.. Caddy("POST", $"{caller.Prefix}/x"), .. Nginx("POST", $"{caller.Prefix}/x")], caller.Credential),
            Ask("HEAD", "/auth/check?any=1", Caddy("HEAD", $"{caller.Prefix}/x"), caller.Credential),
            Ask("POST", "/auth/check", Caddy("POST", $"{caller.Prefix}/x"), caller.Credential, "Content-Type: application/json", "Content-Length: 2", "", "{}"),
            Ask("PATCH", $"/auth/check{caller.Prefix}/x?a=1", [], caller.Credential),
            Ask("GET", "/auth/check", Caddy("GET", $"{caller.Prefix}/x"), caller.Credential, "Remote-User: forged", "Remote-Impersonator: forged"),
        })
        {
            var answer = await gate.AskAsync(question);

            (answer.Status, answer.Text, answer.Header("Remote-User"), answer.Header("Remote-Dialect"), answer.Header("Remote-Impersonator"), answer.Header("Cache-Control"))
                .ShouldBe((200, "", "admin", dialect, null, "no-store"), $"{question}\n{answer.Text}");
            answer.Header("Remote-Session").ShouldBe(dialect == "repositories" ? null : answer.Header("Remote-Session").ShouldNotBeNull());
        }
    }

    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("ATK-35", "HTT-20")]
    public async Task Strangers_are_not_answered_even_from_this_machine(string dialect)
    {
        var caller = gate.Callers[dialect];
        foreach (var from in new[] { "127.0.0.8", "127.0.0.1" })
        {
            foreach (var question in new[] { Ask("GET", "/auth/check", Caddy("GET", $"{caller.Prefix}/x"), caller.Credential), Ask("GET", $"/auth/check{caller.Prefix}/x", [], caller.Credential), Ask("GET", "/auth/check", Caddy("GET", "/api/about")) })
            {
                var answer = await gate.AskAsync(question, from);

                (answer.Status, answer.Text, answer.Header("Remote-User"), answer.Header("WWW-Authenticate")).ShouldBe((403, Denied, null, null));
            }
        }
    }

    public static TheoryData<string> BadQuestions { get; } =
    [
        "",
        "X-Forwarded-Method: GET",
        "X-Forwarded-Uri: /mmws/x",
        "X-Original-URI: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Original-URI: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri:",
        "X-Forwarded-Method:\r\nX-Forwarded-Uri: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x\r\nX-Forwarded-Uri: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: https://gate.example/mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: *",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x y",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x\ty",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x?\u007f",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/\u00e4",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x%00",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x%zz",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x%c0%ae",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x#y",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x?a#y",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: //mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws//x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/./x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/../mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/%2e%2e/mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/..%2fmmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/..;/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /%6dmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: \\mmws\\x",
        "X-Forwarded-Method: get\r\nX-Forwarded-Uri: /mmws/x",
        "X-Forwarded-Method: GET /\r\nX-Forwarded-Uri: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x\r\nX-Original-Method: GET\r\nX-Original-URI: /mmws/y",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x\r\nX-Original-Method: PUT\r\nX-Original-URI: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x\r\nX-Original-URI: /mmws/x",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/x\r\nX-Original-Method: GET",
        "X_Forwarded_Method: GET\r\nX_Forwarded_Uri: /mmws/x",
        "X-Original-Method: GET\r\nX-Original-URL: /mmws/x",
        $"X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /mmws/{new string('x', 8 * 1024)}",
    ];

    [Theory]
    [MemberData(nameof(BadQuestions))]
    [Contract("ATK-37", "ATK-35", "ATK-25")]
    public async Task Question_without_one_meaning_is_denied_without_a_reason(string fields)
    {
        var answer = await gate.AskAsync(Ask("GET", "/auth/check", fields.Length == 0 ? [] : fields.Split("\r\n"), gate.Callers["micetro"].Credential));

        (answer.Status, answer.Text, answer.Header("Remote-User")).ShouldBe((403, Denied, null));
    }

    [Theory]
    [InlineData("/auth/check/mmws/x", "X-Forwarded-Method: GET", "X-Forwarded-Uri: /mmws/y")]
    [InlineData("/auth/check/mmws/x", "X-Forwarded-Method: PUT", "X-Forwarded-Uri: /mmws/x")]
    [InlineData("//auth/check/mmws/x", "X-Own: 1")]
    [InlineData("/auth/./check/mmws/x", "X-Own: 1")]
    [InlineData("/auth/check/./mmws/x", "X-Own: 1")]
    [InlineData("/auth/check//mmws/x", "X-Own: 1")]
    [InlineData("/auth/check/x/../mmws/x", "X-Own: 1")]
    [InlineData("http://gate.example/auth/check/mmws/x", "X-Own: 1")]
    [Contract("ATK-37", "ATK-25")]
    public async Task Question_in_the_path_must_be_plain_and_agree(string target, params string[] headers) =>
        (await gate.AskAsync(Ask("GET", target, headers, gate.Callers["micetro"].Credential))).Status.ShouldBe(403);

    [Theory]
    [InlineData("/api/jwt/login")]
    [InlineData("/api/jwt/logout")]
    [InlineData("/API/JWT/LOGOUT")]
    [InlineData("/mmws/api/micetro/sessions")]
    [InlineData("/mmws/api/commands/Logout")]
    [InlineData("/mmws/soap")]
    [InlineData("/mmws/json")]
    [InlineData("/api/repositories/DEFAULTORG/login")]
    [InlineData("/ess/security/v1/token")]
    [InlineData("/bppmws/api/authenticate/logout")]
    [InlineData("/tsws/api/v10.1/token")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/auth/check")]
    [InlineData("/auth/check/mmws/x")]
    [InlineData("/nobodys")]
    [InlineData("/")]
    [Contract("ATK-3", "ATK-26")]
    public async Task What_gatehouse_answers_itself_is_never_let_through_and_never_run(string path)
    {
        foreach (var method in new[] { "GET", "POST", "DELETE", "OPTIONS" })
        {
            foreach (var caller in gate.Callers.Values)
            {
                var answer = await gate.AskAsync(Ask("GET", "/auth/check", Caddy(method, path), caller.Credential));

                (answer.Status, answer.Header("Remote-User")).ShouldBe((404, null), $"{method} {path}");
            }
        }

        // Nobody was signed out.
        foreach (var caller in gate.Callers.Values)
        {
            (await gate.AskAsync(Ask("GET", "/auth/check", Caddy("GET", $"{caller.Prefix}/x"), caller.Credential))).Status.ShouldBe(200);
        }
    }

    [Theory]
    [InlineData("/api/about", 200)]
    [InlineData("/api/version", 200)]
    [InlineData("/api/repositories", 200)]
    [InlineData("/mmws/wsdl", 200)]
    [InlineData("/api/jwt/unknown", 404)]
    [InlineData("/ess/security/v1/unknown", 404)]
    [Contract("ATK-3", "REP-11", "MIC-8", "ARS-3")]
    public async Task Public_pages_are_answered_as_the_gate_would_without_an_identity(string path, int status)
    {
        var answer = await gate.AskAsync(Ask("GET", "/auth/check", Caddy("GET", path), gate.Callers["ar-system"].Credential));

        (answer.Status, answer.Header("Remote-User")).ShouldBe((status, null));
        (await gate.AskAsync(Ask("GET", "/auth/check", Caddy("DELETE", path)))).Status.ShouldBeOneOf(404, 405);
    }

    [Theory]
    [InlineData("ar-system", "TRACE", 405)]
    [InlineData("ar-system", "CONNECT", 405)]
    [InlineData("micetro", "TRACE", 405)]
    [InlineData("repositories", "TRACE", 405)]
    [InlineData("operational-intelligence", "TRACE", 405)]
    [InlineData("proactivenet", "TRACE", 405)]
    [Contract("HTT-19")]
    public async Task The_method_asked_about_counts(string dialect, string method, int status)
    {
        var caller = gate.Callers[dialect];

        (await gate.AskAsync(Ask("GET", "/auth/check", Caddy(method, $"{caller.Prefix}/x"), caller.Credential))).Status.ShouldBe(status);
    }

    [Fact]
    [Contract("ARS-8", "HTT-21", "HTT-22", "ATK-38")]
    public async Task The_callers_own_leg_counts_not_the_proxys()
    {
        var caller = gate.Callers["ar-system"];
        var question = Caddy("GET", $"{caller.Prefix}/x");
        Task<WireAnswer> AskAsync(params string[] proto) =>
            gate.AskAsync(string.Join("\r\n", (string[])["GET /auth/check HTTP/1.1", "Host: x", caller.Credential, .. question, .. proto, "", ""]));

        (await AskAsync("X-Forwarded-Proto: https")).Status.ShouldBe(200);
        (await AskAsync("X-Forwarded-Proto: http")).Status.ShouldBe(403);
        (await AskAsync("X-Forwarded-Proto: gopher")).Status.ShouldBe(403);
        (await AskAsync("X-Forwarded-Proto: http", "X-Forwarded-Proto: https")).Status.ShouldBe(403);
        (await AskAsync()).Status.ShouldBe(403);
    }

    [Fact]
    [Contract("MIC-82", "ARS-98")]
    public async Task The_whole_head_counts_query_parameters_and_product_fields_included()
    {
        await gate.Server.AddAccountAsync("target", "plum tree in the garden");
        var session = gate.Callers["micetro"].Secret;

        (await gate.AskAsync(Ask("GET", "/auth/check", Nginx("GET", $"/mmws/api/Users?session={session}")))).Header("Remote-User").ShouldBe("admin");
        (await gate.AskAsync(Ask("GET", "/auth/check", Nginx("GET", $"/mmws/api/Users?session={session}&session={session}")))).Status.ShouldBe(400);
        var impersonated = await gate.AskAsync(Ask("GET", "/auth/check", Nginx("GET", "/api/arsys/x"), gate.Callers["ar-system"].Credential, "X-AR-Impersonated-User: dGFyZ2V0"));
        (impersonated.Status, impersonated.Header("Remote-User"), impersonated.Header("Remote-Impersonator")).ShouldBe((200, "target", "admin"));
    }

    [Fact]
    [Contract("OI-102", "ATK-31")]
    public async Task Preflight_is_answered_by_the_gate_and_so_never_lets_anything_through()
    {
        var answer = await gate.AskAsync(Ask("GET", "/auth/check", Caddy("OPTIONS", "/mdo/x"), $"Origin: {QuestionedGate.Origin}", "Access-Control-Request-Method: GET"));

        (answer.Status, answer.Text).ShouldBe((403, Denied));
    }

    [Fact]
    [Contract("HTT-102", "ATK-41")]
    public async Task Revoked_session_is_refused_on_the_same_connection()
    {
        var session = (await ForwardingGate.SignInAsync(gate.Server.Https, gate.Server.AdminPassword)).Single(caller => caller.Dialect == "micetro");
        await using var client = await WireClient.ConnectAsync(gate.Server.Http, QuestionedGate.Trusted);
        var question = Ask("GET", "/auth/check", Caddy("GET", "/mmws/x"), session.Credential);
        await client.SendAsync(question);
        var answer = await client.ReadAnswerAsync();
        answer.Status.ShouldBe(200);

        (await gate.Server.RunAsync("session", "revoke", answer.Header("Remote-Session")!)).ExitCode.ShouldBe(0);

        await Servers.Eventually.TrueAsync(async () =>
        {
            await client.SendAsync(question);
            return (await client.ReadAnswerAsync()).Status == 401;
        });
        await client.SendAsync(Ask("GET", "/auth/check", Caddy("GET", "/mmws/x")));
        (await client.ReadAnswerAsync()).Status.ShouldBe(401);
    }

    private static string[] Caddy(string method, string uri) => [$"X-Forwarded-Method: {method}", $"X-Forwarded-Uri: {uri}"];

    private static string[] Nginx(string method, string uri) => [$"X-Original-Method: {method}", $"X-Original-URI: {uri}"];

    /// <summary>A question for a caller over TLS. An empty line among the headers begins the body.</summary>
    private static string Ask(string method, string target, string[] question, params string[] headers)
    {
        var lines = string.Join("\r\n", [$"{method} {target} HTTP/1.1", "Host: gate.example", "X-Forwarded-Proto: https", "X-Forwarded-For: 203.0.113.5", .. question, .. headers]);
        return headers.Contains("") ? lines : $"{lines}\r\n\r\n";
    }
}
