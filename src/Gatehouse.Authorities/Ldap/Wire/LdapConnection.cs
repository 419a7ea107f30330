using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>How long a directory may take.</summary>
/// <param name="Connect">For the connection, TLS included.</param>
/// <param name="Operation">For one answer.</param>
internal readonly record struct LdapLimits(TimeSpan Connect, TimeSpan Operation);

/// <summary>
/// One connection to a directory. Guarded before the first request: there is no way to get one that is not (ATK-71). Searches may be
/// under way side by side; a bind must be alone. No thread waits for an answer.
/// </summary>
internal sealed class LdapConnection : IAsyncDisposable
{
    private const int LongestMessage = 4 * 1024 * 1024;
    private const int MostEntries = 5_000;

    private readonly Stream _stream;
    private readonly LdapLimits _limits;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<int, Waiting> _waiting = new();
    private int _lastId = 1;
    private volatile LdapUnavailableException? _broken;

    private LdapConnection(Stream stream, SeenCertificate? certificate, LdapLimits limits, TimeProvider clock)
    {
        (_stream, Certificate, _limits, _clock) = (stream, certificate, limits, clock);
        _ = ReadAllAsync();
    }

    /// <summary>The server's certificate; null on a plain connection.</summary>
    public SeenCertificate? Certificate { get; }

    /// <summary>It takes no more requests.</summary>
    public bool IsBroken => _broken is not null;

    /// <summary>Requests under way.</summary>
    public int Load => _waiting.Count;

    /// <summary>Connects, and makes TLS where it is not allowed to do without.</summary>
    /// <exception cref="LdapUnavailableException">It did not come about.</exception>
    public static async Task<LdapConnection> OpenAsync(LdapEndpoint endpoint, LdapTransport transport, LdapTls tls, LdapLimits limits, TimeProvider clock)
    {
        using var deadline = new CancellationTokenSource(limits.Connect, clock);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var step = LdapStep.Connect;
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, deadline.Token);
            var plain = new NetworkStream(socket, ownsSocket: true);
            if (transport == LdapTransport.Plain)
            {
                return new LdapConnection(plain, null, limits, clock);
            }

            step = LdapStep.Tls;
            if (transport == LdapTransport.StartTls)
            {
                await StartTlsAsync(plain, deadline.Token);
            }

