using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>A call that was let in: passed on to the upstream, without what let it in (PN-3, PN-127, PN-128).</summary>
internal sealed class ProactiveNetProtectedCall([FromKeyedServices(ProactiveNetDialect.Id)] IUpstream upstream, ProactiveNetAnswers answers)
{
    private const string NamedHeader = "authToken";
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Answers a protected call.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var identity = context.Features.GetRequiredFeature<AcceptedProactiveNetRequest>().Identity;
        context.Request.Headers.Remove(HeaderNames.Authorization);
        context.Request.Headers.Remove(NamedHeader);
        var outcome = await upstream.ForwardAsync(context, identity, HeadTimeout);
        if (outcome != ForwardOutcome.Answered)
        {
            await answers.WriteErrorAsync(context, ErrorOf(outcome, context));
        }
    }

    private static ProactiveNetError ErrorOf(ForwardOutcome outcome, HttpContext context) => outcome switch
    {
        ForwardOutcome.Forbidden => ProactiveNetError.AccessDenied,
        ForwardOutcome.MethodNotAllowed => ProactiveNetError.MethodNotAllowed(context.Response.Headers.Allow.ToString()),
        _ => ProactiveNetError.BadGateway,
    };
}
