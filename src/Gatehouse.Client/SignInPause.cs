using System.Net;

namespace Gatehouse.Client;

/// <summary>A sign-in that failed.</summary>
/// <param name="IsRefusal">The upstream said no; otherwise it could not be asked.</param>
/// <param name="Message">What happened, without secrets.</param>
/// <param name="Status">The upstream's status, if it answered.</param>
/// <param name="Inner">What was thrown, if anything.</param>
/// <param name="RetryAfter">What the upstream asked for.</param>
internal sealed record SignInFailure(bool IsRefusal, string Message, HttpStatusCode? Status = null, Exception? Inner = null, TimeSpan? RetryAfter = null);

/// <summary>
/// How long nothing is tried after a failed sign-in: a refused password is not sent again and again (it would lock the
/// account), and an upstream that is down is not hammered. Called under the credential's lock.
/// </summary>
internal sealed class SignInPause(TimeProvider clock, TimeSpan refusedPause)
{
    private static readonly TimeSpan UnavailablePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestUnavailablePause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private SignInFailure? _failure;
    private int _inARow;
    private long _since;
    private TimeSpan _pause;

    /// <summary>The failure that still holds requests back, or null.</summary>
    public SignInFailure? Current => Remaining > TimeSpan.Zero ? _failure : null;

    private TimeSpan Remaining => _failure is null ? TimeSpan.Zero : _pause - clock.GetElapsedTime(_since);

    public void Begin(SignInFailure failure)
    {
        _inARow = _failure?.IsRefusal == failure.IsRefusal ? _inARow + 1 : 1;
        _failure = failure;
        _since = clock.GetTimestamp();
        var (first, longest) = failure.IsRefusal ? (refusedPause, Longest) : (UnavailablePause, LongestUnavailablePause);
        var grown = first * Math.Pow(2, Math.Min(_inARow - 1, 16));
        _pause = grown < longest ? grown : first < longest ? longest : first;
        if (failure.RetryAfter is { } asked && asked > _pause)
        {
            _pause = asked < Longest ? asked : Longest;
        }
    }

    public void End() => (_failure, _inARow) = (null, 0);

    /// <summary>A new exception for each request, as each has its own stack.</summary>
    public SignInException ExceptionOf(SignInFailure failure)
    {
        var remaining = Remaining > TimeSpan.Zero ? Remaining : TimeSpan.Zero;
        return failure.IsRefusal
            ? new SignInRefusedException(failure.Message, failure.Inner, failure.Status, remaining)
            : new SignInUnavailableException(failure.Message, failure.Inner, failure.Status, remaining);
    }
}
