using System.Collections.Immutable;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.OAuth;

/// <summary>To which tenant a new token is bound: the one that its scope names, else the one of the session that it is made from.</summary>
/// <param name="Tenants">Its number; empty: bound to none.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct TenantBinding(ImmutableArray<long> Tenants, string? Name)
{
    /// <summary>Finds the tenant.</summary>
    /// <param name="scope">What was asked for.</param>
    /// <param name="account">Whose token it will be.</param>
    /// <param name="bound">Tenants that it must not go beyond; empty: all of the account.</param>
    /// <returns>Null when the account is no member, or the tenant lies outside of what it is bound to.</returns>
    public static TenantBinding? Find(ScopeList scope, Account account, ImmutableArray<long> bound)
    {
        if (scope.Tenant is { } name)
        {
            foreach (var membership in account.Memberships)
            {
                if (membership.Name == name && (bound.IsEmpty || bound.Contains(membership.TenantId)))
                {
                    return new TenantBinding([membership.TenantId], name);
                }
            }

            return null;
        }

        // A token that opens a few tenants must not turn into one that names none: who has it says which (ATK-17).
        return bound.Length switch
        {
            0 => new TenantBinding([], null),
            1 => new TenantBinding(bound, account.Memberships.Where(membership => membership.TenantId == bound[0]).Select(membership => membership.Name).FirstOrDefault()),
            _ => null,
        };
    }
}
