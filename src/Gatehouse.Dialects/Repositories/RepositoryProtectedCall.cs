using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Dialects.Repositories;

/// <summary>A call that was let in: passed on to the upstream, whose silence is written in the dialect's shape.</summary>
internal sealed class RepositoryProtectedCall([FromKeyedServices(RepositoriesDialect.Id)] IUpstream upstream)
{
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(120);

    /// <summary>Answers a protected call.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var outcome = await upstream.ForwardAsync(context, context.Features.GetRequiredFeature<AcceptedRepositoryRequest>().Identity, HeadTimeout);
        if (outcome != ForwardOutcome.Answered)
        {
            await RepositoriesAnswers.WriteErrorAsync(context, ErrorOf(outcome, context));
        }
    }

    private static RepositoriesError ErrorOf(ForwardOutcome outcome, HttpContext context) => outcome switch
    {
        ForwardOutcome.Forbidden => RepositoriesError.Forbidden,
        ForwardOutcome.MethodNotAllowed => RepositoriesError.MethodNotAllowed(context.Response.Headers.Allow.ToString()),
        ForwardOutcome.Unreachable => RepositoriesError.UpstreamUnreachable,
        _ => RepositoriesError.UpstreamTimedOut,
    };
}
