using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 1: about and version.</summary>
public sealed class AboutTests(Gates gates)
{
    private const string Version = "0.1.0";

    [Theory]
    [InlineData("/api/about", """{"api_versions":["1.0"],"component":"REST API","product":"Gatehouse","version":"0.1.0"}""")]
    [InlineData("/api/version", """{"version":"0.1.0"}""")]
    [InlineData("/API/Version/", """{"version":"0.1.0"}""")]
    [Contract("ARS-11", "ARS-12", "ARS-22")]
    public async Task About_and_version_say_what_runs(string path, string body)
    {
        var answer = await (await gates.Default).SendAsync(ArRequests.Request("GET", path));

        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Text.ShouldBe(body);
    }

    [Fact]
    [Contract("ARS-11", "ARS-12")]
    public async Task The_version_is_the_programs()
    {
        var gate = await gates.Default;

        gate.Server.Log.ShouldContain($"Gatehouse {Version} listens");
    }

    [Theory]
    [InlineData("Authorization: AR-JWT eyJhbGciOiJIUzI1NiJ9.e30.x")]
    [InlineData("Authorization: Basic !")]
    [InlineData("Authorization: a\r\nAuthorization: b")]
    [InlineData("X-AR-Client-Type: nonsense\r\nX-AR-RPC-Queue: 1\r\nX-AR-Timeout: 0\r\nX-AR-Impersonated-User: !")]
    [InlineData("Accept: image/png")]
    [InlineData("Cookie: AR-JWT=a; AR-JWT=b")]
    [Contract("ARS-13", "HTT-32", "HTT-36")]
    public async Task Credentials_and_headers_make_no_difference_there(string headers)
    {
        var gate = await gates.Default;
        var plain = await gate.SendAsync(ArRequests.Request("GET", "/api/about"));

        (await gate.SendAsync(ArRequests.Request("GET", "/api/about", [headers]))).Golden().ShouldBe(plain.Golden());
    }

    [Theory]
    [InlineData("/api/about")]
    [InlineData("/api/version")]
    [Contract("ARS-13", "HTT-18")]
    public async Task Head_is_get_without_body(string path)
    {
        var gate = await gates.Default;
        var get = await gate.SendAsync(ArRequests.Request("GET", path));
        var head = await gate.SendAsync(ArRequests.Request("HEAD", path));

        head.Golden().ShouldBe(get.Golden()[..^get.Text.Length]);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [Contract("ARS-14", "HTT-17", "HTT-19")]
    public async Task Other_methods_are_405_in_the_object_shape(string method)
    {
        var answer = await (await gates.Default).SendAsync(ArRequests.Request(method, "/api/about", body: ""));

        answer.Status.ShouldBe(405);
        answer.Header("Allow").ShouldBe("GET, HEAD");
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Text.ShouldBe("""{"message":"Method not allowed","code":405,"transient":false}""");
    }
}
