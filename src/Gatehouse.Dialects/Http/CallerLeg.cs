using System.Net;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Http;

/// <summary>The caller's own leg of the way: where it comes from, and whether it was HTTPS (HTT-20, HTT-21).</summary>
/// <param name="Source">Address of the caller.</param>
/// <param name="IsHttps">Whether the caller spoke TLS, to us or to a trusted proxy.</param>
public sealed record CallerLeg(IPAddress Source, bool IsHttps)
{
    /// <summary>
    /// The peer is a trusted proxy, which speaks for many callers: nothing may be remembered with its connection
    /// (ATK-41), and it may ask about requests that it keeps to itself.
    /// </summary>
    public bool ViaTrustedProxy { get; init; }

    /// <summary>The leg of a request; without <see cref="CallerLegMiddleware"/>, the connection's own.</summary>
    public static CallerLeg Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<CallerLeg>() ?? new CallerLeg(context.Connection.RemoteIpAddress ?? IPAddress.None, context.Request.IsHttps);
    }
}
