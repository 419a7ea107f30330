using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Callers in a browser (contract section 10).</summary>
public sealed class CorsTests(OiGates gates)
{
    private static readonly string[] Paths = ["/ess/security/v1/token", "/ess/security/v1/me", "/ess/security/v1/x", "/ess/security/x", "/mdo/v2/aoanalytics", "/oi"];

    [Theory]
    [Contract("OI-102", "OI-105", "OI-129")]
    [InlineData("https://portal.example.com")]
    [InlineData("http://[::1]:3000")]
    public async Task Preflight_of_a_listed_origin_is_answered_everywhere(string origin)
    {
        var gate = await gates.Careful;
        foreach (var path in Paths)
        {
            var answer = await SecureAsync(gate, OiRequests.Call(null, path, "OPTIONS", $"Origin: {origin}", "Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: authorization"));

            answer.Status.ShouldBe(204);
            answer.Header("Access-Control-Allow-Origin").ShouldBe(origin);
            answer.Header("Access-Control-Allow-Methods").ShouldBe("GET, HEAD, POST, PUT, PATCH, DELETE");
            answer.Header("Access-Control-Allow-Headers").ShouldBe("Authorization, Content-Type, Accept, Accept-Language, Cache-Control, X-Requested-With, X-AuthorizationView");
            answer.Header("Access-Control-Max-Age").ShouldBe("600");
            answer.Header("Vary").ShouldBe("Origin");
            answer.Header("Access-Control-Allow-Credentials").ShouldBeNull();
        }
    }

    [Fact]
    [Contract("OI-103", "OI-105")]
    public async Task Every_other_answer_to_a_listed_origin_can_be_read_there()
    {
        var gate = await gates.Careful;
        await gate.AddAsync("browser");
        const string Origin = "Origin: https://portal.example.com";
        var signIn = await SecureAsync(gate, OiRequests.SignIn("browser", query: "?client_txn_id=7", headers: Origin));
        var token = OiGate.Tokens(signIn).Tkn;
        foreach (var answer in new[]
        {
            signIn,
            await SecureAsync(gate, OiRequests.Call(OiRequests.Bearer(token), headers: Origin)),
            await SecureAsync(gate, OiRequests.Call(OiRequests.Bearer(token, "\"t\":\"x\""), headers: Origin)),
            await SecureAsync(gate, OiRequests.Call(null, headers: Origin)),
            await SecureAsync(gate, OiRequests.Call(null, "/mdo", "OPTIONS", Origin)),
            await SecureAsync(gate, OiRequests.Request("GET", "/ess/security/v1/token", null, Origin)),
            await gate.SendAsync(OiRequests.Token("", headers: Origin)),
        })
        {
            answer.Header("Access-Control-Allow-Origin").ShouldBe("https://portal.example.com");
            answer.Header("Vary").ShouldBe("Origin");
            answer.Header("Access-Control-Expose-Headers").ShouldBe("X-Client-Txn-Id, Retry-After, WWW-Authenticate");
            answer.Headers.Count(header => header.Name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)).ShouldBe(2);
        }
    }

    [Theory]
    [Contract("OI-104", "OI-105", "OI-101")]
    [InlineData("https://portal.example.com:444")]
    [InlineData("http://portal.example.com")]
    [InlineData("https://portal.example.com.evil.test")]
    [InlineData("https://evil.portal.example.com")]
    [InlineData("https://PORTAL.example.com")]
    [InlineData("https://portal.example.com/")]
    [InlineData("null")]
    [InlineData("*")]
    [InlineData("https://portal.example.com, https://portal.example.com")]
    [InlineData("https://portal.example.com\r\nOrigin: https://portal.example.com")]
    public async Task Unlisted_origin_gets_nothing_of_it(string origin) => await OrdinaryAsync(await gates.Careful, origin);

    [Fact]
    [Contract("OI-101")]
    public async Task Without_listed_origins_there_is_no_preflight() => await OrdinaryAsync(await gates.Default, "https://portal.example.com");

    private static async Task OrdinaryAsync(OiGate gate, string origin)
    {
        foreach (var (path, status) in Paths.Zip([405, 405, 404, 401, 401, 401]))
        {
            var answer = await SecureAsync(gate, OiRequests.Call(null, path, "OPTIONS", $"Origin: {origin}", "Access-Control-Request-Method: GET"));
            answer.Status.ShouldBe(status);
            answer.Headers.ShouldAllBe(header => !header.Name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) && header.Name != "Vary");
        }
    }

    private static Task<WireAnswer> SecureAsync(OiGate gate, string request) => WireClient.ExchangeAsync(gate.Server.Https, request);
}
