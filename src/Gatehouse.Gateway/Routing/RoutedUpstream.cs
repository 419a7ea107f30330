using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Routing;

/// <summary>A dialect's upstream: that of the request's route, if it is on one and may be, else the dialect's own.</summary>
/// <param name="dialect">Id of the dialect.</param>
/// <param name="otherwise">Where requests go that are on no route.</param>
internal sealed class RoutedUpstream(string dialect, IUpstream otherwise) : IUpstream
{
    /// <inheritdoc/>
    public async ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout)
    {
        if (context.Features.Get<MatchedRoute>() is not { } matched)
        {
            return await otherwise.ForwardAsync(context, identity, headTimeout);
        }

        var route = matched.Route;
        if (route.Dialect != dialect)
        {
            return ForwardOutcome.Forbidden;
        }

        if (route.Requirement.Decide(identity, context.User, context.Request.Method) is { } refused)
        {
            if (refused == ForwardOutcome.MethodNotAllowed)
            {
                context.Response.Headers.Allow = route.Requirement.Allow;
            }

            return refused;
        }

        var request = context.Request;
        var (path, query) = (request.Path, request.QueryString);
        try
        {
            request.Path = new PathString(route.PathFor(path.Value!));
            request.QueryString = matched.Query ?? query;
            return await route.Upstream.ForwardAsync(context, identity, headTimeout);
        }
        finally
        {
            // What could not be sent is answered for the path that the caller asked for.
            (request.Path, request.QueryString) = (path, query);
        }
    }
}
