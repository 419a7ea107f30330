using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>
/// Stands between a client and a server on loopback: writes down every byte that the client sends, and spoils what the test wants spoiled.
/// </summary>
internal sealed class WireProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _stopping = new();
    private readonly MemoryStream _sent = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly Task _accepting;
    private int _connections;

    public WireProxy(string address, int port)
    {
        _server = new IPEndPoint(IPAddress.Parse(address), port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Time that each piece of an answer is held back.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Nothing passes any more, and nothing is closed.</summary>
    public bool IsBlackHole { get; set; }

    /// <summary>What the server gets instead of what the client sent; null: the proxy answers itself with <see cref="Answer"/>.</summary>
    public Func<byte[], byte[]?> Alter { get; set; } = bytes => bytes;

    /// <summary>What the client gets where <see cref="Alter"/> gives nothing on.</summary>
    public byte[] Answer { get; set; } = [];

    /// <summary>Everything that clients sent.</summary>
    public byte[] Sent
    {
        get
        {
            lock (_sent)
            {
                return _sent.ToArray();
            }
        }
    }

    /// <summary>Ends what clients may still send, but goes on answering nothing: a connection that is half closed.</summary>
    public void HalfClose()
    {
        foreach (var client in _clients.Where(client => client.Connected))
        {
            client.Client.Shutdown(SocketShutdown.Send);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                _clients.Add(client);
                _ = PassAsync(client);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It ends.
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(_server, _stopping.Token);
            await Task.WhenAny(SendAsync(client.GetStream(), server.GetStream()), ReceiveAsync(server.GetStream(), client.GetStream()));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
        {
            // One of them is gone.
        }

        if (!IsBlackHole)
        {
            client.Dispose();
        }
    }

    private async Task SendAsync(NetworkStream client, NetworkStream server)
    {
        var buffer = new byte[16 * 1024];
        for (int read; (read = await client.ReadAsync(buffer, _stopping.Token)) > 0;)
        {
            lock (_sent)
            {
                _sent.Write(buffer, 0, read);
            }

            await HoldAsync();
            if (Alter(buffer[..read]) is { } altered)
            {
                await server.WriteAsync(altered, _stopping.Token);
            }
            else
            {
                await client.WriteAsync(Answer, _stopping.Token);
            }
        }
    }

    private async Task ReceiveAsync(NetworkStream server, NetworkStream client)
    {
        var buffer = new byte[16 * 1024];
        for (int read; (read = await server.ReadAsync(buffer, _stopping.Token)) > 0;)
        {
            await HoldAsync();
            await Task.Delay(Delay, _stopping.Token);
            await client.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
        }
    }

    private async Task HoldAsync()
    {
        while (IsBlackHole)
        {
            await Task.Delay(50, _stopping.Token);
        }
    }
}
