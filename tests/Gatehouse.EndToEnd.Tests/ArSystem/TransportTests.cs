using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 1: HTTP and HTTPS.</summary>
public sealed class TransportTests(Gates gates)
{
    public static TheoryData<string, string> PlainRequests { get; } = new()
    {
        { "GET", "/api/arsys/v1/entry/HPD:Help%20Desk" },
        { "POST", "/api/jwt/login" },
        { "POST", "/api/jwt/logout/" },
        { "DELETE", "/api/cmdb/v1/instance" },
        { "GET", "/api/jwt" },
        { "GET", "/api/arsys" },
        { "GET", "/api/cmdb/" },
        { "GET", "/api/jwt/nobody/knows/this" },
        { "PUT", "/api/jwt/login" },
        { "PROPFIND", "/api/arsys/x" },
        { "TRACE", "/api/arsys/x" },
        { "OPTIONS", "/api/jwt/login" },
        { "GET", "/API/ArSys/x" },
        { "GET", "//api///arsys/x" },
        { "GET", "/%61pi/%6Awt/login" },
        { "GET", "/health/../api/arsys/x" },
        { "GET", "/api/about/%2e%2e/arsys" },
        { "GET", "/api/jwt/./login?username=a" },
        { "GET", "http://gate.example.com/api/arsys/x" },
    };

    [Theory]
    [MemberData(nameof(PlainRequests))]
    [Contract("ARS-1", "ARS-2", "ARS-9", "HTT-22", "HTT-32")]
    public async Task Plain_http_to_the_dialect_is_forbidden(string method, string target) =>
        (await (await gates.Default).SendPlainAsync(ArRequests.Request(method, target))).ShouldBeHttpForbidden();

    [Fact]
    [Contract("ARS-8")]
    public async Task The_scheme_of_an_absolute_target_is_not_believed() =>
        (await (await gates.Default).SendPlainAsync(ArRequests.Request("GET", "https://gate.example.com/api/arsys/x"))).ShouldBeHttpForbidden();

    [Fact]
    [Contract("ARS-1", "HTT-18")]
    public async Task Head_over_plain_http_is_forbidden_without_body()
    {
        var answer = await (await gates.Default).SendPlainAsync(ArRequests.Request("HEAD", "/api/arsys/x"));

        answer.Status.ShouldBe(403);
        answer.Header("Content-Length").ShouldBe(ArAnswers.HttpForbidden.Length.ToString());
    }

    [Fact]
    [Contract("ARS-2")]
    public async Task Over_plain_http_nobody_is_signed_in_and_no_guess_is_counted()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("plain-login");
        for (var i = 0; i < 5; i++)
        {
            (await gate.SendPlainAsync(ArRequests.Login("plain-login", $"wrong over plain http {i}"))).ShouldBeHttpForbidden();
        }

