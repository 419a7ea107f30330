using Gatehouse.Core.SignIn;

namespace Gatehouse.Dialects.Http;

/// <summary>A handshake that waits for its next leg, for no longer than a minute (HTT-64).</summary>
internal sealed class HalfOpenHandshake : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private readonly IHandshake _handshake;
    private readonly ITimer _timer;
    private readonly TimeProvider _clock;
    private readonly long _since;

    public HalfOpenHandshake(IHandshake handshake, string door, TimeProvider clock)
    {
        (_handshake, Door, _clock, _since) = (handshake, door, clock, clock.GetTimestamp());

        // The native memory goes when its time is over, whether or not anybody comes back.
        _timer = clock.CreateTimer(static state => ((IHandshake)state!).Dispose(), handshake, LongestWait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Who began it: nobody else's rules may let it go on.</summary>
    public string Door { get; }

    /// <summary>Takes the handshake out, to be continued.</summary>
    /// <returns>Null when its time is over.</returns>
    public IHandshake? Continue(string door)
    {
        _timer.Dispose();
        if (door == Door && _clock.GetElapsedTime(_since) < LongestWait)
        {
            return _handshake;
        }

        _handshake.Dispose();
        return null;
    }

    public void Dispose()
    {
        _timer.Dispose();
        _handshake.Dispose();
    }
}
