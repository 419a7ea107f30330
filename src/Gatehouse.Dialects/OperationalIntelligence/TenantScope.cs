using System.Collections.Immutable;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>What one request covers (contract section 7).</summary>
/// <param name="Name"><c>tenant</c>, <c>all</c> or <c>global</c>.</param>
/// <param name="Tenant">The one tenant, or null.</param>
/// <param name="Tenants">All tenants covered, in ordinal order.</param>
internal sealed record TenantScope(string Name, string? Tenant, ImmutableArray<string> Tenants)
{
    private static readonly TenantScope Global = new("global", null, []);

    /// <summary>Decides what a bearer that is not ambiguous covers.</summary>
    /// <param name="bearer">What the caller asks for.</param>
    /// <param name="session">The token's session.</param>
    /// <param name="account">Its account.</param>
    public static (TenantScope? Scope, OperationalIntelligenceError? Error) Resolve(WrappedBearer bearer, LiveSession session, Account account)
    {
        if (bearer.Global)
        {
            // A token that was narrowed to tenants must not open what lies above them (OI-81).
            return account.Has(Roles.Global) && !IsNarrowed(session) ? (Global, null) : (null, OperationalIntelligenceError.GlobalNotPermitted);
        }

        var reach = account.Memberships.RemoveAll(membership => IsNarrowed(session) && !session.Tenants.Contains(membership.TenantId));
        if (bearer.All)
        {
            return (new TenantScope("all", null, [.. reach.Select(membership => membership.Name)]), null);
        }

        // Without a word, the tenant of the sign-in; an API token may have none, or several (OI-81, OI-88).
        var own = session.Tenants is [var bound] ? bound : (long?)null;
        var named = bearer.Tenant is null ? null : TenantNames.KeyOf(bearer.Tenant);
        foreach (var membership in reach)
        {
            if (bearer.Tenant is null ? membership.TenantId == own : TenantNames.KeyOf(membership.Name) == named)
            {
                return (new TenantScope("tenant", membership.Name, [membership.Name]), null);
            }
        }

        return (null, OperationalIntelligenceError.TenantNotInScope);
    }

    /// <summary>A sign-in's token reaches every tenant of its account (OI-82); an API token only those that it was issued for.</summary>
    private static bool IsNarrowed(LiveSession session) => session.Kind == SessionKind.ApiToken && session.Tenants.Length > 0;
}
