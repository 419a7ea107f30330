using System.Net;
using System.Net.Sockets;
using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Tests.Support;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Forwarding;

/// <summary>Upstreams that are not there, late, or die in the middle; callers that go away.</summary>
public sealed class FailureTests
{
    [Fact]
    [Contract("ARS-106", "MIC-120", "OI-134", "PN-127")]
    public async Task Upstream_that_is_not_there_is_unreachable()
    {
        await using var gate = await TestGate.ToAsync(ClosedPort());

        (await gate.GetAsync()).Status.ShouldBe(502);
        (await gate.SendAsync(TestGate.Request("POST", "/x", [], "abc"))).Status.ShouldBe(502);

        gate.Outcomes.ShouldBe([ForwardOutcome.Unreachable, ForwardOutcome.Unreachable]);
    }

    [Fact]
    [Contract("ARS-106")]
    public async Task Name_that_nobody_has_is_unreachable()
    {
        await using var gate = await TestGate.ToAsync(new Uri("http://nobody.invalid:8080"));

        (await gate.GetAsync()).Status.ShouldBe(502);
    }

    [Fact]
    [Contract("ARS-105", "ARS-93")]
    public async Task Head_that_does_not_come_in_time_is_a_time_out_and_the_call_is_cancelled()
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) => await connection.ReadAsync());
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.HeadTimeout = TimeSpan.FromMilliseconds(200));

        (await gate.GetAsync()).Status.ShouldBe(504);
        (await gate.SendAsync(TestGate.Request("POST", "/x", [], "abc"))).Status.ShouldBe(504);

        upstream.Requests.Count.ShouldBe(2);
        await Eventually.TrueAsync(() => upstream.Connections.All(connection => connection.IsClosed));
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nabc", true)]
    [InlineData("Content-Length: 10\r\n\r\nabc", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nab", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", false)]
    [InlineData("\r\nabc", true)]
    [Contract("ATK-76")]
    public async Task Answer_that_breaks_off_is_never_a_short_one(string answer, bool reset)
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\n{answer}");
            await Task.Delay(100);
            if (reset)
            {
                connection.Reset();
            }
            else
            {
                connection.Close();
            }
        });
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();
        await client.SendAsync(TestGate.Request("GET", "/x", []));

        var seen = await ReadUntilBrokenAsync(client);

        seen.ShouldNotEndWith("0\r\n\r\n");
        seen.ShouldNotEndWith("clean end");
        await Eventually.TrueAsync(() => gate.Outcomes.Count == 1);
        gate.Outcomes.ShouldBe([ForwardOutcome.Answered]);
    }

    [Fact]
    [Contract("ATK-76")]
    public async Task Answer_that_stops_moving_breaks_off()
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            await connection.ReadAsync();
        });
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.Options.ActivitySeconds = 1);
        await using var client = await gate.ConnectAsync();
        await client.SendAsync(TestGate.Request("GET", "/x", []));

        (await ReadUntilBrokenAsync(client)).ShouldEndWith("\r\n\r\nabc");
        await Eventually.TrueAsync(() => upstream.Connections.Single().IsClosed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Caller_who_goes_away_takes_the_call_along(bool afterHead)
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(afterHead ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc" : "");
            await connection.ReadAsync();
        });
        await using var gate = await TestGate.ToAsync(upstream);
        await using (var client = await gate.ConnectAsync())
        {
            await client.SendAsync(TestGate.Request("GET", "/x", []));
            await Eventually.TrueAsync(() => upstream.Requests.Count == 1);
            if (afterHead)
            {
                await client.ReadSomeAsync();
            }
        }

        await Eventually.TrueAsync(() => upstream.Connections.Single().IsClosed);
    }

    [Fact]
    public async Task Caller_who_goes_away_in_the_middle_of_his_body_takes_the_call_along()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);
        await using (var client = await gate.ConnectAsync())
        {
            await client.SendAsync("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
            await Eventually.TrueAsync(() => upstream.Connections is [var only] && only.Received.EndsWith("abc", StringComparison.Ordinal));
        }

        await Eventually.TrueAsync(() => upstream.Connections.Single().IsClosed);
        upstream.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GET", null, 200)]
    [InlineData("PUT", null, 200)]
    [InlineData("POST", null, 502)]
    [InlineData("PATCH", null, 502)]
    [InlineData("POST", "abc", 502)]
    [InlineData("PUT", "abc", 502)]
    public async Task Request_is_sent_again_only_where_that_is_safe(string method, string? body, int status)
    {
        // The second request on the first connection is read, and then the connection dies.
        var seen = 0;
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            if (Interlocked.Increment(ref seen) == 2)
            {
                connection.Close();
                return;
            }

            await connection.AnswerAsync();
        });
        await using var gate = await TestGate.ToAsync(upstream);
        (await gate.GetAsync()).Status.ShouldBe(200);

        (await gate.SendAsync(TestGate.Request(method, "/again", [], body))).Status.ShouldBe(status);

        upstream.Requests.Count(request => request.Target == "/again").ShouldBe(status == 200 ? 2 : 1);
    }

    [Fact]
    public async Task Connections_are_used_again_and_limited()
    {
        var release = new TaskCompletionSource();
        await using var upstream = RecordingUpstream.Start(async (request, connection) =>
        {
            if (request.Target == "/slow")
            {
                await release.Task;
            }

            await connection.AnswerAsync();
        });
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.Options.MaxConnections = 2);
        for (var i = 0; i < 20; i++)
        {
            await gate.GetAsync();
        }

        upstream.Connections.Count.ShouldBe(1);
        var slow = Enumerable.Range(0, 6).Select(_ => gate.GetAsync("/slow")).ToList();
        await Eventually.TrueAsync(() => upstream.Requests.Count(request => request.Target == "/slow") == 2);
        release.SetResult();
        (await Task.WhenAll(slow)).ShouldAllBe(answer => answer.Status == 200);
        upstream.Connections.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Upstream_that_dies_and_comes_back_is_used_again()
    {
        var address = ClosedPort();
        await using var gate = await TestGate.ToAsync(address);
        for (var i = 0; i < 5; i++)
        {
            (await gate.GetAsync()).Status.ShouldBe(502);
        }

        using var listener = new TcpListener(IPAddress.Loopback, address.Port);
        listener.Start();
        var answer = gate.GetAsync();
        using var socket = await listener.AcceptSocketAsync();
        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        (await answer).Status.ShouldBe(200);
    }

    private static async Task<string> ReadUntilBrokenAsync(WireClient client)
    {
        var seen = "";
        try
        {
            for (var piece = await client.ReadSomeAsync(); piece.Length > 0; piece = await client.ReadSomeAsync())
            {
                seen += piece;
            }
        }
        catch (IOException)
        {
            return seen;
        }

        return $"{seen} and then a clean end";
    }

    private static Uri ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}
