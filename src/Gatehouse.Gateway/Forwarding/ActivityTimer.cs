namespace Gatehouse.Gateway.Forwarding;

/// <summary>Ends an exchange in which nothing moves any more, or whose caller went away.</summary>
internal sealed class ActivityTimer : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _callerGone;
    private readonly CancellationTokenRegistration _registration;
    private TimeSpan _span;

    /// <summary>Starts a timer.</summary>
    /// <param name="span">Longest time between two restarts.</param>
    /// <param name="clock">Measures it.</param>
    /// <param name="callerGone">Ends the exchange at once.</param>
    public ActivityTimer(TimeSpan span, TimeProvider clock, CancellationToken callerGone)
    {
        _span = span;
        _source = new CancellationTokenSource(span, clock);
        _callerGone = callerGone;
        _registration = callerGone.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>Fires when time is up or the caller is gone.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the time that ended it.</summary>
    public bool HasExpired => _source.IsCancellationRequested && !_callerGone.IsCancellationRequested;

    /// <summary>Something moved.</summary>
    public void Restart() => _source.CancelAfter(_span);

    /// <summary>From now on another span counts.</summary>
    public void Restart(TimeSpan span)
    {
        _span = span;
        Restart();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
