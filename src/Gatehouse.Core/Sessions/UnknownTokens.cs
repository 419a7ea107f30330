using System.Collections.Concurrent;

namespace Gatehouse.Core.Sessions;

/// <summary>
/// Tokens that the store did not know, for a few seconds and in bounded memory (ATK-50): two generations, of which the
/// older is dropped whole.
/// </summary>
internal sealed class UnknownTokens(TimeProvider clock)
{
    private const int MaximumPerGeneration = 32_768;
    private static readonly TimeSpan Generation = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<TokenHash, byte> _young = new();
    private volatile ConcurrentDictionary<TokenHash, byte> _old = new();
    private DateTimeOffset _turn = clock.GetUtcNow();
    private int _count;

    public bool Contains(TokenHash token)
    {
        TurnIfDue();
        return _young.ContainsKey(token) || _old.ContainsKey(token);
    }

    public void Add(TokenHash token)
    {
        TurnIfDue();
        if (_young.TryAdd(token, 0))
        {
            Interlocked.Increment(ref _count);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _young = new();
            _old = new();
            _count = 0;
        }
    }

    private void TurnIfDue()
    {
        var now = clock.GetUtcNow();
        if (now - _turn < Generation && Volatile.Read(ref _count) < MaximumPerGeneration)
        {
            return;
        }

        lock (_gate)
        {
            if (now - _turn < Generation && _count < MaximumPerGeneration)
            {
                return;
            }

            _old = _young;
            _young = new();
            _count = 0;
            _turn = now;
        }
    }
}
