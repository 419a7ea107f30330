using System.Text;
using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>The built-in upstream: answers every request with the identity that a real one would be told.</summary>
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

        var body = Encoding.UTF8.GetBytes(Write(identity));
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }

        return ForwardOutcome.Answered;
    }

    private static string Write(Identity identity)
    {
        var json = new StringBuilder();
        WireJson.AppendString(json.Append("{\"user\":"), identity.User);
        WireJson.AppendString(json.Append(",\"dialect\":"), identity.Dialect);
        WireJson.AppendString(json.Append(",\"method\":"), identity.Method);
        WireJson.AppendStringOrNull(json.Append(",\"tenant\":"), identity.Tenant);
        WireJson.AppendStringOrNull(json.Append(",\"scope\":"), identity.Scope);
        json.Append(",\"tenants\":[");
        for (var i = 0; i < identity.Tenants.Length; i++)
        {
            WireJson.AppendString(i == 0 ? json : json.Append(','), identity.Tenants[i]);
        }

        WireJson.AppendStringOrNull(json.Append("],\"impersonator\":"), identity.Impersonator);
        WireJson.AppendStringOrNull(json.Append(",\"session\":"), identity.Session?.ToString());
        return json.Append('}').ToString();
    }
}
