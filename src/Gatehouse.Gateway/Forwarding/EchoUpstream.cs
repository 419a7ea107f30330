using System.Text;
using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>The built-in upstream: answers every request with the identity that a real one would be told, in the wrapping of the call.</summary>
public sealed class EchoUpstream : IUpstream
{
    /// <summary>Its name in the option <c>Upstream</c>.</summary>
    public const string Name = "echo";

    /// <inheritdoc/>
    public async ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(identity);

        // A body that breaks the rules of HTTP must not have been answered before it is found out (HTT-10).
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);

        var wrapping = context.Features.Get<EchoWrapping>() ?? EchoWrapping.Plain;
        var body = Encoding.UTF8.GetBytes(wrapping.Write(identity));
        context.Response.ContentType = wrapping.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }

        return ForwardOutcome.Answered;
    }
}
