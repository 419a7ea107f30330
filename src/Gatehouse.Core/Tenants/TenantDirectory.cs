using System.Collections.Frozen;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;

namespace Gatehouse.Core.Tenants;

/// <summary>Keeps all tenants in memory, until the change feed says that one came or went.</summary>
public sealed class TenantDirectory(IStore store)
{
    private volatile Snapshot? _snapshot;
    private long _version;

    /// <summary>All tenants, in ordinal order of their names.</summary>
    /// <exception cref="StoreUnavailableException">They must be read, and the store cannot be asked.</exception>
    public async ValueTask<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellationToken) =>
        (_snapshot ?? await ReadAsync(cancellationToken)).All;

    /// <summary>Finds a tenant by its name, whatever its letter case or Unicode form (HTT-74).</summary>
    /// <exception cref="StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<Tenant?> FindAsync(string name, CancellationToken cancellationToken) =>
        CanonicalName.TryRead(name, out var canonical)
            ? (_snapshot ?? await ReadAsync(cancellationToken)).ByKey.GetValueOrDefault(canonical.Key)
            : null;

    /// <summary>Finds a tenant by its number. Who holds a number got it from the store: a miss means that memory is old.</summary>
    /// <exception cref="StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<Tenant?> FindAsync(long id, CancellationToken cancellationToken) =>
        _snapshot?.ById.GetValueOrDefault(id) ?? (await ReadAsync(cancellationToken)).ById.GetValueOrDefault(id);

    /// <summary>Forgets them.</summary>
    public void Invalidate()
    {
        Interlocked.Increment(ref _version);
        _snapshot = null;
    }

    private async ValueTask<Snapshot> ReadAsync(CancellationToken cancellationToken)
    {
        var version = Interlocked.Read(ref _version);
        var all = await store.Tenants.ListAsync(cancellationToken);
        var snapshot = new Snapshot(all, all.ToFrozenDictionary(tenant => tenant.Key, StringComparer.Ordinal), all.ToFrozenDictionary(tenant => tenant.Id));
        _snapshot = snapshot;
        if (Interlocked.Read(ref _version) != version)
        {
            // One came or went while we read: the next caller reads again.
            _snapshot = null;
        }

        return snapshot;
    }

    private sealed record Snapshot(IReadOnlyList<Tenant> All, FrozenDictionary<string, Tenant> ByKey, FrozenDictionary<long, Tenant> ById);
}
