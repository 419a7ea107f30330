using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Gateway.ForwardAuth;

/// <summary>
/// Takes questions of trusted proxies at <c>/auth/check</c>: before routing, the request becomes the one that is asked
/// about, without a body. <see cref="ForwardAuthDecision"/> answers after routing.
/// </summary>
public sealed class ForwardAuthMiddleware(RequestDelegate next)
{
    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!IsQuestion(context.Request.Path.Value!))
        {
            return next(context);
        }

        if (!CallerLeg.Of(context).ViaTrustedProxy
            || !ForwardAuthQuestion.TryRead(context.Request, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out var question))
        {
            return ForwardAuthAnswer.DenyAsync(context);
        }

        PutInPlace(context.Request, question);
        context.Features.Set(question);
        return next(context);
    }

    private static bool IsQuestion(string path) =>
        path.StartsWith(ForwardAuthQuestion.CheckPath, StringComparison.Ordinal) && (path.Length == ForwardAuthQuestion.CheckPath.Length || path[ForwardAuthQuestion.CheckPath.Length] == '/');

    private static void PutInPlace(HttpRequest request, ForwardAuthQuestion question)
    {
        request.Method = question.Method;
        request.Path = new PathString(question.Path);
        request.QueryString = new QueryString(question.Query);
        if (request.Headers["X-Forwarded-Host"] is [{ Length: > 0 } host])
        {
            request.Host = new HostString(host);
        }

        // The body stayed with the proxy, whatever the fields say of it.
        request.Headers.ContentLength = null;
        request.Headers.Remove(HeaderNames.TransferEncoding);
        request.Headers.Remove(HeaderNames.ContentType);
        request.Headers.Remove(HeaderNames.Expect);
        request.Body = Stream.Null;
    }
}
