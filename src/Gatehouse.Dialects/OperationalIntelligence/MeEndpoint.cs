using Gatehouse.Core.Tenants;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary><c>GET /ess/security/v1/me</c>: what a token is good for (contract section 8).</summary>
internal sealed class MeEndpoint(TenantDirectory tenants, SessionLocales locales)
{
    /// <summary>Answers.</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async Task HandleAsync(HttpContext context)
    {
        var caller = context.Features.GetRequiredFeature<AcceptedOperationalIntelligenceRequest>().Caller;
        var session = caller.Live;
        var tenant = session.Tenants is [var id] ? await tenants.FindAsync(id, context.RequestAborted) : null;
        await OperationalIntelligenceAnswers.WriteMeAsync(context, new MeAnswer(
            TokenFamily.UserRefIdOf(session),
            caller.Account.Name,
            TokenFamily.LocaleOf(session) ?? locales.Default,
            (long)(session.IdleTimeout ?? TimeSpan.Zero).TotalSeconds,
            tenant?.InternalId,
            tenant?.Name,
            caller.Scope));
    }
}
