using System.Collections.Immutable;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.Keys;

/// <summary>
/// The keys of one purpose: announced → active → retired → dead. All of it is a matter of times in the store, so that
/// every node sees the same state at the same moment, and a node that sleeps misses nothing.
/// </summary>
public sealed class KeyRing(KeyPolicy policy, IStore store, MasterKey master, TimeProvider clock, ILogger<KeyRing> logger)
{
    private volatile ImmutableBox _keys = new([]);

    /// <summary>How its keys follow each other.</summary>
    public KeyPolicy Policy { get; } = policy;

    /// <summary>All keys that are not dead, oldest first.</summary>
    public ImmutableArray<RingKey> Keys => _keys.Keys;

    /// <summary>The key that signs now.</summary>
    /// <exception cref="InvalidOperationException">The ring was not loaded.</exception>
    public RingKey Signing
    {
        get
        {
            var now = clock.GetUtcNow();
            var keys = _keys.Keys;
            for (var i = keys.Length - 1; i >= 0; i--)
            {
                if (keys[i].StateAt(now) == KeyState.Active)
                {
                    return keys[i];
                }
            }

            throw new InvalidOperationException($"The key ring {Policy.Purpose} has no active key.");
        }
    }

    /// <summary>Reads the ring from the store and makes the keys that are due. Of several nodes, one makes them.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The keys are sealed under another master key.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = await store.Keys.ListAsync(Policy.Purpose, cancellationToken);
            var next = Plan(stored, clock.GetUtcNow());
            if (next is null)
            {
                _keys = new([.. stored.Select(Open)]);
                return;
            }

            await store.Keys.ReplaceAsync(Policy.Purpose, [.. stored.Select(key => key.Id)], next, cancellationToken);
        }
    }

    /// <summary>Retires the active key: a new one is announced now and signs after <see cref="KeyPolicy.AnnounceAhead"/>.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask RotateAsync(CancellationToken cancellationToken)
    {
        bool done;
        do
        {
            var stored = await store.Keys.ListAsync(Policy.Purpose, cancellationToken);
            var now = clock.GetUtcNow();
            var next = Successor(stored, now, now + Policy.AnnounceAhead);
            done = await store.Keys.ReplaceAsync(Policy.Purpose, [.. stored.Select(key => key.Id)], next, cancellationToken);
        }
        while (!done);

        await RefreshAsync(cancellationToken);
    }

    /// <summary>The ring as it shall be, or null when it is so already.</summary>
    private List<StoredKey>? Plan(IReadOnlyList<StoredKey> stored, DateTimeOffset now)
    {
        var kept = stored.Where(key => key.Dead is not { } dead || now < dead).ToList();
        if (!kept.Exists(key => key.Retired is null || now < key.Retired))
        {
            kept.Add(Make(now, now));
            return kept;
        }

        if (Policy.Lifetime is { } lifetime && kept.TrueForAll(key => key.Active <= now))
        {
            var current = kept.First(key => key.Retired is null);
            if (now >= current.Active + lifetime - Policy.AnnounceAhead)
            {
                return Successor(kept, now, Later(current.Active + lifetime, now + Policy.AnnounceAhead));
            }
        }

        return kept.Count == stored.Count ? null : kept;
    }

    private List<StoredKey> Successor(IEnumerable<StoredKey> stored, DateTimeOffset now, DateTimeOffset takesOver) =>
    [
        .. stored.Select(key => key.Retired is null ? key with { Retired = takesOver, Dead = takesOver + Policy.VerifyAfter } : key),
        Make(now, takesOver),
    ];

    private StoredKey Make(DateTimeOffset now, DateTimeOffset active)
    {
        var id = PublicId.New(now).ToString();
        CoreLog.KeyMade(logger, Policy.Purpose, active);
        return new StoredKey(id, Policy.Purpose, now, active, null, null, master.Seal(Policy.Make(), Context(id)));
    }

    private RingKey Open(StoredKey stored) => new(stored, master.Open(stored.Material, Context(stored.Id)));

    private string Context(string id) => $"{Policy.Purpose}:{id}";

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private sealed record ImmutableBox(ImmutableArray<RingKey> Keys);
}
