using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Forwarding;

/// <summary>HTTP/2 requests whose fields would be something else in HTTP/1.1, written frame by frame.</summary>
public sealed class Http2SmugglingTests(ForwardingGate gate) : IClassFixture<ForwardingGate>
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    /// <summary>Fields in the place of, or after, the ordinary ones.</summary>
    public static TheoryData<string, string, string> Fields { get; } = new()
    {
        { ":path", "/mmws/api/x HTTP/1.1\r\nHost: x\r\n\r\nGET /mmws/api/smuggled", "" },
        { ":path", "/mmws/api/smuggled\n", "" },
        { ":path", "/mmws/api/smuggled\0", "" },
        { ":path", "/mmws/api/smuggled x", "" },
        { ":path", "mmws/api/smuggled", "" },
        { ":path", "", "" },
        { ":method", "GET /mmws/api/smuggled HTTP/1.1\r\nHost: x\r\n\r\nGET", "" },
        { ":method", "GET\r\n", "" },
        { ":scheme", "http\r\nX: y", "" },
        { ":authority", "x\r\nSmuggled: 1", "" },
        { ":authority", "x/smuggled", "" },
        { "x-own", "a\r\nSmuggled: 1", "" },
        { "x-own", "a\nSmuggled: 1", "" },
        { "x-own", "a\0Smuggled", "" },
        { "x-own: a\r\nsmuggled", "1", "" },
        { "x own", "1", "" },
        { "X-Smuggled", "1", "" },
        { "transfer-encoding", "chunked", "0\r\n\r\nGET /mmws/api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "connection", "x-smuggled", "" },
        { "upgrade", "smuggled", "" },
        { "content-length", "5", "GET /mmws/api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "content-length", "0", "GET /mmws/api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "content-length", "5, 5", "abcde" },
        { "content-length", "500", "abcde" },
        { "remote-user", "nobody", "" },
        { "host", "x\r\nSmuggled: 1", "" },
    };

    [Fact]
    [Contract("ATK-27")]
    public async Task Ordinary_request_arrives()
    {
        await SendAsync("x-own", "plain", "abc", mark: "ordinary");

        await Servers.Eventually.TrueAsync(() => Task.FromResult(gate.Upstream.Requests.Any(request => request.Target == "/mmws/api/ordinary" && request.Text == "abc" && request.Header("X-Own") == "plain")));
    }

    [Theory]
    [MemberData(nameof(Fields))]
    [Contract("HTT-10", "ATK-27", "ATK-36")]
    public async Task Field_stays_a_field_or_the_request_ends_here(string name, string value, string body)
    {
        await SendAsync(name, value, body, mark: "h2");

        gate.Upstream.Unreadable.ShouldBeEmpty();
        gate.Upstream.Requests.ShouldAllBe(request => request.Header("Remote-User") == "admin" && !request.Line.Contains("smuggled"));
        gate.Upstream.Requests.ShouldAllBe(request => !request.Names.Contains("smuggled") && !request.Names.Contains("transfer-encoding"));
        gate.Upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains("nobody"));
    }

    private async Task SendAsync(string name, string value, string body, string mark)
    {
        var fields = new List<(string Name, string Value)>
        {
            (":method", body.Length > 0 ? "POST" : "GET"), (":scheme", "https"), (":authority", "gate.example"), (":path", $"/mmws/api/{mark}"),
        };
        var at = fields.FindIndex(field => field.Name == name);
        var credential = ("authorization", gate.Callers["micetro"].Credential["Authorization: ".Length..]);
        if (at >= 0)
        {
            fields[at] = (name, value);
            fields.Add(credential);
        }
        else
        {
            fields.AddRange([credential, (name, value)]);
            if (body.Length > 0 && name != "content-length")
            {
                fields.Add(("content-length", $"{body.Length}"));
            }
        }

        using var tcp = new TcpClient();
        await tcp.ConnectAsync(gate.Server.Https.Host, gate.Server.Https.Port);
        await using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] });
        tls.NegotiatedApplicationProtocol.ShouldBe(SslApplicationProtocol.Http2);
        await tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await tls.WriteAsync(Frame(type: 4, flags: 0, stream: 0, []));
        await tls.WriteAsync(Frame(Headers, body.Length > 0 ? EndHeaders : (byte)(EndHeaders | EndStream), 1, Block(fields)));
        if (body.Length > 0)
        {
            await tls.WriteAsync(Frame(Data, EndStream, 1, Encoding.Latin1.GetBytes(body)));
        }

        await ReadUntilQuietAsync(tls);
    }

    private static async Task ReadUntilQuietAsync(SslStream tls)
    {
        var buffer = new byte[4096];
        try
        {
            while (await tls.ReadAsync(buffer).AsTask().WaitAsync(Quiet) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            // Hung up on, or nothing more to say.
        }
    }

    private static byte[] Frame(byte type, byte flags, byte stream, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];

    /// <summary>Literal fields, not indexed and not packed (RFC 7541 section 6.2.2).</summary>
    private static byte[] Block(IEnumerable<(string Name, string Value)> fields) => [.. fields.SelectMany(field => (byte[])[0, .. Text(field.Name), .. Text(field.Value)])];

    private static byte[] Text(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        return bytes.Length < 127 ? [(byte)bytes.Length, .. bytes] : throw new ArgumentException("Too long for one byte of length.", nameof(text));
    }
}
