using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>An entry that a fake directory answers with.</summary>
internal sealed record FakeEntry(string Dn, params (string Attribute, string Value)[] Attributes);

/// <summary>
/// A directory that lies: it answers binds and searches with what the test says, whatever was asked. For what no real server does. Plain, on loopback.
/// </summary>
internal sealed class FakeDirectory : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    public FakeDirectory()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"ldap://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What searches find.</summary>
    public FakeEntry[] Entries { get; set; } = [];

    /// <summary>How searches end.</summary>
    public int SearchCode { get; set; }

    /// <summary>How binds end, by DN.</summary>
    public Func<string, (int Code, string Diagnostic)> Bind { get; set; } = _ => (0, "");

    /// <summary>Sent instead of every answer to a search.</summary>
    public byte[]? Garbage { get; set; }

    /// <summary>DNs that were bound with.</summary>
    public ConcurrentQueue<string> Bound { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It ends.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var buffer = new byte[64 * 1024];
            try
            {
                // A request is small and comes in one piece on loopback.
                for (int read; (read = await stream.ReadAsync(buffer, _stopping.Token)) > 0;)
                {
                    var rest = buffer.AsMemory(0, read);
                    while (!rest.IsEmpty)
                    {
                        AsnDecoder.ReadEncodedValue(rest.Span, AsnEncodingRules.BER, out _, out _, out var length);
                        await stream.WriteAsync(Answer(rest[..length]), _stopping.Token);
                        rest = rest[length..];
                    }
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // It ends.
            }
        }
    }

    private byte[] Answer(ReadOnlyMemory<byte> request)
    {
        var message = new AsnReader(request, AsnEncodingRules.BER).ReadSequence();
        message.TryReadInt32(out var id);
        var tag = message.PeekTag();
        var body = message.ReadSequence(tag);
        if (tag.TagValue == 0)
        {
            body.ReadInteger();
            var dn = Encoding.UTF8.GetString(body.ReadOctetString());
            Bound.Enqueue(dn);
            var (code, diagnostic) = Bind(dn);
            return Result(id, 1, code, diagnostic);
        }

        return Garbage ?? [.. Entries.SelectMany(entry => Entry(id, entry)), .. Result(id, 5, SearchCode, "")];
    }

    private static byte[] Result(int id, int tag, int code, string diagnostic) => Message(id, writer =>
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.Application, tag, isConstructed: true)))
        {
            writer.WriteEncodedValue([0x0a, 0x01, (byte)code]);
            writer.WriteOctetString([]);
            writer.WriteOctetString(Encoding.UTF8.GetBytes(diagnostic));
        }
    });

    private static byte[] Entry(int id, FakeEntry entry) => Message(id, writer =>
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.Application, 4, isConstructed: true)))
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(entry.Dn));
            using (writer.PushSequence())
            {
                foreach (var same in entry.Attributes.GroupBy(attribute => attribute.Attribute))
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteOctetString(Encoding.UTF8.GetBytes(same.Key));
                        using (writer.PushSetOf())
                        {
                            foreach (var (_, value) in same)
                            {
                                writer.WriteOctetString(Encoding.UTF8.GetBytes(value));
                            }
                        }
                    }
                }
            }
        }
    });

    private static byte[] Message(int id, Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            write(writer);
        }

        return writer.Encode();
    }
}
