using System.Net;
using System.Text.Json;

namespace Gatehouse.Client;

/// <summary>
/// One account at one upstream, kept signed in. The seam below the HttpClient handlers, for who sends requests in another
/// way (a gateway that streams bodies): ask <see cref="GetAsync"/> for the header of the next request, tell
/// <see cref="Accepted"/> or <see cref="Refused"/> what the upstream made of it, and dispose of it to sign out.
/// Safe for use from many threads.
/// </summary>
public sealed class SignedInCredential : IAsyncDisposable, IDisposable
{
    private const int LongestAnswer = 64 * 1024;
    private static readonly TimeSpan FirstHold = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly ISignIn _dialect;
    private readonly SignInOptions _options;
    private readonly Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> _send;
    private readonly TimeProvider _clock;
    private readonly SignInPause _pause;
    private readonly CancellationTokenSource _closing = new();
    private HeldGrant? _held;
    private Task<SignInFailure?>? _flight;
    private TimeSpan _hold;
    private long _heldSince;
    private bool _disposed;

    /// <summary>Describes a sign-in; the first request makes it.</summary>
    /// <param name="dialect">The wire.</param>
    /// <param name="options">Limits and pauses.</param>
    /// <param name="send">Sends the requests of the sign-in. Must not follow redirects: they would carry the password elsewhere.</param>
    /// <param name="clock">The time; default the system's.</param>
    public SignedInCredential(
        ISignIn dialect, SignInOptions options, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(send);
        (_dialect, _options, _send, _clock) = (dialect, options, send, clock ?? TimeProvider.System);
        _pause = new SignInPause(_clock, options.RefusedPause);
    }

    /// <summary>Whether the credential may be sent to an address: the configured scheme, host, port and path.</summary>
    /// <param name="target">Where a request goes.</param>
    public bool AppliesTo(Uri? target) =>
        target is { IsAbsoluteUri: true }
        && target.Scheme == _dialect.Scope.Scheme
        && target.Port == _dialect.Scope.Port
        && string.Equals(target.IdnHost, _dialect.Scope.IdnHost, StringComparison.OrdinalIgnoreCase)
        && (target.AbsolutePath + "/").StartsWith(_dialect.Scope.AbsolutePath, StringComparison.Ordinal);

