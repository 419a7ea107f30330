using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gatehouse.Core.Tokens;

/// <summary>All that an assertion's content depends on (ATK-18): the whole identity, and for whom.</summary>
internal readonly struct AssertionKey(Identity identity, string audience) : IEquatable<AssertionKey>
{
    private readonly Identity _identity = identity;
    private readonly string _audience = audience;

    public bool Equals(AssertionKey other)
    {
        var (one, two) = (_identity, other._identity);
        return one.Session == two.Session
            && one.User == two.User && one.Dialect == two.Dialect && one.Method == two.Method && one.Tenant == two.Tenant
            && one.Scope == two.Scope && one.Impersonator == two.Impersonator
            && AreSame(one.Tenants, two.Tenants)
            && _audience == other._audience;
    }

    private static bool AreSame(ImmutableArray<string> one, ImmutableArray<string> two)
    {
        if (one.Length != two.Length)
        {
            return false;
        }

        for (var i = 0; i < one.Length; i++)
        {
            if (one[i] != two[i])
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is AssertionKey other && Equals(other);

    public override int GetHashCode() =>
        HashCode.Combine(_identity.Session, _identity.User, _identity.Dialect, _identity.Method, _identity.Tenant, _identity.Scope, _identity.Impersonator, _audience);
}

/// <summary>Assertions that can be handed out again, in bounded memory: two generations, of which the older is dropped whole.</summary>
internal sealed class AssertionCache
{
    private const int MaximumPerGeneration = 8_192;

    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<AssertionKey, Entry> _young = new();
    private volatile ConcurrentDictionary<AssertionKey, Entry> _old = new();
    private long _turn;
    private int _count;

    public string? Find(AssertionKey key, long now) =>
        (_young.TryGetValue(key, out var entry) || _old.TryGetValue(key, out entry)) && now >= entry.From && now < entry.Until ? entry.Assertion : null;

    public void Keep(AssertionKey key, string assertion, long until, long now)
    {
        if (now >= Interlocked.Read(ref _turn) || Volatile.Read(ref _count) >= MaximumPerGeneration)
        {
            Turn(now);
        }

        _young[key] = new Entry(assertion, now, until);
        Interlocked.Increment(ref _count);
    }

    private void Turn(long now)
    {
        lock (_gate)
        {
            if (now < _turn && _count < MaximumPerGeneration)
            {
                return;
            }

            _old = _young;
            _young = new();
            _count = 0;
            Interlocked.Exchange(ref _turn, now + AssertionSigner.LifeSeconds);
        }
    }

    private readonly record struct Entry(string Assertion, long From, long Until);
}
