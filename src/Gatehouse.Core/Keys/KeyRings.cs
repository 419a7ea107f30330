using System.Collections.Frozen;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.Keys;

/// <summary>All key rings of the program, one per registered <see cref="KeyPolicy"/>.</summary>
public sealed class KeyRings(IEnumerable<KeyPolicy> policies, IStore store, MasterKey master, TimeProvider clock, ILogger<KeyRing> logger)
{
    private readonly FrozenDictionary<string, KeyRing> _rings = policies
        .Select(policy => new KeyRing(policy, store, master, clock, logger))
        .ToFrozenDictionary(ring => ring.Policy.Purpose, StringComparer.Ordinal);

    /// <summary>The ring of a purpose.</summary>
    /// <exception cref="KeyNotFoundException">No policy was registered for it.</exception>
    public KeyRing this[string purpose] => _rings[purpose];

    /// <summary>Reads one ring again, if it is ours.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public ValueTask ReloadAsync(string purpose, CancellationToken cancellationToken) =>
        _rings.TryGetValue(purpose, out var ring) ? ring.RefreshAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Reads all rings again and makes the keys that are due.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask ReloadAllAsync(CancellationToken cancellationToken)
    {
        foreach (var ring in _rings.Values)
        {
            await ring.RefreshAsync(cancellationToken);
        }
    }
}
