using System.Collections.Frozen;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>A tenant that was named: none, one that the account is in, or why not.</summary>
/// <param name="Tenant">The tenant; also when the account is not a member.</param>
/// <param name="Reason">What the operator learns when it does not open; null when it does.</param>
internal readonly record struct NamedTenant(Tenant? Tenant, string? Reason);

/// <summary>Names of tenants, at login and in queries (contract section 6).</summary>
internal sealed class ProactiveNetTenants(TenantDirectory tenants, ProactiveNetOptions options)
{
    public const string UnknownTenant = "unknown-tenant";

    private readonly FrozenSet<string> _noTenant = options.NoTenantNames.Select(CanonicalName.KeyOf).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Finds what a name means for an account (PN-64, PN-66, PN-70).</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<NamedTenant> FindAsync(string? typed, Account account, CancellationToken cancellationToken)
    {
        if (MeansNone(typed))
        {
            return default;
        }

        var tenant = await FindAsync(typed, cancellationToken);
        return tenant is null ? new NamedTenant(null, UnknownTenant)
            : account.IsMemberOf(tenant.Id) ? new NamedTenant(tenant, null)
            : new NamedTenant(tenant, Core.Audit.AuditReasons.NotAMember);
    }

    /// <summary>The tenant that a name means, whoever asks; null where it means none or nothing.</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<Tenant?> FindAsync(string? typed, CancellationToken cancellationToken) =>
        MeansNone(typed) || TypedText.HasControl(typed!) ? null : await tenants.FindAsync(typed!, cancellationToken);

    private bool MeansNone(string? typed) =>
        typed is null || (!TypedText.HasControl(typed) && CanonicalName.TryRead(typed, out var name) && (name.Key.Length == 0 || _noTenant.Contains(name.Key)));
}
