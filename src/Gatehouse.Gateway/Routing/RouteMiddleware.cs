using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Gateway.Routing;

/// <summary>Marks the endpoint that answers for paths that nobody owns: a route may take them.</summary>
public sealed class NobodysPath
{
    /// <summary>The mark.</summary>
    public static NobodysPath Mark { get; } = new();
}

/// <summary>The route that a request is on.</summary>
/// <param name="Route">The route.</param>
internal sealed record MatchedRoute(GateRoute Route)
{
    /// <summary>The caller's own credential, where the route hands it on.</summary>
    public IReadOnlyList<(string Name, StringValues Values)> Credential { get; init; } = [];

    /// <summary>The query as it came, where the route hands the credential on: it may stand there.</summary>
    public QueryString? Query { get; init; }
}

/// <summary>
/// Finds the route of a request, once, after it is known whose the path is: an endpoint of our own is never taken, a
/// dialect's protected path is refined by a route below it, and a path of nobody's is protected by the route's dialect.
/// </summary>
public sealed class RouteMiddleware(RequestDelegate next, RouteDirectory directory)
{
    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (directory.Current.Routes.Count == 0 || context.Request.Path.Value is not { Length: > 0 } path)
        {
            return next(context);
        }

        var owner = context.GetEndpoint()?.Metadata.GetMetadata<DialectEndpoint>();
        if (!directory.TryUse(path, out var route))
        {
            return owner is null ? ProblemDetails.WriteAsync(context, StatusCodes.Status404NotFound) : owner.WriteFaultAsync(context, UnforeseenFault.NoSuchResource);
        }

        return route is null ? next(context) : RunAsync(context, route, owner);
    }

    private async Task RunAsync(HttpContext context, GateRoute route, DialectEndpoint? owner)
    {
        try
        {
            if (Serves(route, context, owner))
            {
                context.Features.Set(MatchOf(context, route));
                route.Enter(context);
            }

            await next(context);
        }
        finally
        {
            route.Release();
        }
    }

    private static bool Serves(GateRoute route, HttpContext context, DialectEndpoint? owner) => route.Endpoint is null
        ? owner?.Dialect == route.Dialect
        : context.GetEndpoint()?.Metadata.GetMetadata<NobodysPath>() is not null;

    private static MatchedRoute MatchOf(HttpContext context, GateRoute route) => route.CredentialFields.Count == 0
        ? new MatchedRoute(route)
        : new MatchedRoute(route)
        {
            Credential = [.. route.CredentialFields.Select(name => (name, context.Request.Headers[name])).Where(field => field.Item2.Count > 0)],
            Query = context.Request.QueryString,
        };
}
