using Gatehouse.Core.Tenants;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Finds tenants by the names that callers send: letter case and Unicode form make no difference, blanks do (OI-17, OI-82).</summary>
internal sealed class TenantNames(TenantDirectory tenants)
{
    /// <summary>Finds a tenant.</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<Tenant?> FindAsync(string name, CancellationToken cancellationToken) =>
        name.AsSpan().Trim().Length == name.Length ? await tenants.FindAsync(name, cancellationToken) : null;
}