            var (stream, seen) = await tls.SecureAsync(plain, endpoint.Host, deadline.Token);
            return new LdapConnection(stream, seen, limits, clock);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData)
        {
            socket.Dispose();
            throw new LdapUnavailableException(LdapStep.Resolve, $"the host name '{endpoint.Host}' has no address", exception);
        }
        catch (OperationCanceledException exception)
        {
            socket.Dispose();
            throw new LdapUnavailableException(step, $"no {(step == LdapStep.Tls ? "TLS" : "connection")} within {limits.Connect.TotalSeconds:0.#} s", exception);
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException or AsnContentException or LdapUnavailableException)
        {
            socket.Dispose();
            throw new LdapUnavailableException(step, exception.Message, exception);
        }
    }

    /// <summary>Binds. A wrong password is an answer.</summary>
    /// <exception cref="LdapUnavailableException">No answer came.</exception>
    public Task<LdapResult> BindAsync(string dn, string password) => AskAsync(id => LdapRequests.Bind(id, dn, password));

    /// <summary>Searches.</summary>
    /// <exception cref="LdapUnavailableException">No answer came.</exception>
    public Task<LdapResult> SearchAsync(SearchRequest request) => AskAsync(id => LdapRequests.Search(id, request, _limits.Operation));

    /// <summary>Takes no more requests; what is under way gets its answer.</summary>
    public void Retire(string why) => _broken ??= new LdapUnavailableException(LdapStep.Closed, why);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Break(new LdapUnavailableException(LdapStep.Closed, "the connection was closed"));
        await _stream.DisposeAsync();
    }

    private static async Task StartTlsAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(LdapRequests.StartTls(1), cancellationToken);

        // Exactly this one message is read: what else came in clear must not be taken for something that came guarded.
        var answer = LdapResponse.Read(await ReadMessageAsync(stream, cancellationToken));
        if (answer is not { Id: 1, Result: { } result } || result.Code != LdapResultCode.Success)
        {
            throw new LdapUnavailableException(
                LdapStep.Tls, $"the server refuses StartTLS ({answer.Result?.Code}{(answer.Result?.Diagnostic is { Length: > 0 } words ? $": {words}" : "")})");
        }
    }

    private static async ValueTask<byte[]> ReadMessageAsync(Stream stream, CancellationToken cancellationToken)
    {
        // Tag, and the first byte of the length, which says how many more there are.
        var head = new byte[6];
        await stream.ReadExactlyAsync(head.AsMemory(0, 2), cancellationToken);
        var more = head[1] < 0x80 ? 0 : head[1] & 0x7f;
        if (head[0] != 0x30 || head[1] == 0x80 || more > 4)
        {
            throw new AsnContentException("This is no LDAP message.");
        }

        await stream.ReadExactlyAsync(head.AsMemory(2, more), cancellationToken);
        long length = more == 0 ? head[1] : 0;
        for (var i = 0; i < more; i++)
        {
            length = (length << 8) | head[2 + i];
        }

        if (length > LongestMessage)
        {
            throw new AsnContentException("The message is too long.");
        }

        var message = new byte[2 + more + (int)length];
        head.AsSpan(0, 2 + more).CopyTo(message);
        await stream.ReadExactlyAsync(message.AsMemory(2 + more), cancellationToken);
        return message;
    }

    private async Task<LdapResult> AskAsync(Func<int, byte[]> encode)
    {
        var id = Interlocked.Increment(ref _lastId);
        var waiting = new Waiting();
        _waiting[id] = waiting;
        try
        {
            // Registered first, looked at after: who breaks the connection does it the other way round, and no request is forgotten.
            if (_broken is { } broken)
            {
                throw new LdapUnavailableException(broken.Step, broken.Message, broken);
            }

            await SendAsync(encode(id));
            return await waiting.Done.Task.WaitAsync(_limits.Operation, _clock);
        }
        catch (TimeoutException exception)
        {
            Retire("it did not answer in time");
            throw new LdapUnavailableException(LdapStep.Answer, $"no answer within {_limits.Operation.TotalSeconds:0.#} s", exception);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
            if (IsBroken && _waiting.IsEmpty)
            {
                await _stream.DisposeAsync();
            }
        }
    }

    private async Task SendAsync(byte[] message)
    {
        using var deadline = new CancellationTokenSource(_limits.Operation, _clock);
        try
        {
            await _writing.WaitAsync(deadline.Token);
            try
            {
                await _stream.WriteAsync(message, deadline.Token);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            var failure = new LdapUnavailableException(
                exception is OperationCanceledException ? LdapStep.Answer : LdapStep.Closed, $"a request could not be sent: {exception.Message}", exception);
            Break(failure);
            throw failure;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
        }
    }

    private async Task ReadAllAsync()
    {
        try
        {
            var buffered = new BufferedReader(_stream);
            while (true)
            {
                Take(LdapResponse.Read(await ReadMessageAsync(buffered, CancellationToken.None)));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or AsnContentException or InvalidOperationException)
        {
            Break(new LdapUnavailableException(LdapStep.Closed, $"the server hung up: {exception.Message}", exception));
        }
    }

    private void Take(LdapResponse response)
    {
        if (response.Id == 0)
        {
            throw new AsnContentException($"notice of disconnection {response.Result?.Code} {response.Result?.Diagnostic}");
        }

        // One that nobody waits for any more is late.
        if (!_waiting.TryGetValue(response.Id, out var waiting))
        {
            return;
        }

        if (response.Entry is { } entry)
        {
            if (waiting.Entries.Count >= MostEntries)
            {
                throw new AsnContentException("too many entries");
            }

            waiting.Entries.Add(entry);
        }
        else if (response.Result is { } result)
        {
            waiting.Done.TrySetResult(result with { Entries = waiting.Entries });
        }
    }

    private void Break(LdapUnavailableException why)
    {
        _broken ??= why;
        foreach (var waiting in _waiting.Values)
        {
            waiting.Done.TrySetException(new LdapUnavailableException(why.Step, why.Message, why));
        }

        _stream.Dispose();
    }

    private sealed class Waiting
    {
        public TaskCompletionSource<LdapResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<LdapEntry> Entries { get; } = [];
    }
}
