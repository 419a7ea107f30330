using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gatehouse.Core.Keys;

namespace Gatehouse.Core.Tokens;

/// <summary>
/// The keys that sign what others verify: access tokens of the OAuth face and assertions for upstreams. One ring, shared
/// by all nodes through the store; every key that may verify is published (HTT-169, HTT-170).
/// </summary>
public sealed class SigningKeys(KeyRings rings, TimeProvider clock)
{
    /// <summary>Purpose of the ring.</summary>
    public const string Purpose = "es256";

    /// <summary>Longest life of anything that these keys sign, in seconds: so long a retired key still verifies.</summary>
    public const int LongestLifeSeconds = 3_600;

    private readonly KeyRing _ring = (rings ?? throw new ArgumentNullException(nameof(rings)))[Purpose];
    private volatile Opened _opened = new([], []);

    /// <summary>How the keys follow each other.</summary>
    /// <param name="lifetime">How long a key signs; at least two days, because the next one is announced a day ahead.</param>
    public static KeyPolicy Policy(TimeSpan lifetime) => new()
    {
        Purpose = Purpose,
        Make = Es256Key.Draw,
        Lifetime = lifetime,
        VerifyAfter = TimeSpan.FromSeconds(LongestLifeSeconds),
    };

    /// <summary>The key that signs now.</summary>
    /// <exception cref="InvalidOperationException">The ring was not loaded.</exception>
    public Es256Key Signing
    {
        get
        {
            var signing = _ring.Signing.Id;
            return Array.Find(Open(), key => key.RingId == signing)?.Key ?? throw new InvalidOperationException($"The key {signing} is not open.");
        }
    }

    /// <summary>Finds the key that a token names: by exact match, among those that may have signed it (HTT-125).</summary>
    /// <param name="keyId">The token's <c>kid</c>, unescaped, in UTF-8.</param>
    /// <param name="key">The key.</param>
    public bool TryFind(ReadOnlySpan<byte> keyId, [NotNullWhen(true)] out Es256Key? key)
    {
        var now = clock.GetUtcNow();
        foreach (var candidate in Open())
        {
            // An announced key verifies, too: the clock of the node that signed may be a little ahead of ours.
            if (Ascii.Equals(keyId, candidate.Key.Id) && candidate.Ring.StateAt(now) != KeyState.Dead)
            {
                key = candidate.Key;
                return true;
            }
        }

        key = null;
        return false;
    }

    /// <summary>The public halves of all keys that sign, will sign, or still verify, oldest first: the members of a JWK set (RFC 7517).</summary>
    public IReadOnlyList<Es256Key> Published
    {
        get
        {
            var now = clock.GetUtcNow();
            return [.. Open().Where(key => key.Ring.StateAt(now) != KeyState.Dead).Select(key => key.Key)];
        }
    }

    private OpenKey[] Open()
    {
        var source = _ring.Keys;
        var opened = _opened;
        if (opened.Source == source)
        {
            return opened.Keys;
        }

        // What was open stays open under its id, whatever the ring was read for. Of two threads that come here at once, both are right.
        var keys = source
            .Select(key => Array.Find(opened.Keys, old => old.RingId == key.Id) is { } old ? old with { Ring = key } : OpenKey.From(key))
            .ToArray();
        _opened = new Opened(source, keys);
        return keys;
    }

    private sealed record Opened(ImmutableArray<RingKey> Source, OpenKey[] Keys);

    private sealed record OpenKey(RingKey Ring, Es256Key Key)
    {
        public string RingId => Ring.Id;

        public static OpenKey From(RingKey ring) => new(ring, new Es256Key(ring.Material));
    }
}
