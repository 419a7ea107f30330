using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>A call that was let in: passed on to the upstream, whose silence is written in the dialect's shape (ARS-105, ARS-106).</summary>
internal sealed class ArSystemProtectedCall([FromKeyedServices(ArSystemDialect.Id)] IUpstream upstream, ArSystemOptions options)
{
    /// <summary>Answers a protected call.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (identity, asked) = context.Features.GetRequiredFeature<AcceptedArSystemRequest>();
        var timeout = asked ?? TimeSpan.FromSeconds(options.UpstreamTimeoutSeconds);
        var longest = TimeSpan.FromSeconds(options.MaximumTimeoutSeconds);
        ArSystemCredential.RemoveCookie(context.Request);
        var outcome = await upstream.ForwardAsync(context, identity, timeout < longest ? timeout : longest);
        if (outcome != ForwardOutcome.Answered)
        {
            await ArSystemAnswers.WriteErrorAsync(context, ErrorOf(outcome, context));
        }
    }

    private static ArSystemError ErrorOf(ForwardOutcome outcome, HttpContext context) => outcome switch
    {
        ForwardOutcome.Forbidden => ArSystemError.NotWithThisCredential,
        ForwardOutcome.MethodNotAllowed => ArSystemError.MethodNotAllowed(context.Response.Headers.Allow.ToString()),
        ForwardOutcome.Unreachable => ArSystemError.UpstreamUnreachable,
        _ => TimeoutOf(context.Request.Method),
    };

    private static ArSystemError TimeoutOf(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) ? ArSystemError.TimeoutDuringRetrieval : ArSystemError.TimeoutDuringUpdate;
}