        (await gate.SendPlainAsync(ArRequests.Login("plain-login", Gate.Password))).ShouldBeHttpForbidden();
        (await gate.SessionsAsync("plain-login")).ShouldBeEmpty();
        (await gate.LogInAsync("plain-login")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-2")]
    public async Task Over_plain_http_nobody_is_signed_out()
    {
        var gate = await gates.Default;
        await gate.AddAsync("plain-logout");
        var token = await gate.TokenAsync("plain-logout");

        (await gate.SendPlainAsync(ArRequests.Logout(token))).ShouldBeHttpForbidden();

        (await gate.CallAsync(token)).ShouldBeEchoOf("plain-logout");
    }

    [Theory]
    [InlineData("Content-Length: 1000")]
    [InlineData("Content-Length: 70000")]
    [InlineData("Content-Length: 1000\r\nContent-Type: application/json")]
    [InlineData("Content-Length: 1000\r\nAuthorization: a\r\nAuthorization: b")]
    [InlineData("Transfer-Encoding: chunked\r\nX-AR-Client-Type: nonsense")]
    [Contract("ARS-2", "ARS-26")]
    public async Task The_403_comes_before_the_body_and_every_other_check(string headers)
    {
        await using var client = await WireClient.ConnectAsync((await gates.Default).Server.Http);

        await client.SendAsync($"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n");

        (await client.ReadAnswerAsync()).ShouldBeHttpForbidden();
    }

    [Theory]
    [InlineData("/api/about")]
    [InlineData("/api/version")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [Contract("ARS-3", "ARS-7")]
    public async Task Exempt_paths_answer_over_plain_http_redirecting_or_not(string path)
    {
        (await (await gates.Default).SendPlainAsync(ArRequests.Request("GET", path))).Status.ShouldBe(200);
        (await (await gates.Redirecting).SendPlainAsync(ArRequests.Request("GET", path))).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("/api/about/x")]
    [InlineData("/api/version/x")]
    [InlineData("/api")]
    [Contract("ARS-3", "HTT-7", "HTT-118")]
    public async Task Neighbours_of_the_exempt_paths_are_nobodys(string path)
    {
        var answer = await (await gates.Default).SendPlainAsync(ArRequests.Request("GET", path));

        answer.Status.ShouldBe(404);
        answer.Header("Content-Type").ShouldBe("application/problem+json");
        answer.Text.ShouldBe("""{"type":"about:blank","title":"Not Found","status":404}""");
    }

    [Fact]
    [Contract("ARS-4")]
    public async Task A_new_server_speaks_https_at_once()
    {
        var gate = await gates.Default;

        (await gate.SendAsync(ArRequests.Request("GET", "/api/version"))).Status.ShouldBe(200);
        (await gate.SendPlainAsync(ArRequests.Request("GET", "/swagger"))).Status.ShouldBe(404);
    }

    [Fact]
    [Contract("ARS-5")]
    public async Task AllowHttp_answers_over_http_as_over_https_and_warns()
    {
        var gate = await gates.Loose;
        await gate.AddAsync("allowed-http");

        var login = await gate.SendPlainAsync(ArRequests.Login("allowed-http", Gate.Password));
        login.Status.ShouldBe(200);
        (await gate.SendPlainAsync(ArRequests.Call(login.Text))).ShouldBeEchoOf("allowed-http");
        (await gate.SendPlainAsync(ArRequests.Call(null))).Golden().ShouldBe((await gate.SendAsync(ArRequests.Call(null))).Golden());
        (await gate.SendPlainAsync(ArRequests.Request("GET", "/api/jwt/x"))).ShouldBeError(404, 10404, "Not found");
        gate.Server.Log.ShouldContain("Gatehouse:Dialects:ArSystem:AllowHttp is on");
    }

    [Fact]
    [Contract("ARS-6")]
    public async Task AllowHttp_together_with_RedirectHttpToHttps_does_not_start()
    {
        using var directory = new TemporaryDirectory();

        var result = await GatehouseProgram.RunAsync(
            ["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0"],
            environment: new Dictionary<string, string> { ["Gatehouse__Dialects__ArSystem__AllowHttp"] = "true", ["Gatehouse__RedirectHttpToHttps"] = "true" });

        result.ExitCode.ShouldBe(2);
        var line = result.Errors.Trim().Split('\n').ShouldHaveSingleItem();
        line.ShouldContain("Gatehouse:Dialects:ArSystem:AllowHttp");
        line.ShouldContain("Gatehouse:RedirectHttpToHttps");
        line.ShouldContain("in the clear");
    }

    [Theory]
    [InlineData("POST", "/api/jwt/login")]
    [InlineData("GET", "/api/arsys/v1/entry/x")]
    [InlineData("GET", "/api/cmdb")]
    [Contract("ARS-7", "HTT-22", "HTT-32")]
    public async Task RedirectHttpToHttps_never_redirects_the_dialect(string method, string target) =>
        (await (await gates.Redirecting).SendPlainAsync(ArRequests.Request(method, target, ["Accept: text/html"]))).ShouldBeHttpForbidden();
}
