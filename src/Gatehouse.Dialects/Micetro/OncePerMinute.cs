using System.Collections.Concurrent;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Lets an event through once a minute and key, in bounded memory: whoever repeats himself must not fill the audit.</summary>
internal sealed class OncePerMinute(TimeProvider clock)
{
    private const int MaximumKeys = 10_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _last = new(StringComparer.Ordinal);

    public bool IsDue(string key)
    {
        if (_last.Count >= MaximumKeys)
        {
            _last.Clear();
        }

        var now = clock.GetUtcNow();
        return _last.TryAdd(key, now) || (_last.TryGetValue(key, out var last) && now - last >= Pause && _last.TryUpdate(key, now, last));
    }
}
