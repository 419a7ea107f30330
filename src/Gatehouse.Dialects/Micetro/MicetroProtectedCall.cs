using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Dialects.Micetro;

/// <summary>A call that was let in: passed on to the upstream, whose silence is written in the wrapping of the call (MIC-120).</summary>
internal sealed class MicetroProtectedCall([FromKeyedServices(MicetroDialect.Id)] IUpstream upstream)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(120);

    /// <summary>Answers a protected call.</summary>
    public async Task HandleAsync(HttpContext context, MicetroWrapping wrapping, Identity identity)
    {
        context.Features.Set(wrapping.Echo);

        // Out of a body it was cut by who read it there (MIC-117).
        context.Request.QueryString = MicetroQuery.Without(context.Request.QueryString, ParameterNames.Session);
        var outcome = await upstream.ForwardAsync(context, identity, LongestWait);
        if (outcome != ForwardOutcome.Answered)
        {
            await wrapping.WriteErrorAsync(context, ErrorOf(outcome, context));
        }
    }

    private static MicetroError ErrorOf(ForwardOutcome outcome, HttpContext context) => outcome switch
    {
        ForwardOutcome.Forbidden => MicetroError.Forbidden,
        ForwardOutcome.MethodNotAllowed => MicetroError.MethodNotAllowed(context.Response.Headers.Allow.ToString()),
        _ => MicetroError.UpstreamSilent,
    };
}
