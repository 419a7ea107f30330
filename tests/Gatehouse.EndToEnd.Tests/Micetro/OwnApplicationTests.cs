using Gatehouse.Dialects.Micetro;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>The dialect as an authentication scheme in somebody's own application.</summary>
public sealed class OwnApplicationTests
{
    private const string Negotiate = "Authorization: Negotiate YIIJ";
    private static readonly string Basic = Wire.Basic("alice", MicetroServers.Password);

    [Theory]
    [Contract("MIC-47", "MIC-63", "MIC-64", "MIC-65", "MIC-120", "MIC-122", "MIC-123", "MIC-138")]
    [InlineData("unreachable", 502, 90502, "The upstream API did not answer.")]
    [InlineData("throws", 500, 90500, "Internal error.")]
    public async Task Faults_behind_the_gate_are_written_in_the_wrapping_of_the_call(string upstream, int status, int code, string text)
    {
        await using var application = await MicetroApplication.StartAsync();
        var header = $"X-Upstream: {upstream}";
        foreach (var (target, body, expected) in new[]
        {
            ("/mmws/api/Users", "", Wire.Error(code, text)),
            ("/mmws/api/command/GetUsers", "", Wire.Error(code, text)),
            ("/mmws/json", """{"method":"GetUsers","id":"7"}""", $$$"""{"jsonrpc":"2.0","error":{"code":{{{code}}},"message":"{{{text}}}"},"id":"7"}"""),
            ("/mmws/soap", Wire.Envelope("<GetUsers/>"), Wire.Fault11(code, text, "Server")),
            ("/_mmwebext/mmwebext.dll?Soap", Wire.Envelope("<GetUsers/>", Wire.Soap12), Wire.Fault12(code, text, "Receiver")),
        })
        {
            var answer = await application.SendAsync("POST", target, body, Basic, header);
            answer.Status.ShouldBe(status);
            answer.Text.ShouldBe(expected);
        }
    }

    [Fact]
    [Contract("MIC-76")]
    public async Task Idle_time_and_lifetime_end_at_the_instant()
    {
        await using var application = await MicetroApplication.StartAsync(options => (options.SessionIdleSeconds, options.SessionLifetimeSeconds) = (100, 250));
        var bearer = await LoginAsync(application);
        await AssertAfterAsync(99.999, 200);
        await AssertAfterAsync(99.999, 200);
        await AssertAfterAsync(50.001, 200);
        await AssertAfterAsync(0.001, 401);

        bearer = await LoginAsync(application);
        await AssertAfterAsync(100, 401);

        async Task AssertAfterAsync(double seconds, int status)
        {
            application.Clock.Advance(TimeSpan.FromSeconds(seconds));
            (await application.SendAsync("GET", "/mmws/x", null, bearer)).Status.ShouldBe(status);
        }
    }

    [Fact]
    [Contract("MIC-83", "MIC-118")]
    public async Task Upstream_finds_the_body_as_it_was_sent()
    {
        await using var application = await MicetroApplication.StartAsync();
        foreach (var (target, body) in new[] { ("/mmws/api/command/GetUsers", """{ "filter": 1 }"""), ("/mmws/json", """{ "method": "GetUsers" }"""), ("/mmws/soap", Wire.Envelope("<GetUsers/>")) })
        {
            string[] headers = target == "/mmws/soap" ? [Basic, "X-Upstream: body"] : [Basic, "X-Upstream: body", "Content-Type: application/json"];
            (await application.SendAsync("POST", target, body, headers)).Text.ShouldBe(body);
        }
    }

    [Fact]
    [Contract("MIC-30", "MIC-68", "MIC-87", "MIC-106", "MIC-111", "MIC-132", "ATK-5")]
    public async Task Handshakes_are_offered_where_they_are_listed_and_unavailable_without_a_key()
    {
        await using var application = await MicetroApplication.StartAsync(options => options.Preferences = new MicetroPreferences { Methods = AuthorizationMethods.Basic | AuthorizationMethods.Kerberos });
        (await application.SendAsync("GET", "/mmws/x")).All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, "Negotiate", Wire.BearerChallenge]);
        (await application.SendAsync("GET", "/mmws/api/command/web_getPreLoginInfo")).Text.ShouldContain("\"ssoEnabled\":1,");

        // The invitation is a handshake's: no wrapping and no switch changes its status, and no other header answers it.
        foreach (var (target, body, header) in new[]
        {
            ("/mmws/api/command/Login", """{"singleSignOn":true,"unauthorizedAsForbidden":1}""", "X: y"),
            ("/mmws/api/command/Login", """{"singleSignOn":true}""", Basic),
            ("/_mmwebext/mmwebext.dll?Soap", """{"method":"Login","params":{"singleSignOn":1}}""", "Content-Type: application/json"),
            ("/_mmwebext/mmwebext.dll?RequestSSO", "localhost", "X: y"),
        })
        {
            var answer = await application.SendAsync("POST", target, body, header);
            answer.Status.ShouldBe(401);
            answer.All("WWW-Authenticate").ShouldBe(["Negotiate"]);
            answer.Text.ShouldContain("5002");
        }

        foreach (var (target, body) in new[]
        {
            ("/mmws/x", ""),
            ("/mmws/api/command/Login", ""),
            ("/mmws/api/command/Login", """{"singleSignOn":true}"""),
            ("/mmws/json", """{"method":"GetUsers"}"""),
            ("/mmws/soap", Wire.Envelope("<GetUsers/>")),
            ("/_mmwebext/mmwebext.dll?RequestSSO", "localhost"),
        })
        {
            var answer = await application.SendAsync("POST", target, body, Negotiate);
            answer.Status.ShouldBe(503);
            answer.Header("Retry-After").ShouldNotBeNull();
            answer.Text.ShouldContain("515");
        }

        // An enabled handshake lends nothing to a wrong password.
        var wrong = await application.SendAsync("GET", "/mmws/x", null, Wire.Basic("alice", "wrong password here"));
        wrong.Text.ShouldBe(Wire.BadCredentials);
        wrong.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, "Negotiate", Wire.BearerChallenge]);
    }

    [Fact]
    [Contract("MIC-71")]
    public async Task Forwarded_host_says_nothing_where_nobody_judges_proxies()
    {
        await using var application = await MicetroApplication.StartAsync();

        (await application.SendAsync("GET", "/mmws/wsdl", null, "X-Forwarded-Host: evil.example")).Text.ShouldContain("location=\"http://gate.example:8008/mmws/soap\"");
    }

    private static async Task<string> LoginAsync(MicetroApplication application)
    {
        var answer = await application.SendAsync("POST", "/mmws/api/micetro/sessions", Wire.LoginBody("alice", MicetroServers.Password));
        return $"Authorization: Bearer {Wire.SessionOf(answer.Text)}";
    }
}
