using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Gateway.Routing;

/// <summary>
/// The first look at a request: its framing says one thing only, and its path has one normal form, which replaces the
/// server's own reading. From here on <c>Request.Path</c> is that form, still escaped; it is never decoded again.
/// </summary>
public sealed class RequestTargetMiddleware(RequestDelegate next)
{
    /// <summary>Longest request target, in characters (HTT-8).</summary>
    public const int MaximumTargetLength = 8 * 1024;

    // Kestrel lets Transfer-Encoding win over Content-Length and keeps the loser under this name.
    private const string OverruledContentLength = "X-Content-Length";

    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!IsFramedOnce(context.Request.Headers))
        {
            context.Response.Headers.Connection = "close";
            return ProblemDetails.WriteAsync(context, StatusCodes.Status400BadRequest);
        }

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.Length > MaximumTargetLength)
        {
            return ProblemDetails.WriteAsync(context, StatusCodes.Status414UriTooLong);
        }

        if (context.Request.Method == HttpMethods.Connect || target == "*")
        {
            // Neither names a path: it is answered by its method or as nobody's.
            return next(context);
        }

        if (!NormalPath.TryRead(target, out var path))
        {
            return ProblemDetails.WriteAsync(context, StatusCodes.Status400BadRequest);
        }

        context.Request.Path = new PathString(path);
        return next(context);
    }

    /// <summary>One length, or chunks, and nothing else (HTT-10).</summary>
    private static bool IsFramedOnce(IHeaderDictionary headers)
    {
        var coding = headers.TransferEncoding;
        return coding.Count == 0
            || (IsChunkedOnly(coding) && headers.ContentLength is null && !headers.ContainsKey(OverruledContentLength));
    }

    private static bool IsChunkedOnly(StringValues coding) => coding.Count == 1 && string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase);
}
