using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Testing.Server;

/// <summary>An answer as it came over the wire.</summary>
/// <param name="Status">Status code.</param>
/// <param name="Headers">Header fields in their order, names as sent.</param>
/// <param name="Body">Body, chunks joined.</param>
public sealed record WireAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>The body as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The one value of a header; null when absent.</summary>
    /// <exception cref="InvalidOperationException">The header came more than once.</exception>
    public string? Header(string name) => Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).SingleOrDefault();

    /// <summary>All values of a header.</summary>
    public IReadOnlyList<string> All(string name) => [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];
}

/// <summary>
/// One connection over which a test sends exactly the bytes that it means to send, and reads what comes back, byte by
/// byte. For everything that a well-behaved HTTP library would not send.
/// </summary>
public sealed class WireClient : IAsyncDisposable
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(30);
    private readonly TcpClient _tcp;
    private readonly Stream _stream;

    private WireClient(TcpClient tcp, Stream stream) => (_tcp, _stream) = (tcp, stream);

    /// <summary>Connects; TLS when the address says so. Any certificate is fine here.</summary>
    /// <param name="address">Scheme, host and port.</param>
    /// <param name="localAddress">Address to come from, like <c>127.0.0.2</c>: another computer to the server.</param>
    public static async Task<WireClient> ConnectAsync(Uri address, string? localAddress = null)
    {
        var tcp = localAddress is null ? new TcpClient(AddressFamily.InterNetwork) : new TcpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Parse(localAddress), 0));
        await tcp.ConnectAsync(address.Host, address.Port);
        Stream stream = tcp.GetStream();
        if (address.Scheme == Uri.UriSchemeHttps)
        {
            var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
            await tls.AuthenticateAsClientAsync(address.Host);
            stream = tls;
        }

        return new WireClient(tcp, stream);
    }

    /// <summary>Connects, sends one request, reads one answer, and hangs up.</summary>
    public static async Task<WireAnswer> ExchangeAsync(Uri address, string request, string? localAddress = null)
    {
        await using var client = await ConnectAsync(address, localAddress);
        await client.SendAsync(request);
        return await client.ReadAnswerAsync(request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Sends a text, one byte per character (Latin-1): what is not ASCII must be meant as that byte.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    /// <summary>Says that nothing more will be sent; on plain connections only.</summary>
    public void FinishSending() => _tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads one answer; informational ones (1xx) are passed over.</summary>
    /// <param name="toHead">The request was HEAD: no body comes.</param>
    /// <exception cref="EndOfStreamException">The server hung up before its answer was whole.</exception>
    public async Task<WireAnswer> ReadAnswerAsync(bool toHead = false)
    {
        using var timeout = new CancellationTokenSource(LongestAnswer);
        while (true)
        {
            var status = int.Parse((await ReadLineAsync(timeout.Token)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            var headers = new List<(string Name, string Value)>();
            for (var line = await ReadLineAsync(timeout.Token); line.Length > 0; line = await ReadLineAsync(timeout.Token))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                headers.Add((line[..colon], line[(colon + 1)..].Trim()));
            }

            if (status >= 200)
            {
                return new WireAnswer(status, headers, toHead || status is 204 or 304 ? [] : await ReadBodyAsync(headers, timeout.Token));
            }
        }
    }

    /// <summary>Reads everything up to the end of the connection, one character per byte.</summary>
    /// <exception cref="IOException">The server broke the connection off.</exception>
    public async Task<string> ReadToEndAsync()
    {
        using var timeout = new CancellationTokenSource(LongestAnswer);
        using var bytes = new MemoryStream();
        await _stream.CopyToAsync(bytes, timeout.Token);
        return Encoding.Latin1.GetString(bytes.ToArray());
    }

    /// <summary>Reads some bytes, one character each; empty at the end.</summary>
    public async Task<string> ReadSomeAsync()
    {
        using var timeout = new CancellationTokenSource(LongestAnswer);
        var buffer = new byte[65_536];
        return Encoding.Latin1.GetString(buffer, 0, await _stream.ReadAsync(buffer, timeout.Token));
    }

    /// <summary>Whether the server hangs up now, without a further byte.</summary>
    public async Task<bool> IsClosedAsync()
    {
        using var timeout = new CancellationTokenSource(LongestAnswer);
        try
        {
            return await _stream.ReadAsync(new byte[1], timeout.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task<byte[]> ReadBodyAsync(List<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        string? Header(string name) => headers.Find(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        if (Header("Content-Length") is { } length)
        {
            var body = new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)];
            await _stream.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        using var bytes = new MemoryStream();
        if (Header("Transfer-Encoding") == "chunked")
        {
            while (true)
            {
                var size = Convert.ToInt32(await ReadLineAsync(cancellationToken), 16);
                var chunk = new byte[size];
                await _stream.ReadExactlyAsync(chunk, cancellationToken);
                bytes.Write(chunk);
                await ReadLineAsync(cancellationToken);
                if (size == 0)
                {
                    return bytes.ToArray();
                }
            }
        }

        await _stream.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            if (await _stream.ReadAsync(one, cancellationToken) == 0)
            {
                throw new EndOfStreamException($"The server hung up after '{line}'.");
            }

            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }
    }
}
