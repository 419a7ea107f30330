using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>HTT-17 to HTT-19: methods.</summary>
public sealed class MethodTests(Gates gates)
{
    [Theory]
    [InlineData("TRACE", "/api/arsys/x")]
    [InlineData("trace", "/api/arsys/x")]
    [InlineData("Trace", "/api/cmdb/x")]
    [Contract("HTT-19", "ATK-30")]
    public async Task Trace_is_405_on_protected_paths_with_or_without_token(string method, string target)
    {
        var gate = await gates.Default;
        foreach (var token in (string?[])[null, await gate.SharedTokenAsync()])
        {
            var answer = await gate.SendAsync(ArRequests.Call(token, target, method));
            answer.ShouldBeError(405, 10405, "Method not allowed");
            answer.Header("Allow").ShouldBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        }
    }

    [Theory]
    [InlineData("CONNECT gate.example.com:443 HTTP/1.1\r\nHost: gate.example.com:443\r\n\r\n")]
    [InlineData("TRACE /nobody HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("TRACE /health/live HTTP/1.1\r\nHost: x\r\n\r\n")]
    [Contract("HTT-19", "HTT-118")]
    public async Task Elsewhere_trace_and_connect_are_405(string request)
    {
        var answer = await (await gates.Default).SendAsync(request);

        answer.Status.ShouldBe(405);
        answer.Header("Allow").ShouldNotBeNull();
        answer.Text.ShouldBe("""{"type":"about:blank","title":"Method Not Allowed","status":405}""");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    [InlineData("X-OWN")]
    [Contract("ARS-68")]
    public async Task Every_other_method_is_served_with_a_token_and_refused_without(string method)
    {
        var gate = await gates.Default;

        (await gate.SendAsync(ArRequests.Call(await gate.SharedTokenAsync(), method: method))).ShouldBeEchoOf("shared");
        (await gate.SendAsync(ArRequests.Call(null, method: method))).ShouldBe623();
    }

    [Fact]
    [Contract("HTT-18")]
    public async Task Head_is_get_without_body_accepted_and_refused()
    {
        var gate = await gates.Default;
        await gate.AddAsync("head");
        var token = await gate.TokenAsync("head");

        foreach (var shown in (string?[])[token, null, "nonsense"])
        {
            var get = await gate.SendAsync(ArRequests.Call(shown));
            var head = await gate.SendAsync(ArRequests.Call(shown, method: "HEAD"));
            head.Golden().ShouldBe(get.Golden()[..^get.Text.Length]);
        }
    }

    [Fact]
    [Contract("HTT-7")]
    public async Task Options_of_the_whole_server_is_nobodys() =>
        (await (await gates.Default).SendAsync("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")).Status.ShouldBe(404);
}
