using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Forwarding;

/// <summary>Requests that two servers could read in two ways, shown to the program with an upstream behind it that keeps every byte.</summary>
public sealed class SmugglingTests(ForwardingGate gate) : IClassFixture<ForwardingGate>
{
    private const string Smuggled = "GET /mmws/api/smuggled HTTP/1.1\r\nHost: x\r\nRemote-User: nobody\r\n\r\n";

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>Header lines after the credential, and what follows the head.</summary>
    public static TheoryData<string, string> Ambiguous { get; } = new()
    {
        // Length and chunks, both ways round.
        { "Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG" },
        { "Content-Length: 4\r\nTransfer-Encoding: chunked", "5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding: chunked\r\nContent-Length: 0", "5\r\nabcde\r\n0\r\n\r\n" },
        { "Transfer-Encoding: xchunked\r\nContent-Length: 3", "abc" },
        { "Transfer-Encoding : chunked", "0\r\n\r\n" },
        { "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "0\r\n\r\n" },
        { "Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "0\r\n\r\n" },
        { "Transfer-Encoding:\u000bchunked", "0\r\n\r\n" },
        { "Transfer-Encoding:\tchunked\r\nContent-Length: 3", "abc" },
        { "X: y\nTransfer-Encoding: chunked\r\nContent-Length: 3", "abc" },
        { "Transfer-Encoding\r\n : chunked", "0\r\n\r\n" },
        { "Transfer_Encoding: chunked\r\nContent-Length: 3", "abc" },
        { "Content_Length: 0\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n" },

        // Lengths.
        { "Content-Length: 3\r\nContent-Length: 4", "abc" },
        { "Content-Length: 3, 3", "abc" },
        { "Content-Length: +3", "abc" },
        { "Content-Length: 3 ", "abc" },
        { "Content-Length: 0x3", "abc" },
        { "Content-Length: 3\u000b", "abc" },
        { "Content-Length: \u00b2", "abc" },
        { "Content-Length:", "abc" },

        // Lines.
        { "X-Fold: a\r\n Content-Length: 3", "" },
        { "X-Fold: a\r\n\tTransfer-Encoding: chunked", "" },
        { "X-Bare: a\nContent-Length: 3", "abc" },
        { "X-Cr: a\rContent-Length: 3", "" },
        { "X-Nul: a\0b", "" },
        { "\u00e4: b", "" },
        { "X Y: b", "" },

        // Chunks.
        { "Transfer-Encoding: chunked", "3;a\nb\r\nabc\r\n0\r\n\r\n" },
        { "Transfer-Encoding: chunked", "3\nabc\r\n0\r\n\r\n" },
        { "Transfer-Encoding: chunked", "3\r\nabc0\r\n\r\n" },
        { "Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n" },
        { "Transfer-Encoding: chunked", "3 \r\nabc\r\n0\r\n\r\n" },
        { "Transfer-Encoding: chunked", "-1\r\nabc\r\n0\r\n\r\n" },
        { "Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n" },
        { "Transfer-Encoding: chunked", "0\r\nContent-Length: 5\r\nRemote-User: nobody\r\n\r\n" },
        { "Transfer-Encoding: chunked", "0\r\n\r" },
        { "Transfer-Encoding: chunked", "0\r\nX: y\n\r\n" },

        // Other ways out of the message.
        { "Expect: 100-continue\r\nContent-Length: 0", "" },
        { "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
        { "Connection: Content-Length\r\nContent-Length: 3", "abc" },
        { "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n" },
        { "Connection: Host, Authorization\r\nContent-Length: 3", "abc" },
        { "X-HTTP-Method-Override: GET\r\nContent-Length: 3", "abc" },
    };

    [Theory]
    [MemberData(nameof(Ambiguous))]
    [Contract("HTT-10", "ATK-27", "ATK-28", "ATK-29")]
    public async Task Message_has_one_reading_or_none(string headers, string after)
    {
        foreach (var credential in (string?[])[gate.Callers["micetro"].Credential, null])
        {
            var mark = Guid.NewGuid().ToString("N");
            await using var client = await WireClient.ConnectAsync(gate.Server.Http);

            // What follows is an anonymous request: if it gets through, it came in under the name of the first one.
            await client.SendAsync($"POST /mmws/api/first?{mark} HTTP/1.1\r\nHost: x\r\n{(credential is null ? "" : $"{credential}\r\n")}{headers}\r\n\r\n{after}{Smuggled}");
            var answers = await ReadAllAsync(client);

            answers.ShouldStartWith("HTTP/1.1 ");
            gate.Upstream.Unreadable.ShouldBeEmpty();
            gate.Upstream.Requests.ShouldAllBe(request => !request.Target.Contains("smuggled") && request.Header("Remote-User") == "admin");
            gate.Upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains("nobody"));
            gate.Upstream.Requests.Count(request => request.Target.EndsWith(mark, StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(credential is null ? 0 : 1);
        }
    }

    [Theory]
    [InlineData("GET /mmws/api/ok\0 HTTP/1.1")]
    [InlineData("GET /mmws/api/ok\u000bHTTP/1.1")]
    [InlineData("GET /mmws/api/ok HTTP/1.1 x")]
    [InlineData("GET /mmws/api/ok?a\tb HTTP/1.1")]
    [InlineData("GET /mmws/api/ok?a\u0001 HTTP/1.1")]
    [InlineData("GET /mmws/api/ok#/smuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/ok\\..\\smuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/..;/smuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/..%2Fsmuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/%2e%2e%2f%2e%2e%2fsmuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/x%00/smuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/%0d%0aX:y/smuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/%c0%ae%c0%ae/smuggled HTTP/1.1")]
    [InlineData("GET /mmws/api/\u00e4/smuggled HTTP/1.1")]
    [InlineData("GET /mmws/../smuggled HTTP/1.1")]
    [InlineData("GET /mmws/%2e%2e/smuggled HTTP/1.1")]
    [InlineData("GET //smuggled HTTP/1.1")]
    [InlineData("GET http://x/smuggled HTTP/1.1")]
    [InlineData("GET http:///mmws/smuggled HTTP/1.1")]
    [InlineData("GET mmws/api/smuggled HTTP/1.1")]
    [InlineData("GET * HTTP/1.1")]
    [InlineData("GET /mmws/api/smuggled HTTP/0.9")]
    [InlineData("GET /mmws/api/smuggled")]
    [InlineData("CONNECT smuggled:80 HTTP/1.1")]
    [InlineData("TRACE /mmws/api/smuggled HTTP/1.1")]
    [InlineData("get /mmws/api/smuggled HTTP/1.1")]
    [Contract("HTT-3", "HTT-4", "HTT-19", "ATK-25", "ATK-27")]
    public async Task Request_line_that_could_be_read_otherwise_is_refused(string line)
    {
        await using var client = await WireClient.ConnectAsync(gate.Server.Http);
        await client.SendAsync($"{line}\r\nHost: x\r\n{gate.Callers["micetro"].Credential}\r\n\r\n");

        var answers = await ReadAllAsync(client);

        answers.ShouldMatch("^HTTP/1.1 (400|404|405|501|505) ");
        gate.Upstream.Unreadable.ShouldBeEmpty();
        gate.Upstream.Requests.ShouldAllBe(request => !request.Target.Contains("smuggled") && !request.Target.Contains("ok"));
    }

    [Fact]
    [Contract("HTT-8", "HTT-10", "ATK-27")]
    public async Task Huge_chunk_extensions_and_heads_go_no_further()
    {
        var credential = gate.Callers["micetro"].Credential;
        foreach (var request in new[]
        {
            $"POST /mmws/api/huge HTTP/1.1\r\nHost: x\r\n{credential}\r\nTransfer-Encoding: chunked\r\n\r\n3;{new string('a', 5_000_000)}\r\nabc\r\n0\r\n\r\n",
            $"POST /mmws/api/huge HTTP/1.1\r\nHost: x\r\n{credential}\r\nX: {new string('a', 200_000)}\r\n\r\n",
            $"POST /mmws/api/{new string('h', 9_000)} HTTP/1.1\r\nHost: x\r\n{credential}\r\n\r\n",
            $"POST /mmws/api/huge HTTP/1.1\r\nHost: x\r\n{credential}\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X{i}: y\r\n"))}\r\n",
        })
        {
            await using var client = await WireClient.ConnectAsync(gate.Server.Http);
            try
            {
                await client.SendAsync(request);
                (await client.ReadAnswerAsync()).Status.ShouldBeOneOf(200, 400, 414, 431);
            }
            catch (IOException)
            {
                // It hung up while the rest was still coming.
            }
        }

        // A chunk's extension, however long, means nothing and is not sent on; heads that are too long are refused.
        gate.Upstream.Requests.Where(request => request.Target.Contains("huge")).ShouldAllBe(request => request.Text == "abc");
        gate.Upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains("aaaa") && !connection.Received.Contains("hhhh"));
    }

    /// <summary>Reads until the server hangs up, or has nothing to say for a while after its first answer.</summary>
    internal static async Task<string> ReadAllAsync(WireClient client)
    {
        var all = "";
        try
        {
            for (var piece = await client.ReadSomeAsync(); piece.Length > 0; piece = await client.ReadSomeAsync().WaitAsync(Quiet))
            {
                all += piece;
            }
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            // Hung up on, or waiting for more.
        }

        return all;
    }
}
