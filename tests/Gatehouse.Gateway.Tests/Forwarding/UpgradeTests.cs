using System.Net.WebSockets;
using System.Text;
using Gatehouse.Gateway.Tests.Support;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Forwarding;

/// <summary>Connections that leave HTTP.</summary>
public sealed class UpgradeTests
{
    private const string Accepted = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own/1\r\nX-More: 1\r\n\r\n";

    [Fact]
    public async Task Web_socket_passes_messages_both_ways()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging();
        await using var upstream = builder.Build();
        upstream.UseWebSockets();
        string? user = null;
        upstream.Run(async context =>
        {
            user = context.Request.Headers["Remote-User"];
            using var socket = await context.WebSockets.AcceptWebSocketAsync("chat");
            var buffer = new byte[200_000];
            for (var message = await socket.ReceiveAsync(buffer, default); message.MessageType != WebSocketMessageType.Close; message = await socket.ReceiveAsync(buffer, default))
            {
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, default);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        });
        await upstream.StartAsync();
        await using var gate = await TestGate.ToAsync(new Uri(upstream.Urls.First()));
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("chat");

        await client.ConnectAsync(new Uri($"ws://{gate.Address.Authority}/chat"), default);

        foreach (var text in new[] { "one", new string('x', 150_000), "three" })
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);
            var received = new MemoryStream();
            ValueWebSocketReceiveResult piece;
            do
            {
                var buffer = new byte[65_536];
                piece = await client.ReceiveAsync(buffer.AsMemory(), default);
                received.Write(buffer, 0, piece.Count);
            }
            while (!piece.EndOfMessage);
            Encoding.UTF8.GetString(received.ToArray()).ShouldBe(text);
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        (client.CloseStatus, client.CloseStatusDescription, client.SubProtocol, user).ShouldBe((WebSocketCloseStatus.NormalClosure, "bye", "chat", "alice"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_other_protocol_is_bytes_until_one_side_ends(bool upstreamEnds)
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(Accepted);
            (await connection.ReadAsync()).ShouldBe("up");
            await connection.SendAsync("down");
            if (upstreamEnds)
            {
                connection.Close();
                return;
            }

            while (!connection.IsClosed)
            {
                await connection.ReadAsync();
            }
        });
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync(TestGate.Request("GET", "/x", ["Connection: Upgrade", "Upgrade: own/1"]));
        var head = await client.ReadSomeAsync();
        head.ShouldStartWith("HTTP/1.1 101 ");
        head.ShouldContain("Upgrade: own/1\r\n");
        head.ShouldContain("X-More: 1\r\n");
        await client.SendAsync("up");
        (await client.ReadSomeAsync()).ShouldBe("down");
        if (upstreamEnds)
        {
            (await client.IsClosedAsync()).ShouldBeTrue();
        }
        else
        {
            await client.DisposeAsync();
        }

        await Eventually.TrueAsync(() => upstream.Connections.Single().IsClosed || upstreamEnds);
        (upstream.Only().Header("Upgrade"), upstream.Only().Header("Connection")).ShouldBe(("own/1", "Upgrade"));
    }

    [Theory]
    [InlineData("h2c")]
    [InlineData("H2C")]
    [InlineData("websocket, h2c")]
    [InlineData("h2c, websocket")]
    [InlineData("HTTP/2.0")]
    [InlineData("http/1.1")]
    [InlineData("TLS/1.2")]
    [InlineData("websocket\r\nUpgrade: h2c")]
    [Contract("ATK-27")]
    public async Task Another_http_is_never_offered(string protocol)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.GetAsync("/x", "Connection: Upgrade, HTTP2-Settings", $"Upgrade: {protocol}", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")).Text.ShouldBe("ok");

        upstream.Only().Names.Intersect(["upgrade", "connection", "http2-settings"]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own/1\r\nUpgrade: own/1\r\n\r\n")]
    [Contract("ATK-27", "ATK-76")]
    public async Task What_was_not_asked_for_is_not_agreed_to(string answer)
    {
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.SendAsync(answer));
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.GetAsync("/x", "Connection: Upgrade", "Upgrade: own/1")).Status.ShouldBe(502);
    }

    [Fact]
    [Contract("ATK-27")]
    public async Task Refused_upgrade_is_an_ordinary_answer_and_no_tunnel()
    {
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.SendAsync("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"));
        await using var gate = await TestGate.ToAsync(upstream);
        await using var client = await gate.ConnectAsync();

        await client.SendAsync(TestGate.Request("GET", "/x", ["Connection: Upgrade", "Upgrade: websocket"]) + "GET /smuggled HTTP/1.1\r\nHost: x\r\nRemote-User: admin\r\n\r\n");

        (await client.ReadAnswerAsync()).Status.ShouldBe(403);
        await Task.WhenAny(client.ReadToEndAsync(), Task.Delay(300));
        upstream.Requests.ShouldAllBe(request => request.Header("Remote-User") == "alice");
        upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains("admin"));
    }

    [Fact]
    public async Task Tunnel_in_which_nothing_moves_is_closed()
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(Accepted);
            await connection.ReadAsync();
        });
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.Options.ActivitySeconds = 1);
        await using var client = await gate.ConnectAsync();
        await client.SendAsync(TestGate.Request("GET", "/x", ["Connection: Upgrade", "Upgrade: own/1"]));

        (await client.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 101");
        await Eventually.TrueAsync(() => upstream.Connections.Single().IsClosed);
    }
}
