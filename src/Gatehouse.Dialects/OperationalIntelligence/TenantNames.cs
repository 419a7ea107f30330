using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Finds tenants by the names that callers send: letter case and Unicode form make no difference, blanks do (OI-17, OI-82).</summary>
internal sealed class TenantNames(TenantDirectory tenants)
{
    /// <summary>The key of a name as sent; null when no tenant can have it.</summary>
    public static string? KeyOf(string name) =>
        name.AsSpan().Trim().Length == name.Length && CanonicalName.TryRead(name, out var canonical) ? canonical.Key : null;

    /// <summary>Finds a tenant.</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<Tenant?> FindAsync(string name, CancellationToken cancellationToken) =>
        KeyOf(name) is null ? null : await tenants.FindAsync(name, cancellationToken);
}
