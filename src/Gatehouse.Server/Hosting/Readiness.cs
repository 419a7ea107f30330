using Gatehouse.Core.Changes;
using Gatehouse.Core.Stores;

namespace Gatehouse.Server.Hosting;

/// <summary>
/// Whether the server should get traffic: it has started, the change feed is current, and the store takes writes. The
/// last is proved by a small write, at most once a second however many ask.
/// </summary>
internal sealed class Readiness(IStore store, FeedHealth feed, TimeProvider clock)
{
    private static readonly TimeSpan ProbeHolds = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeTakesAtMost = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private Task<bool>? _probe;
    private long _probedAt;
    private volatile bool _started;

    /// <summary>Start-up is complete.</summary>
    public void Started() => _started = true;

    /// <summary>Asks.</summary>
    public async ValueTask<bool> IsReadyAsync() => _started && feed.IsFresh && await Probe();

    private Task<bool> Probe()
    {
        lock (_gate)
        {
            if (_probe is null || (_probe.IsCompleted && clock.GetElapsedTime(_probedAt) >= ProbeHolds))
            {
                _probedAt = clock.GetTimestamp();
                _probe = ProbeAsync();
            }

            return _probe;
        }
    }

    private async Task<bool> ProbeAsync()
    {
        try
        {
            await store.ProbeAsync(CancellationToken.None).AsTask().WaitAsync(ProbeTakesAtMost, clock);
            return true;
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException)
        {
            return false;
        }
    }
}
