using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Testing.Server;

/// <summary>A request as it reached an upstream.</summary>
/// <param name="Head">Request line and header fields, to the empty line, one character per byte (Latin-1).</param>
/// <param name="Body">The body, chunks joined.</param>
public sealed record UpstreamRequest(string Head, byte[] Body)
{
    /// <summary>The request line.</summary>
    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    /// <summary>The request target.</summary>
    public string Target => Line.Split(' ')[1];

    /// <summary>The body as Latin-1.</summary>
    public string Text => Encoding.Latin1.GetString(Body);

    /// <summary>All values of a field, in the spelling that is asked for, letter case aside.</summary>
    public IReadOnlyList<string> All(string name) =>
    [
        .. Head.Split("\r\n").Skip(1).Select(line => line.Split(':', 2))
            .Where(field => field.Length == 2 && field[0].Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field[1].Trim()),
    ];

    /// <summary>The one value of a field; null when absent.</summary>
    public string? Header(string name) => All(name).SingleOrDefault();

    /// <summary>The names of all fields, in small letters and in order.</summary>
    public IReadOnlyList<string> Names => [.. Head.Split("\r\n").Skip(1).Where(line => line.Length > 0).Select(line => line.Split(':')[0].ToLowerInvariant()).Order(StringComparer.Ordinal)];
}

/// <summary>A connection to the upstream, for answers that no well-behaved server would give.</summary>
/// <param name="socket">Its socket.</param>
/// <param name="number">Its number, from 0.</param>
public sealed class UpstreamConnection(Socket socket, int number) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly StringBuilder _received = new();

    /// <summary>Its number, from 0.</summary>
    public int Number => number;

    /// <summary>Every byte that came, one character each.</summary>
    public string Received
    {
        get
        {
            lock (_received)
            {
                return _received.ToString();
            }
        }
    }

    /// <summary>Whether the other side hung up, or this one.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Sends a text, one byte per character.</summary>
    public Task SendAsync(string text) => _stream.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    /// <summary>Answers 200 with a body.</summary>
    public Task AnswerAsync(string body = "ok", string headers = "") => SendAsync($"HTTP/1.1 200 OK\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}");

    /// <summary>Hangs up in good order.</summary>
    public void Close() => Dispose();

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Hangs up as a killed process with unread input does.</summary>
    public void Reset()
    {
        // Without the stream, which would say goodbye first.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close(0);
    }

    /// <summary>Reads some bytes; empty at the end.</summary>
    public async Task<string> ReadAsync(int most = 65_536)
    {
        var buffer = new byte[most];
        int length;
        try
        {
            length = await _stream.ReadAsync(buffer);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            length = 0;
        }

        IsClosed = length == 0;
        var text = Encoding.Latin1.GetString(buffer, 0, length);
        lock (_received)
        {
            _received.Append(text);
        }

        return text;
    }

    /// <summary>Reads one byte a time up to a line end; null at the end of the connection.</summary>
    internal async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            var one = await ReadAsync(1);
            if (one.Length == 0)
            {
                return null;
            }

            line.Append(one);
            if (one == "\n")
            {
                return line.ToString();
            }
        }
    }

    internal async Task<byte[]> ReadExactlyAsync(int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            var piece = await ReadAsync(length - text.Length);
            if (piece.Length == 0)
            {
                throw new EndOfStreamException();
            }

            text.Append(piece);
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }
}

/// <summary>
/// An upstream that keeps every byte that it was sent, and answers whatever the test wants: right, late, wrong, half, or
/// not at all. It reads requests the strict way; what it cannot read it does not hide (<see cref="Unreadable"/>).
/// </summary>
public sealed class RecordingUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<UpstreamRequest> _requests = new();
    private readonly ConcurrentQueue<UpstreamConnection> _connections = new();
    private readonly Func<UpstreamRequest, UpstreamConnection, Task> _answer;
    private readonly bool _readsBodies;

    private RecordingUpstream(Func<UpstreamRequest, UpstreamConnection, Task> answer, bool readsBodies) => (_answer, _readsBodies) = (answer, readsBodies);

    /// <summary>Its address, without path.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<UpstreamRequest> Requests => [.. _requests];

    /// <summary>The connections so far.</summary>
    public IReadOnlyList<UpstreamConnection> Connections => [.. _connections];

    /// <summary>What came and was no request.</summary>
    public ConcurrentQueue<string> Unreadable { get; } = new();

    /// <summary>Starts one that answers 200 <c>ok</c>.</summary>
    public static RecordingUpstream Start() => Start((_, connection) => connection.AnswerAsync());

    /// <summary>Starts one that answers as the test says.</summary>
    /// <param name="answer">Answers a request.</param>
    /// <param name="readsBodies">False: bodies are left to <paramref name="answer"/>.</param>
    public static RecordingUpstream Start(Func<UpstreamRequest, UpstreamConnection, Task> answer, bool readsBodies = true)
    {
        var upstream = new RecordingUpstream(answer, readsBodies);
        upstream._listener.Start();
        upstream.Address = new Uri($"http://127.0.0.1:{((IPEndPoint)upstream._listener.LocalEndpoint).Port}");
        _ = upstream.AcceptAsync();
        return upstream;
    }

    /// <summary>The one request that came.</summary>
    public UpstreamRequest Only() => _requests.Single();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var connection in _connections)
        {
            connection.Close();
        }

        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new UpstreamConnection(await _listener.AcceptSocketAsync(), _connections.Count);
                _connections.Enqueue(connection);
                _ = ServeAsync(connection);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(UpstreamConnection connection)
    {
        try
        {
            while (await ReadRequestAsync(connection) is { } request)
            {
                _requests.Enqueue(request);
                await _answer(request, connection);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or SocketException)
        {
            // The gate hung up, or the test did.
        }
        catch (FormatException exception)
        {
            Unreadable.Enqueue($"{exception.Message}\n{connection.Received}");
            connection.Reset();
        }
    }

    private async Task<UpstreamRequest?> ReadRequestAsync(UpstreamConnection connection)
    {
        var head = new StringBuilder();
        do
        {
            if (await connection.ReadLineAsync() is not { } line)
            {
                return head.Length == 0 ? null : throw new FormatException("A head without end.");
            }

            if (!line.EndsWith("\r\n", StringComparison.Ordinal) || line.AsSpan(0, line.Length - 2).ContainsAny('\r', '\0') || (head.Length > 0 && line[0] is ' ' or '\t'))
            {
                throw new FormatException("A line that could be read in two ways.");
            }

            head.Append(line);
        }
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal));
        var request = new UpstreamRequest(head.ToString(), []);
        if (request.Line.Split(' ') is not [_, _, "HTTP/1.1"] || (request.All("Content-Length").Count + request.All("Transfer-Encoding").Count) > 1)
        {
            throw new FormatException("A head that could be read in two ways.");
        }

        return _readsBodies ? request with { Body = await ReadBodyAsync(request, connection) } : request;
    }

    private static async Task<byte[]> ReadBodyAsync(UpstreamRequest request, UpstreamConnection connection)
    {
        if (request.Header("Content-Length") is { } length)
        {
            return await connection.ReadExactlyAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture));
        }

        using var body = new MemoryStream();
        while (request.Header("Transfer-Encoding") == "chunked")
        {
            var size = int.Parse((await connection.ReadLineAsync() ?? throw new EndOfStreamException()).TrimEnd(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            body.Write(await connection.ReadExactlyAsync(size));
            if (await connection.ReadLineAsync() != "\r\n")
            {
                throw new FormatException("A chunk without end.");
            }

            if (size == 0)
            {
                break;
            }
        }

        return body.ToArray();
    }
}
