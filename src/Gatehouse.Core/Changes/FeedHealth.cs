using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Changes;

/// <summary>
/// How current this node's memory is. Time is taken from the monotonic clock, which goes on while the process is
/// stopped: a node that was paused for a minute knows so before it accepts anything.
/// </summary>
public sealed class FeedHealth(StoreOptions options, TimeProvider clock)
{
    private readonly long _staleAfter = options.StaleAfterSeconds * clock.TimestampFrequency;
    private readonly long _outageAfter = options.OutageGraceSeconds * clock.TimestampFrequency;
    private long _lastRead = clock.GetTimestamp();

    /// <summary>Whether memory may be believed.</summary>
    public bool IsFresh => clock.GetTimestamp() - Volatile.Read(ref _lastRead) < _staleAfter;

    /// <summary>Whether the store has been silent for longer than the grace.</summary>
    public bool IsOutage => clock.GetTimestamp() - Volatile.Read(ref _lastRead) >= _outageAfter;

    /// <summary>The feed was read to its end.</summary>
    internal void Confirm(long startedAt) => Volatile.Write(ref _lastRead, startedAt);
}
