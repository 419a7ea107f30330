using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Callers in a browser, from the origins that the operator listed (contract section 10). Credentials of the browser's own are never allowed.</summary>
internal sealed class BrowserOrigins(OperationalIntelligenceOptions options)
{
    private const string CorsPrefix = "Access-Control-";
    private readonly HashSet<string> _listed = new(options.CorsOrigins, StringComparer.Ordinal);

    /// <summary>Sees to it that every answer to a listed origin can be read there, in place of what an upstream says about it (OI-103).</summary>
    public void Mark(HttpContext context)
    {
        if (ListedOriginOf(context.Request) is not { } origin)
        {
            return;
        }

        var isPreflight = IsPreflight(context.Request);
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            if (!isPreflight)
            {
                foreach (var name in headers.Keys.Where(name => name.StartsWith(CorsPrefix, StringComparison.OrdinalIgnoreCase)).ToList())
                {
                    headers.Remove(name);
                }

                headers.AccessControlExposeHeaders = "X-Client-Txn-Id, Retry-After, WWW-Authenticate";
            }

            headers.AccessControlAllowOrigin = origin;
            if (!headers.Vary.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(HeaderNames.Origin, StringComparer.OrdinalIgnoreCase))
            {
                headers.Append(HeaderNames.Vary, HeaderNames.Origin);
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>A browser's question whether a page of a listed origin may call (OI-102).</summary>
    public bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count == 1 && ListedOriginOf(request) is not null;

    /// <summary>The answer to it; <see cref="Mark"/> adds the origin.</summary>
    public static Task WritePreflightAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, PATCH, DELETE";
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, Accept, Accept-Language, Cache-Control, X-Requested-With, X-AuthorizationView";
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private string? ListedOriginOf(HttpRequest request) =>
        _listed.Count > 0 && request.Headers.Origin is [{ } origin] && _listed.Contains(origin) ? origin : null;
}
