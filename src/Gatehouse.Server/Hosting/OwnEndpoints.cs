using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Hosting;

/// <summary>The program's own endpoints, and the answer to everything that nobody owns (contract http-and-tokens, section 8).</summary>
internal static class OwnEndpoints
{
    private const string GetAndHead = "GET, HEAD";

    public static void MapOwnEndpoints(this IEndpointRouteBuilder routes)
    {
        var readiness = routes.ServiceProvider.GetRequiredService<Readiness>();
        var metrics = routes.ServiceProvider.GetRequiredService<MetricsPage>();
        Open(routes, "/health/live", "says nothing but ok", context => WriteHealthAsync(context, healthy: true));
        Open(routes, "/health/ready", "says nothing but ok", async context => await WriteHealthAsync(context, await readiness.IsReadyAsync()));
        if (metrics.IsEnabled)
        {
            Open(routes, "/metrics", "checks its own token", metrics.AnswerAsync);
        }

        routes.MapFallback("{**path}", context => ForbiddenMethods.Contains(context.Request.Method)
                ? WriteMethodNotAllowedAsync(context, ForbiddenMethods.Allowed)
                : ProblemDetails.WriteAsync(context, StatusCodes.Status404NotFound))
            .AllowAnonymous().WithMetadata(new OpenEndpoint("answers 404 only"), NobodysPath.Mark);
    }

    private static void Open(IEndpointRouteBuilder routes, string pattern, string why, RequestDelegate answer) =>
        routes.Map(pattern, context => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
                ? answer(context)
                : WriteMethodNotAllowedAsync(context, GetAndHead))
            .AllowAnonymous().WithMetadata(new OpenEndpoint(why));

    private static Task WriteMethodNotAllowedAsync(HttpContext context, string allow)
    {
        context.Response.Headers.Allow = allow;
        return ProblemDetails.WriteAsync(context, StatusCodes.Status405MethodNotAllowed);
    }

    private static Task WriteHealthAsync(HttpContext context, bool healthy)
    {
        var body = healthy ? """{"status":"ok"}""" : """{"status":"unavailable"}""";
        context.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (!healthy)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(body);
    }
}
