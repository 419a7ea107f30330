using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Testing.Servers;

/// <summary>Stands between a client and a server: breaks connections at a chosen text, or lets nothing through.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<NetworkStream, bool> _muted = new();
    private volatile TaskCompletionSource? _silence;
    private volatile byte[]? _cutAt;
    private volatile bool _afterwards;
    private int _cuts;

    /// <summary>Begins to listen.</summary>
    /// <param name="target">The server's port on 127.0.0.1.</param>
    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Its own port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often it cut.</summary>
    public int Cuts => _cuts;

    /// <summary>
    /// As a network that drops packets: nobody hears anything any more, no connection breaks, and new ones are taken without a word.
    /// </summary>
    public void FallSilent() => _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything through again, and what was said meanwhile, as TCP does when it sends it once more.</summary>
    public void Speak()
    {
        var silence = _silence;
        _silence = null;
        silence?.TrySetResult();
    }

    /// <summary>Cuts the next connection whose client says this.</summary>
    /// <param name="text">The text, in one piece of what the client sends.</param>
    /// <param name="afterwards">Whether the server still gets it, so that only its answer is lost.</param>
    public void CutOnceAt(string text, bool afterwards)
    {
        _afterwards = afterwards;
        _cutAt = System.Text.Encoding.ASCII.GetBytes(text);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await HeardAsync();
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                client.NoDelay = server.NoDelay = true;
                await Task.WhenAny(PumpAsync(client.GetStream(), server.GetStream(), watch: true), PumpAsync(server.GetStream(), client.GetStream(), watch: false));
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
            {
                // One side is gone; so goes the other.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool watch)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, _stop.Token)) > 0;)
        {
            await HeardAsync();
            if (!watch && _muted.ContainsKey(to))
            {
                continue;
            }

            if (watch && _cutAt is { } cut && buffer.AsSpan(0, read).IndexOf(cut) >= 0)
            {
                _cutAt = null;
                Interlocked.Increment(ref _cuts);
                _muted[from] = true;
                if (_afterwards)
                {
                    await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);

                    // The server works it off before it notices.
                    await Task.Delay(TimeSpan.FromMilliseconds(300), _stop.Token);
                }

                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    private Task HeardAsync() => _silence?.Task.WaitAsync(_stop.Token) ?? Task.CompletedTask;
}
