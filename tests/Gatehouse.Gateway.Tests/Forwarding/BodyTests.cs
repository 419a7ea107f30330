using Gatehouse.Gateway.Tests.Support;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Forwarding;

/// <summary>Bodies stream both ways, piece by piece, and are what was announced.</summary>
public sealed class BodyTests
{
    [Fact]
    [Contract("ATK-28")]
    public async Task Body_streams_up_before_it_is_whole()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        await Eventually.TrueAsync(() => upstream.Connections is [var only] && only.Received.EndsWith("3\r\nabc\r\n", StringComparison.Ordinal));
        await client.SendAsync("4;ext=\"x\"\r\ndefg\r\n0\r\nX-Trailer: Remote-User\r\n\r\n");

        (await client.ReadAnswerAsync()).Text.ShouldBe("ok");
        var request = upstream.Only();
        (request.Text, request.Header("Transfer-Encoding"), request.Header("Content-Length")).ShouldBe(("abcdefg", "chunked", null));
        upstream.Connections.Single().Received.ShouldNotContain("X-Trailer");
        upstream.Connections.Single().Received.ShouldNotContain("ext");
    }

    [Fact]
    public async Task Answer_streams_down_before_it_is_whole()
    {
        var more = new TaskCompletionSource();
        var head = new TaskCompletionSource();
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await head.Task;
            await connection.SendAsync("3\r\nabc\r\n");
            await more.Task;
            await connection.SendAsync("3\r\ndef\r\n0\r\n\r\n");
        });
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();
        await client.SendAsync(TestGate.Request("GET", "/x", []));

        (await client.ReadSomeAsync()).ShouldEndWith("\r\n\r\n");
        head.SetResult();
        (await client.ReadSomeAsync()).ShouldBe("3\r\nabc\r\n");
        more.SetResult();
        (await client.ReadSomeAsync()).ShouldStartWith("3\r\ndef\r\n");
    }

    [Fact]
    public async Task Both_ways_at_once_over_one_request()
    {
        await using var upstream = RecordingUpstream.Start(
            async (_, connection) =>
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while ((await connection.ReadAsync()).Length > 0)
                {
                }
            },
            readsBodies: false);
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();
        await client.SendAsync("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
        await client.SendAsync("ab");
        await Eventually.TrueAsync(() => upstream.Connections is [var only] && only.Received.EndsWith("ab", StringComparison.Ordinal));
        await client.SendAsync("cde");

        (await client.ReadSomeAsync()).ShouldStartWith("HTTP/1.1 200 OK");
        upstream.Connections.Single().Received.ShouldEndWith("abcde");
    }

    [Fact]
    public async Task Expectation_is_the_upstreams_to_fulfil()
    {
        var asked = new TaskCompletionSource();
        await using var upstream = RecordingUpstream.Start(
            async (request, connection) =>
            {
                asked.TrySetResult();
                if (request.Target == "/no")
                {
                    await connection.SendAsync("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
                    return;
                }

                await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
                (await connection.ReadAsync()).ShouldBe("abc");
                await connection.AnswerAsync();
            },
            readsBodies: false);
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync("POST /yes HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        (await client.ReadSomeAsync()).ShouldBe("HTTP/1.1 100 Continue\r\n\r\n");
        await client.SendAsync("abc");
        (await client.ReadAnswerAsync()).Text.ShouldBe("ok");

        // Refused before the body: not a byte of it is sent, and nothing else comes over that connection.
        (await gate.SendAsync("POST /no HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3000\r\n\r\n")).Status.ShouldBe(417);
        (await gate.SendAsync("POST /yes HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")).Text.ShouldBe("ok");
        upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains("/no") || connection.Received.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        upstream.Unreadable.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("g\r\nabc\r\n0\r\n\r\n")]
    [InlineData("3\r\nabcX\r\n0\r\n\r\n")]
    [InlineData("3\r\nabc\r\n-1\r\n\r\n")]
    [InlineData("3;a\nb\r\nabc\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffffff\r\nabc\r\n0\r\n\r\n")]
    [Contract("HTT-10", "ATK-27")]
    public async Task Body_that_is_broken_from_the_beginning_never_reaches_the_upstream(string chunks)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync($"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");

        (await client.ReadAnswerAsync()).Status.ShouldBe(400);
        (await client.IsClosedAsync()).ShouldBeTrue();
        upstream.Connections.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("3\r\nabcX\r\n0\r\n\r\n")]
    [InlineData("3;\na\r\n")]
    [Contract("HTT-10", "ATK-27")]
    public async Task Body_that_breaks_later_ends_both_connections(string chunks)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        await Eventually.TrueAsync(() => upstream.Connections is [var only] && only.Received.EndsWith("3\r\nabc\r\n", StringComparison.Ordinal));
        await client.SendAsync($"{chunks}GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");

        (await client.ReadAnswerAsync()).Status.ShouldBe(400);
        (await client.IsClosedAsync()).ShouldBeTrue();
        await Eventually.TrueAsync(() => upstream.Connections.Single().IsClosed);
        upstream.Requests.ShouldBeEmpty();
        upstream.Connections.Single().Received.ShouldEndWith("3\r\nabc\r\n");
    }

    [Fact]
    [Contract("ATK-28", "ATK-27")]
    public async Task Body_longer_than_announced_is_the_next_request()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcdefGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");

        (await client.ReadAnswerAsync()).Text.ShouldBe("ok");
        (await client.ReadAnswerAsync()).Text.ShouldBe("ok");
        upstream.Requests.Select(request => (request.Line, request.Text)).ShouldBe([("POST /x HTTP/1.1", "abc"), ("defGET /smuggled HTTP/1.1", "")]);
        upstream.Unreadable.ShouldBeEmpty();
    }

    [Fact]
    [Contract("ATK-27", "ATK-41")]
    public async Task Pipelined_requests_are_forwarded_one_by_one()
    {
        await using var upstream = RecordingUpstream.Start((request, connection) => connection.AnswerAsync(request.Target));
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync(TestGate.Request("POST", "/1", [], "abc") + TestGate.Request("GET", "/2", []) + TestGate.Request("POST", "/3", ["Transfer-Encoding: chunked"]) + "0\r\n\r\n" + TestGate.Request("GET", "/4", []));

        foreach (var target in new[] { "/1", "/2", "/3", "/4" })
        {
            (await client.ReadAnswerAsync()).Text.ShouldBe(target);
        }

        upstream.Requests.Select(request => request.Target).ShouldBe(["/1", "/2", "/3", "/4"]);
    }
}
