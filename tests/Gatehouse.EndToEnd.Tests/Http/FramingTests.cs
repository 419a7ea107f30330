using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>
/// HTT-10: a request whose end two servers could see in two places is refused, and what follows it is not read as
/// another request. Each row is a head and the bytes after it; a probe follows that must never be answered.
/// </summary>
public sealed class FramingTests(Gates gates)
{
    private const string Probe = "GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n";

    public static TheoryData<string, string> Ambiguous { get; } = new()
    {
        { "Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n" },
        { "Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n" },
        { "Content-Length: 3\r\nContent-Length: 5", "a=b" },
        { "Content-Length: 3\r\nContent-Length: 3", "a=b" },
        { "Content-Length: 3, 3", "a=b" },
        { "Content-Length: +3", "a=b" },
        { "Content-Length: -3", "a=b" },
        { "Content-Length: 0x3", "a=b" },
        { "Content-Length: 3a", "a=b" },
        { "Content-Length: 3 3", "a=b" },
        { "Content-Length:", "a=b" },
        { "Content-Length: 99999999999999999999", "a=b" },
        { "Content-Length: 00000000000000000000003", "a=b" },
        { "Transfer-Encoding: gzip, chunked", "0\r\n\r\n" },
        { "Transfer-Encoding: chunked, chunked", "0\r\n\r\n" },
        { "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n" },
        { "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "0\r\n\r\n" },
        { "Transfer-Encoding: chunked, identity", "0\r\n\r\n" },
        { "Transfer-Encoding: identity", "0\r\n\r\n" },
        { "Transfer-Encoding: xchunked", "0\r\n\r\n" },
        { "Transfer-Encoding: \"chunked\"", "0\r\n\r\n" },
        { "Transfer-Encoding: chunked;q=1", "0\r\n\r\n" },
        { "Transfer-Encoding: \u000bchunked", "0\r\n\r\n" },
        { "Transfer-Encoding:", "0\r\n\r\n" },
        { "Transfer-Encoding : chunked", "0\r\n\r\n" },
        { "Transfer-Encoding\t: chunked", "0\r\n\r\n" },
        { "Content-Length : 3", "a=b" },
        { "X-Folded: a\r\n b\r\nContent-Length: 3", "a=b" },
        { "X-Folded: a\r\n\tTransfer-Encoding: chunked\r\nContent-Length: 3", "a=b" },
        { " Leading: a\r\nContent-Length: 3", "a=b" },
        { "X-Nul: a\u0000b\r\nContent-Length: 3", "a=b" },
        { "X-Bare: a\rb\r\nContent-Length: 3", "a=b" },
        { "No colon\r\nContent-Length: 3", "a=b" },
        { ": no name\r\nContent-Length: 3", "a=b" },
    };

    /// <summary>Chunked bodies that break the rules after the head.</summary>
    public static TheoryData<string> BadChunks { get; } =
    [
        "g\r\na=b\r\n0\r\n\r\n",
        "-3\r\na=b\r\n0\r\n\r\n",
        "+3\r\na=b\r\n0\r\n\r\n",
        "0x3\r\na=b\r\n0\r\n\r\n",
        "\r\na=b\r\n0\r\n\r\n",
        " 3\r\na=b\r\n0\r\n\r\n",
        "3\na=b\r\n0\r\n\r\n",
        "3\r\na=bX\r\n0\r\n\r\n",
        "3\r\na=b0\r\n\r\n",
        "3;a\nb\r\na=b\r\n0\r\n\r\n",
        "3;\na=b\r\n0\r\n\r\n",
        "3;x=\"\n\"\r\na=b\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\na=b\r\n0\r\n\r\n",
        "80000000\r\na=b\r\n0\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(Ambiguous))]
    [Contract("HTT-10", "ATK-27")]
    public async Task A_head_with_two_readings_is_400_and_the_end_of_the_connection(string headers, string body)
    {
        foreach (var target in (string[])["/api/jwt/login", "/api/arsys/x", "/api/jwt/logout"])
        {
            await ShouldBeRefusedAsync($"POST {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}");
        }
    }

    [Theory]
    [MemberData(nameof(BadChunks))]
    [Contract("HTT-10", "ATK-27")]
    public async Task A_body_with_two_readings_is_400_and_the_end_of_the_connection(string body)
    {
        var gate = await gates.Default;
        var name = $"framing-{Guid.NewGuid():N}";
        await gate.AddAsync(name);
        var token = await gate.TokenAsync(name);

        await ShouldBeRefusedAsync($"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        await ShouldBeRefusedAsync($"POST /api/jwt/logout HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: AR-JWT {token}\r\n\r\n{body}");
        await ShouldBeRefusedAsync($"POST /api/arsys/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: AR-JWT {token}\r\n\r\n{body}");
        (await gate.CallAsync(token)).ShouldBeEchoOf(name);
    }

    [Theory]
    [MemberData(nameof(BadChunks))]
    [Contract("HTT-10", "ATK-27")]
    public async Task Where_the_body_is_not_wanted_it_still_ends_the_connection(string body)
    {
        await using var client = await (await gates.Default).ConnectAsync();

        await client.SendAsync($"POST /api/arsys/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}{Probe}");

        (await client.ReadAnswerAsync()).Status.ShouldBeOneOf(400, 401);
        (await client.IsClosedAsync()).ShouldBeTrue();
    }

    [Fact]
    [Contract("HTT-10")]
    public async Task Well_framed_requests_on_one_connection_are_each_answered()
    {
        await using var client = await (await gates.Default).ConnectAsync();

        await client.SendAsync($"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=\"value\"\r\na=b\r\n0\r\n\r\n{Probe}");

        (await client.ReadAnswerAsync()).ShouldBe623("\"\"");
        (await client.ReadAnswerAsync()).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("GET /api/version\r\nHost: x\r\n\r\n")]
    [InlineData("GET  /api/version HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /api/version HTTP/1.1 \r\nHost: x\r\n\r\n")]
    [InlineData("GET /api/version HTTP/9.9\r\nHost: x\r\n\r\n")]
    [InlineData("GET /api/version HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/version HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")]
    [InlineData("G@T /api/version HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET api/version HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\r\n\r\n")]
    [Contract("HTT-4", "HTT-10")]
    public async Task A_broken_request_line_or_host_is_refused(string request)
    {
        await using var client = await (await gates.Default).ConnectAsync();

        await client.SendAsync(request + Probe);

        (await client.ReadAnswerAsync()).Status.ShouldBeOneOf(400, 505);
        (await client.IsClosedAsync()).ShouldBeTrue();
    }

    private async Task ShouldBeRefusedAsync(string request)
    {
        await using var client = await (await gates.Default).ConnectAsync();
        await client.SendAsync(request + Probe);

        var answer = await client.ReadAnswerAsync();

        answer.Status.ShouldBe(400, request);
        answer.Header("WWW-Authenticate").ShouldBeNull();
        (await client.IsClosedAsync()).ShouldBeTrue(request);
    }
}
