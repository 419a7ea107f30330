using Gatehouse.Core.Audit;
using Gatehouse.Core.Tenants;

namespace Gatehouse.Core.Stores;

/// <summary>Tenants.</summary>
public interface ITenantStore
{
    /// <summary>All tenants, in ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Makes a tenant.</summary>
    /// <param name="name">Name in normal form C.</param>
    /// <param name="key">Key of the name.</param>
    /// <param name="internalId">The name that a product shows instead.</param>
    /// <param name="hidden">Not in public lists.</param>
    /// <param name="audit">Its audit row.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The tenant, or null when its key or its internal id is taken.</returns>
    ValueTask<Tenant?> AddAsync(string name, string key, string internalId, bool hidden, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Removes a tenant, its memberships, and the sessions that are bound to it alone.</summary>
    /// <returns>False when no tenant has the key.</returns>
    ValueTask<bool> RemoveAsync(string key, AuditEvent audit, CancellationToken cancellationToken);
}
