using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Changes;

/// <summary>
/// How current this node's memory is. Time is taken from the monotonic clock, which goes on while the process is
/// stopped: a node that was paused for a minute knows so before it accepts anything. It stands still while the whole
/// machine sleeps, as a virtual one does that is suspended or moved; so the wall clock is asked too, and the longer time
/// counts. A wall clock that is set forward costs questions to the store until the feed is read again; set back, nothing.
/// </summary>
public sealed class FeedHealth(StoreOptions options, TimeProvider clock)
{
    private readonly TimeSpan _staleAfter = TimeSpan.FromSeconds(options.StaleAfterSeconds);
    private readonly TimeSpan _outageAfter = TimeSpan.FromSeconds(options.OutageGraceSeconds);
    private long _lastRead = clock.GetTimestamp();
    private long _lastReadTime = clock.GetUtcNow().UtcTicks;

    /// <summary>Whether memory may be believed.</summary>
    public bool IsFresh => IsFreshAt(clock.GetUtcNow());

    /// <summary>Whether the store has been silent for longer than the grace.</summary>
    public bool IsOutage => SilenceAt(clock.GetUtcNow()) >= _outageAfter;

    /// <summary>Whether memory may be believed, asked by who has just read the clock.</summary>
    internal bool IsFreshAt(DateTimeOffset now) => SilenceAt(now) < _staleAfter;

    /// <summary>The feed was read to its end.</summary>
    /// <param name="startedAt">Time stamp of the moment before the question.</param>
    /// <param name="time">The same moment by the wall clock.</param>
    internal void Confirm(long startedAt, DateTimeOffset time)
    {
        Volatile.Write(ref _lastRead, startedAt);
        Volatile.Write(ref _lastReadTime, time.UtcTicks);
    }

    private TimeSpan SilenceAt(DateTimeOffset now)
    {
        var monotonic = clock.GetElapsedTime(Volatile.Read(ref _lastRead));
        var wall = TimeSpan.FromTicks(now.UtcTicks - Volatile.Read(ref _lastReadTime));
        return wall > monotonic ? wall : monotonic;
    }
}
