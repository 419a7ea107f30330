using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Forwarding;

/// <summary>Bodies that are larger than memory should be, and upstreams that die thousands of times. In the soak: 1 GiB, 10,000 times.</summary>
public sealed class LargeBodyTests : IAsyncLifetime
{
    private static readonly bool IsSoak = Environment.GetEnvironmentVariable("GATEHOUSE_SOAK") == "1";
    private static readonly long Length = IsSoak ? 1L << 30 : 64L << 20;
    private static readonly int Deaths = IsSoak ? 10_000 : 500;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private GatehouseServer _server = null!;
    private string _credential = null!;
    private long _received;

    public async ValueTask InitializeAsync()
    {
        _listener.Start();
        _ = ServeAsync();
        _server = await GatehouseServer.StartAsync(ForwardingGate.OptionsTo(new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}")));
        _credential = (await ForwardingGate.SignInAsync(_server)).Single(caller => caller.Dialect == "micetro").Credential;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _listener.Stop();
    }

    [Theory]
    [InlineData("up", false)]
    [InlineData("up", true)]
    [InlineData("down", false)]
    [InlineData("down", true)]
    public async Task Body_passes_through_in_constant_memory(string way, bool chunked)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(_server.Http.Host, _server.Http.Port);
        var stream = tcp.GetStream();
        var before = Memory("VmRSS");
        if (way == "up")
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /mmws/api/up HTTP/1.1\r\nHost: x\r\n{_credential}\r\n{(chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Length}")}\r\n\r\n"));
            await SendAsync(stream, chunked);
            (await ReadAsync(stream, until: "ok")).ShouldStartWith("HTTP/1.1 200 ");
            Interlocked.Read(ref _received).ShouldBeGreaterThanOrEqualTo(Length);
        }
        else
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /mmws/api/down{(chunked ? "chunked" : "")} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{_credential}\r\n\r\n"));
            (await DrainAsync(stream)).ShouldBeGreaterThanOrEqualTo(Length);
        }

        // Growth that has nothing to do with the length: buffers, code that is compiled, a heap that was not collected yet.
        (Memory("VmRSS") - before).ShouldBeLessThan(48 << 10);
    }

    [Fact]
    [Contract("ATK-76")]
    public async Task Upstream_that_dies_in_the_middle_leaves_no_connection_behind()
    {
        (await CallAsync("half")).ShouldBeFalse();
        var before = Sockets();
        await Parallel.ForEachAsync(Enumerable.Range(0, Deaths), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => (await CallAsync(i % 2 == 0 ? "half" : "halfchunked")).ShouldBeFalse());

        await Eventually.TrueAsync(() => Task.FromResult(Sockets() <= before + 2));
        (await CallAsync("ok")).ShouldBeTrue();
    }

    /// <summary>Whether a whole answer came.</summary>
    private async Task<bool> CallAsync(string path)
    {
        await using var client = await WireClient.ConnectAsync(_server.Http);
        await client.SendAsync($"GET /mmws/api/{path} HTTP/1.1\r\nHost: x\r\n{_credential}\r\n\r\n");
        try
        {
            return (await client.ReadAnswerAsync()).Text == "ok";
        }
        catch (Exception exception) when (exception is IOException or FormatException)
        {
            return false;
        }
    }

    private long Memory(string name) =>
        long.Parse(File.ReadLines($"/proc/{_server.ProcessId}/status").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private int Sockets() => new DirectoryInfo($"/proc/{_server.ProcessId}/fd").GetFileSystemInfos().Count(file => file.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) is true);

    private static async Task SendAsync(Stream stream, bool chunked)
    {
        var piece = new byte[64 * 1024];
        for (var left = Length; left > 0; left -= piece.Length)
        {
            await stream.WriteAsync(chunked ? [.. "10000\r\n"u8, .. piece, .. "\r\n"u8] : piece);
        }

        await stream.WriteAsync(chunked ? "0\r\n\r\n"u8.ToArray() : []);
    }

    private static async Task<long> DrainAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        var total = 0L;
        for (var length = await stream.ReadAsync(buffer); length > 0; length = await stream.ReadAsync(buffer))
        {
            total += length;
        }

        return total;
    }

    /// <summary>Reads a head, or what there is to the end; byte by byte, so that nothing of a body is swallowed.</summary>
    private static async Task<string> ReadAsync(Stream stream, string until)
    {
        var text = "";
        var one = new byte[1];
        while (!text.EndsWith(until, StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
        {
            text += (char)one[0];
        }

        return text;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    /// <summary>An upstream of few words: one request per connection, its path says what to do.</summary>
    private async Task AnswerAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var head = await ReadAsync(stream, "\r\n\r\n");
            if (head.StartsWith("POST /mmws/api/up", StringComparison.Ordinal) || !head.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var total = 0L;
                var buffer = new byte[64 * 1024];
                while (total < Length)
                {
                    total += await stream.ReadAsync(buffer);
                }

                Interlocked.Exchange(ref _received, total);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
                await DrainAsync(stream);
            }
            else if (head.Contains("/halfchunked ", StringComparison.Ordinal))
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"u8.ToArray());
            }
            else if (head.Contains("/half ", StringComparison.Ordinal))
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf"u8.ToArray());
            }
            else if (head.Contains("/down", StringComparison.Ordinal))
            {
                var chunked = head.Contains("/downchunked", StringComparison.Ordinal);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{(chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Length}")}\r\n\r\n"));
                await SendAsync(stream, chunked);
                await DrainAsync(stream);
            }
            else
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // The gate hung up.
        }
    }
}
