using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>Contract http-and-tokens, section 8.</summary>
public sealed class OwnEndpointTests(Gates gates)
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [Contract("HTT-119", "HTT-36", "HTT-37")]
    public async Task Health_says_ok_and_nothing_else(string path)
    {
        var gate = await gates.Default;

        var answer = await gate.SendAsync(ArRequests.Request("GET", path));

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe("""{"status":"ok"}""");
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Headers.Select(header => header.Name).ShouldNotContain("Server");
        (await gate.SendAsync(ArRequests.Request("GET", path, ["Authorization: a", "Authorization: b"]))).Golden().ShouldBe(answer.Golden());
        (await gate.SendAsync(ArRequests.Request("HEAD", path))).Golden().ShouldBe(answer.Golden()[..^answer.Text.Length]);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [Contract("HTT-17", "HTT-118")]
    public async Task Health_has_get_and_head_only(string path)
    {
        var answer = await (await gates.Default).SendAsync(ArRequests.Request("POST", path, body: ""));

        answer.Status.ShouldBe(405);
        answer.Header("Allow").ShouldBe("GET, HEAD");
        answer.Header("Content-Type").ShouldBe("application/problem+json");
    }

    [Fact]
    [Contract("HTT-120")]
    public async Task Without_a_token_there_are_no_metrics() =>
        (await (await gates.Default).SendAsync(ArRequests.Request("GET", "/metrics", [$"Authorization: Bearer {Gates.MetricsToken}"]))).Status.ShouldBe(404);

    [Fact]
    [Contract("HTT-120", "ATK-45")]
    public async Task Metrics_open_to_their_token_only()
    {
        var gate = await gates.Generous;
        await gate.AddAsync("metrics-account");
        var token = await gate.TokenAsync("metrics-account", from: "127.0.0.77");
        await gate.CallAsync(token);

        var answer = await gate.SendAsync(ArRequests.Request("GET", "/metrics", [$"Authorization: Bearer {Gates.MetricsToken}"]));

        answer.Status.ShouldBe(200);
        answer.Text.ShouldContain("# TYPE ");
        foreach (var secret in (string[])["metrics-account", "127.0.0.77", token[^43..], Gates.MetricsToken])
        {
            answer.Text.ShouldNotContain(secret);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Bearer metrics-token-of-the-test")]
    [InlineData("Authorization: Bearer metrics-token-of-the-testsx")]
    [InlineData("Authorization: Bearer Metrics-Token-Of-The-Tests")]
    [InlineData("Authorization: Basic metrics-token-of-the-tests")]
    [InlineData("Authorization: Bearer metrics-token-of-the-tests\r\nAuthorization: Bearer metrics-token-of-the-tests")]
    [InlineData("Cookie: metrics-token-of-the-tests")]
    [Contract("HTT-120", "HTT-25", "HTT-27", "HTT-28", "ATK-45")]
    public async Task Metrics_are_401_to_everybody_else(string? header)
    {
        var answer = await (await gates.Generous).SendAsync(ArRequests.Request("GET", "/metrics?access_token=metrics-token-of-the-tests", header is null ? [] : [header]));

        answer.Status.ShouldBe(401);
        answer.Header("WWW-Authenticate").ShouldBe(
            header?.StartsWith("Authorization", StringComparison.Ordinal) == true ? "Bearer realm=\"metrics\", error=\"invalid_token\"" : "Bearer realm=\"metrics\"");
        answer.Text.ShouldBe("""{"type":"about:blank","title":"Unauthorized","status":401}""");
    }

    [Fact]
    [Contract("HTT-6", "ARS-15", "ARS-68")]
    public async Task Http2_is_the_same_gate()
    {
        var gate = await gates.Default;
        await gate.AddAsync("http-2");
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
        using var client = new HttpClient(handler) { DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, BaseAddress = gate.Server.Https };

        using var refused = await client.GetAsync("api/arsys/x");
        using var form = new FormUrlEncodedContent([new("username", "http-2"), new("password", Gate.Password)]);
        using var login = await client.PostAsync("api/jwt/login", form);
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/arsys/x") { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation("Authorization", $"AR-JWT {await login.Content.ReadAsStringAsync()}");
        using var call = await client.SendAsync(request);

        ((int)refused.StatusCode).ShouldBe(401);
        ((int)call.StatusCode).ShouldBe(200);
        (await call.Content.ReadAsStringAsync()).ShouldContain("\"user\":\"http-2\"");
    }
}