    /// <summary>The header of the next request. Signs in when there is none, or when its end is near; parallel callers share one sign-in.</summary>
    /// <param name="cancellationToken">Gives up waiting; the sign-in goes on for the others.</param>
    /// <exception cref="SignInRefusedException">The upstream said no.</exception>
    /// <exception cref="SignInUnavailableException">The upstream could not be asked.</exception>
    /// <exception cref="ObjectDisposedException">It was signed out.</exception>
    public async ValueTask<Grant> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<SignInFailure?> flight;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_held is { IsFresh: true })
            {
                return Used(_held);
            }

            if (_flight is null && _pause.Current is { } failure)
            {
                return _held is { IsAlive: true } ? Used(_held) : throw _pause.ExceptionOf(failure);
            }

            var old = _held;
            flight = _flight ??= Task.Run(() => FlyAsync(old), CancellationToken.None);
        }

        var failed = await flight.WaitAsync(cancellationToken);
        lock (_gate)
        {
            // The new one; or the old one as long as it lives, when the upstream gave no new one.
            return failed is null || _held is { IsAlive: true } ? Used(_held!) : throw _pause.ExceptionOf(failed);
        }
    }

    /// <summary>The upstream accepted a request with this grant.</summary>
    /// <param name="grant">What the request carried.</param>
    public void Accepted(Grant grant)
    {
        var held = Volatile.Read(ref _held);
        if (held is not { IsProven: false } || !ReferenceEquals(held.Grant, grant))
        {
            return;
        }

        lock (_gate)
        {
            held.IsProven = true;
            if (_clock.GetElapsedTime(_heldSince) >= _hold)
            {
                _hold = TimeSpan.Zero;
            }
        }
    }

    /// <summary>The upstream refused this grant (401).</summary>
    /// <param name="grant">What the request carried.</param>
    /// <returns>
    /// True: ask <see cref="GetAsync"/> for another one, and try again if the body can be sent again. False: a new one was
    /// refused just now, too, so the refusal is about something else; pass it on.
    /// </returns>
    public bool Refused(Grant grant)
    {
        lock (_gate)
        {
            if (_held is null || !ReferenceEquals(_held.Grant, grant) || _held.IsRefused)
            {
                return true;
            }

            if (_clock.GetElapsedTime(_heldSince) < _hold)
            {
                return false;
            }

            if (_held is { IsReplacement: true, IsProven: false, IsStruck: false })
            {
                _held.IsStruck = true;
                _hold = _hold == TimeSpan.Zero ? FirstHold : _hold * 2 < LongestHold ? _hold * 2 : LongestHold;
                _heldSince = _clock.GetTimestamp();
                return false;
            }

            _held.IsRefused = true;
            return true;
        }
    }

    /// <summary>Signs out, at most <see cref="SignInOptions.SignOutTimeout"/> long: if the upstream does not answer, the session ends by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? flight;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            flight = _flight;
        }

        using var limit = new CancellationTokenSource(_options.SignOutTimeout, _clock);
        try
        {
            await (flight ?? Task.CompletedTask).WaitAsync(limit.Token);
            if (_held is { IsAlive: true } held && _dialect.SignOut(held.Grant) is { } request)
            {
                using (request)
                using (await _send(request, limit.Token))
                {
                    // Whatever it answers, nothing more can be done.
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Best effort: the session ends by itself.
        }

        await _closing.CancelAsync();
        Dispose();
    }

    /// <summary>Ends the use without signing out; prefer <see cref="DisposeAsync"/>.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _held = null;
        }

        _closing.Dispose();
    }

    /// <summary>Dialect, name and address.</summary>
    public override string ToString() => $"{_dialect.Dialect}: '{_dialect.Name}' at {_dialect.Scope}";

    private static Grant Used(HeldGrant held)
    {
        held.Use();
        return held.Grant;
    }

    /// <summary>One sign-in for all who wait. Ends without exception for everything that an upstream can cause.</summary>
    private async Task<SignInFailure?> FlyAsync(HeldGrant? old)
    {
        var asked = _clock.GetTimestamp();
        Grant? grant = null;
        SignInFailure? failure = null;
        try
        {
            using var limit = new CancellationTokenSource(_options.SignInTimeout, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _closing.Token);
            (grant, failure) = await AskAsync(old, either.Token);
        }
        catch (OperationCanceledException exception)
        {
            failure = new SignInFailure(IsRefusal: false, $"{this} did not answer a sign-in within {_options.SignInTimeout.TotalSeconds:0.#} s.", Inner: exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            failure = new SignInFailure(IsRefusal: false, $"{this} could not be asked for a sign-in.", Inner: exception);
        }
        finally
        {
            lock (_gate)
            {
                _flight = null;
                if (grant is not null)
                {
                    _held = new HeldGrant(grant, _clock, asked, isReplacement: old is { IsRefused: true });
                    _pause.End();
                }
                else if (failure is not null)
                {
                    _pause.Begin(failure);
                }
            }
        }

        return failure;
    }

    private async Task<(Grant? Grant, SignInFailure? Failure)> AskAsync(HeldGrant? old, CancellationToken cancellationToken)
    {
        if (old is not null && _dialect.Renew(old.Grant) is { } renewal)
        {
            var renewed = await ExchangeAsync(renewal, cancellationToken);
            if (renewed.Failure is not { IsRefusal: true })
            {
                return renewed;
            }
        }

        return await ExchangeAsync(_dialect.SignIn(), cancellationToken);
    }

    private async Task<(Grant? Grant, SignInFailure? Failure)> ExchangeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var sent = request;
        using var answer = await _send(request, cancellationToken);
        var status = answer.StatusCode;
        if (!answer.IsSuccessStatusCode)
        {
            var busy = status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)status >= 500;
            return (null, busy
                ? new SignInFailure(IsRefusal: false, $"{this} answered {(int)status} to a sign-in.", status, RetryAfter: RetryAfterOf(answer))
                : new SignInFailure(IsRefusal: true, $"{this} refused a sign-in ({(int)status}){(IsRedirect(status) ? "; redirects are not followed" : "")}.", status));
        }

        await answer.Content.LoadIntoBufferAsync(LongestAnswer, cancellationToken);
        return Read(await answer.Content.ReadAsByteArrayAsync(cancellationToken)) is { } grant
            ? (grant, null)
            : (null, new SignInFailure(IsRefusal: false, $"{this} answered {(int)status} to a sign-in with something that is no answer of this dialect.", status));
    }

    private Grant? Read(ReadOnlyMemory<byte> answer)
    {
        try
        {
            return _dialect.Read(answer);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            // The message of such an exception may quote the answer; it goes no further.
            return null;
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => (int)status is >= 300 and < 400;

    private TimeSpan? RetryAfterOf(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter is not { } after ? null : after.Delta ?? (after.Date - _clock.GetUtcNow());
}
