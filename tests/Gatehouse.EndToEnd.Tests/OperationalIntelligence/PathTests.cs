using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Whose path it is, and over what (contract section 1).</summary>
public sealed class PathTests(OiGates gates)
{
    [Theory]
    [Contract("OI-3", "OI-6", "OI-8", "HTT-2")]
    [InlineData("/mdo/v2/aoanalytics")]
    [InlineData("/mdo")]
    [InlineData("/oi/")]
    [InlineData("/oi/a/b?c=d")]
    [InlineData("/ess/security")]
    [InlineData("/ess/security/v2/x")]
    [InlineData("/MDO/x")]
    [InlineData("//mdo/x")]
    [InlineData("/x/../mdo/y")]
    [InlineData("/%6Ddo/x")]
    [InlineData("/ess/security/v1/../x")]
    public async Task Protected_paths_in_any_spelling_are_closed_without_a_bearer_and_forwarded_with_one(string path)
    {
        var gate = await gates.Default;
        var token = await TokenAsync(gate);

        (await gate.SendAsync(OiRequests.Call(null, path))).Status.ShouldBe(401);
        var answer = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token), path, "PROPFIND"));
        answer.Status.ShouldBe(200);
        answer.Text.ShouldStartWith("{\"user\":\"walker\",\"dialect\":\"operational-intelligence\",\"method\":\"bearer\",\"tenant\":\"DEFAULTORG\",\"scope\":\"tenant\",\"tenants\":[\"DEFAULTORG\"],\"impersonator\":null,\"session\":\"");
        answer.Header("Cache-Control").ShouldBe("no-store");
    }

    [Theory]
    [Contract("OI-8", "OI-2")]
    [InlineData("/ESS/Security/V1/Token", "/ESS/Security/V1/Me")]
    [InlineData("/ess/security/v1/token/", "/ess/security/v1/me/")]
    [InlineData("//ess/./security/v1/%74oken", "/ess/x/../security//v1/m%65")]
    public async Task Endpoints_answer_in_any_spelling(string tokenPath, string mePath)
    {
        var gate = await gates.Default;
        var token = await TokenAsync(gate);

        (await gate.SendAsync(OiRequests.Request("POST", tokenPath, "", $"Authorization: {OiRequests.DefaultOrg}", "Content-Type: application/x-www-form-urlencoded"))).Status.ShouldBe(400);
        (await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token), mePath))).Text.ShouldContain("\"username\": \"walker\"");
    }

    [Theory]
    [Contract("OI-4", "HTT-17", "HTT-19", "HTT-30")]
    [InlineData("GET", "/ess/security/v1/token", "POST")]
    [InlineData("DELETE", "/ess/security/v1/token", "POST")]
    [InlineData("OPTIONS", "/ess/security/v1/token", "POST")]
    [InlineData("TRACE", "/ess/security/v1/token", "POST")]
    [InlineData("POST", "/ess/security/v1/me", "GET, HEAD")]
    [InlineData("OPTIONS", "/ess/security/v1/me", "GET, HEAD")]
    [InlineData("TRACE", "/mdo/x", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]
    public async Task Other_methods_are_not_allowed_whatever_the_credential(string method, string path, string allow)
    {
        var answer = await (await gates.Default).SendAsync(OiRequests.Call("x", path, method, "Authorization: y"));

        TokenRequestTests.Fault(answer, 405, "method-not-allowed", "Method not allowed");
        answer.Header("Allow").ShouldBe(allow);
    }

    [Theory]
    [Contract("OI-5", "OI-94")]
    [InlineData("/ess/security/v1")]
    [InlineData("/ess/security/v1/")]
    [InlineData("/ess/security/v1/me/x")]
    [InlineData("/ess/security/v1/tokens")]
    [InlineData("/ess/security/v1/token/x")]
    [InlineData("/Ess/Security/v1/x?y")]
    public async Task Other_paths_below_v1_are_nobodys_with_or_without_a_credential(string path)
    {
        var gate = await gates.Default;
        TokenRequestTests.Fault(await gate.SendAsync(OiRequests.Call(null, path)), 404, "not-found", "Not found");
        TokenRequestTests.Fault(await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(await TokenAsync(gate)), path, "POST")), 404, "not-found", "Not found");
    }

    [Theory]
    [Contract("OI-7", "HTT-7")]
    [InlineData("/mdox")]
    [InlineData("/mdo;a/x")]
    [InlineData("/ess/authn/saml")]
    [InlineData("/ess")]
    [InlineData("/oil")]
    [InlineData("/mdo%2Fx")]
    public async Task Neighbours_of_the_prefixes_are_not_ours(string path)
    {
        var gate = await gates.Default;
        var answer = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(await TokenAsync(gate)), path));

        answer.Status.ShouldBe(404);
        answer.Header("Content-Type").ShouldBe("application/problem+json");
    }

    [Fact]
    [Contract("OI-132", "OI-7")]
    public async Task Without_the_dialect_all_its_paths_are_nobodys()
    {
        var gate = await gates.Without;
        foreach (var path in new[] { "/ess/security/v1/token", "/ess/security/v1/me", "/mdo/x", "/oi", "/ess/security/x" })
        {
            (await gate.SendAsync(OiRequests.Request("POST", path, ""))).Status.ShouldBe(404);
        }
    }

    [Fact]
    [Contract("OI-10", "OI-93", "OI-130", "HTT-20", "HTT-21", "HTT-22")]
    public async Task Plain_http_is_refused_where_it_is_not_allowed()
    {
        var gate = await gates.Careful;
        foreach (var request in new[]
        {
            OiRequests.Token("", headers: "X-Forwarded-Proto: https"),
            OiRequests.Call("x", headers: "Forwarded: proto=https"),
            OiRequests.Call("x", "/ess/security/v1/me"),
            OiRequests.Call(null, "/ess/security/v1/x"),
            OiRequests.Call(null, "/oi/x", "OPTIONS", "Origin: https://portal.example.com", "Access-Control-Request-Method: GET"),
        })
        {
            TokenRequestTests.Fault(await gate.SendAsync(request), 403, "https-required", "HTTPS is required");
        }

        (await gate.SendAsync(OiRequests.Token("", headers: "X-Forwarded-Proto: https"), from: "127.0.0.9")).Status.ShouldBe(400);
        (await WireClient.ExchangeAsync(gate.Server.Https, OiRequests.Token(""))).Status.ShouldBe(400);
    }

    [Fact]
    [Contract("OI-9")]
    public async Task Plain_http_beyond_loopback_is_warned_of_at_start()
    {
        (await gates.Default).Server.Log.ShouldNotContain("is plain HTTP and not loopback");

        using var directory = new TemporaryDirectory();
        using var process = System.Diagnostics.Process.Start(GatehouseProgram.StartInfo(["serve", "--data", directory.File("data"), "--urls", "http://0.0.0.0:0"]))!;
        var warned = false;
        while (!warned && await process.StandardError.ReadLineAsync() is { } line)
        {
            warned = line.Contains("is plain HTTP and not loopback", StringComparison.Ordinal) && line.Contains("Warning", StringComparison.Ordinal);
        }

        process.Kill();
        await process.WaitForExitAsync();
        warned.ShouldBeTrue();
    }

    private static async Task<string> TokenAsync(OiGate gate)
    {
        if (await gate.Store.Accounts.FindAsync("walker", default) is null)
        {
            await gate.AddAsync("walker");
        }

        return (await gate.SignInAsync("walker")).Tkn;
    }
}
