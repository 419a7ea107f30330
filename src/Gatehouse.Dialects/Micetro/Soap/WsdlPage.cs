using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.Soap;

/// <summary>Serves the WSDL, with the address under which it was asked for (MIC-69, MIC-71).</summary>
internal sealed class WsdlPage(MicetroOptions options)
{
    public const string Methods = "GET, HEAD";
    private const string ForwardedHost = "X-Forwarded-Host";

    /// <summary>Answers with the WSDL.</summary>
    /// <param name="context">The request.</param>
    /// <param name="endpoint">Path and query of the SOAP endpoint that belongs to the path that was asked.</param>
    public Task HandleAsync(HttpContext context, string endpoint)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return SoapWrapping.Unread.WriteErrorAsync(context, MicetroError.MethodNotAllowed(Methods));
        }

        var address = $"{(CallerLeg.Of(context).IsHttps ? "https" : "http")}://{HostOf(context)}{endpoint}";
        return MicetroAnswers.WriteAsync(context, StatusCodes.Status200OK, "text/xml; charset=utf-8", (options.Wsdl ?? WsdlTemplate.BuiltIn).Write(address));
    }

    // A forwarded host is still there only if the peer is trusted; without the stage that removes it, it says nothing.
    private static string HostOf(HttpContext context)
    {
        var forwarded = context.Request.Headers[ForwardedHost];
        return forwarded is [{ Length: > 0 } host] && !host.Contains(',', StringComparison.Ordinal) && context.Features.Get<CallerLeg>() is not null
            ? host.Trim()
            : context.Request.Host.HasValue ? context.Request.Host.Value! : $"localhost:{context.Connection.LocalPort}";
    }
}
