using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Telemetry;
using Gatehouse.Dialects.Http;
using Gatehouse.Server.Configuration;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Server.Hosting;

/// <summary><c>GET /metrics</c> in Prometheus' text form, for who shows the configured token (HTT-120).</summary>
internal sealed class MetricsPage(ServerOptions options, MetricsCollector collector)
{
    private const string Bearer = "Bearer ";

    /// <summary>Without a token there is no such page.</summary>
    public bool IsEnabled => options.MetricsToken is not null;

    public Task AnswerAsync(HttpContext context)
    {
        var shown = context.Request.Headers.Authorization;
        if (shown.Count != 1 || !shown[0]!.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) || !IsToken(shown[0]![Bearer.Length..].Trim(' ')))
        {
            context.Response.Headers.WWWAuthenticate = shown.Count == 0 ? "Bearer realm=\"metrics\"" : "Bearer realm=\"metrics\", error=\"invalid_token\"";
            return ProblemDetails.WriteAsync(context, StatusCodes.Status401Unauthorized);
        }

        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(collector.Write());
    }

    // Hashed first, so that not even the length shows in the time.
    private bool IsToken(string shown) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(options.MetricsToken!)));
}
