using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>A call that was let in: passed on to the upstream (OI-3, OI-6, OI-134).</summary>
internal sealed class OperationalIntelligenceProtectedCall([FromKeyedServices(OperationalIntelligenceDialect.Id)] IUpstream upstream)
{
    // The product names no limit; long queries take their time.
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(120);

    /// <summary>Answers a protected call.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var identity = context.Features.GetRequiredFeature<AcceptedOperationalIntelligenceRequest>().Identity;
        var outcome = await upstream.ForwardAsync(context, identity, HeadTimeout);
        if (outcome != ForwardOutcome.Answered)
        {
            await OperationalIntelligenceAnswers.WriteErrorAsync(context, ErrorOf(outcome, context));
        }
    }

    private static OperationalIntelligenceError ErrorOf(ForwardOutcome outcome, HttpContext context) => outcome switch
    {
        ForwardOutcome.Forbidden => OperationalIntelligenceError.NotPermitted,
        ForwardOutcome.MethodNotAllowed => OperationalIntelligenceError.MethodNotAllowed(context.Response.Headers.Allow.ToString()),
        _ => OperationalIntelligenceError.BadGateway,
    };
}
