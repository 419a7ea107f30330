using System.Collections.Immutable;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;

namespace Gatehouse.Core.Operator;

/// <summary>The operator's hand on tenants. Every method throws <see cref="StoreUnavailableException"/> when the store does not confirm.</summary>
public sealed class TenantAdministration(IStore store, TimeProvider clock)
{
    /// <summary>Makes a tenant.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="internalId">The name that a product shows instead, or null for a GUID.</param>
    /// <param name="hidden">Not in public lists.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<OperatorResult> AddAsync(string name, string? internalId, bool hidden, CancellationToken cancellationToken)
    {
        if (CanonicalName.FaultOf(name, Tenant.MaximumNameLength, Tenant.ForbiddenCharacters) is { } fault)
        {
            return OperatorResult.Refused($"This cannot be the name of a tenant: {fault}.");
        }

        if (internalId is not null && CanonicalName.FaultOf(internalId, Tenant.MaximumNameLength) is { } idFault)
        {
            return OperatorResult.Refused($"This cannot be the internal id of a tenant: {idFault}.");
        }

        CanonicalName.TryRead(name, out var canonical);
        var id = internalId ?? Guid.NewGuid().ToString().ToUpperInvariant();
        var added = await store.Tenants.AddAsync(canonical.Exact, canonical.Key, id, hidden, Event(AuditEvents.TenantAdd, canonical.Exact), cancellationToken);
        return added is null
            ? OperatorResult.Refused("A tenant of this name or internal id exists already (letter case and Unicode form make no difference).")
            : OperatorResult.Done;
    }

    /// <summary>Removes a tenant, its memberships, and the sessions that are bound to it alone.</summary>
    public async ValueTask<OperatorResult> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        if (!CanonicalName.TryRead(name, out var canonical))
        {
            return NoTenant(name);
        }

        return await store.Tenants.RemoveAsync(canonical.Key, Event(AuditEvents.TenantRemove, canonical.Exact), cancellationToken)
            ? OperatorResult.Done
            : NoTenant(name);
    }

    internal static async ValueTask<(ImmutableArray<long> Tenants, string? Unknown)> ResolveAsync(
        IStore store, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0)
        {
            return ([], null);
        }

        var all = await store.Tenants.ListAsync(cancellationToken);
        var found = ImmutableArray.CreateBuilder<long>();
        foreach (var name in names)
        {
            if (!CanonicalName.TryRead(name, out var canonical) || all.FirstOrDefault(tenant => tenant.Key == canonical.Key) is not { } tenant)
            {
                return ([], NoTenant(name).Refusal);
            }

            found.Add(tenant.Id);
        }

        return ([.. found.Distinct()], null);
    }

    private static OperatorResult NoTenant(string name) =>
        OperatorResult.Refused($"No tenant is called '{TypedText.Escape(name)}'; 'gatehouse tenant list' shows them all.");

    private AuditEvent Event(string name, string tenant) =>
        new() { Time = clock.GetUtcNow(), Event = name, Outcome = AuditOutcomes.Accepted, Tenant = tenant };
}
