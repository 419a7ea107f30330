using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>In which tenant a request acts: the one of its token, or the one that its query names (PN-65 to PN-69, PN-54).</summary>
internal sealed class TenantScope(ProactiveNetTenants tenants, AuditTrail audit, TimeProvider clock)
{
    private const string OtherTenant = "other-tenant";
    private const string NoTenantNamed = "no-tenant-named";

    /// <summary>Finds the tenant, or the error that the request is answered with.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="typed">What the query names; null when it names nothing.</param>
    /// <returns>The tenant's name, null for none; or the error.</returns>
    /// <exception cref="Core.Stores.StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<(string? Tenant, ProactiveNetError? Error)> ResolveAsync(HttpContext context, ProactiveNetCaller caller, string? typed)
    {
        var bound = caller.Tenants;
        var (tenant, reason) = await tenants.FindAsync(typed, caller.Account, context.RequestAborted);
        if (tenant is null && reason is null)
        {
            // Not named: what the token opens, if that is one tenant or none.
            return bound.Length <= 1 ? (caller.OnlyTenant, null) : Refuse(context, caller, null, NoTenantNamed);
        }

        if (tenant is not null && bound.Length > 0 && !bound.Contains(tenant.Id))
        {
            reason = OtherTenant;
        }

        return reason is null ? (tenant!.Name, null) : Refuse(context, caller, tenant?.Name, reason);
    }

    private (string? Tenant, ProactiveNetError? Error) Refuse(HttpContext context, ProactiveNetCaller caller, string? tenant, string reason)
    {
        audit.Post(new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Event = AuditEvents.Access,
            Outcome = AuditOutcomes.Refused,
            Account = caller.Account.Name,
            Dialect = ProactiveNetDialect.Id,
            Method = caller.Method,
            Tenant = tenant,
            Source = CallerSource.TextOf(CallerLeg.Of(context).Source),
            Session = caller.Live?.Id.ToString(),
            Reason = reason,
        });
        return (null, ProactiveNetError.AccessDenied);
    }
}
