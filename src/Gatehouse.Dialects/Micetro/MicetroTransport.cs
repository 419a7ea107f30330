using System.Net;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>What is checked before any credential is read, on every path of the dialect: HTTPS (MIC-14), and one <c>Authorization</c> at most (MIC-15).</summary>
internal sealed class MicetroTransport(MicetroOptions options, AuditTrail audit, TimeProvider clock)
{
    private readonly OncePerMinute _sources = new(clock);

    /// <summary>What is wrong with the way that the request came, or null.</summary>
    public MicetroError? Check(HttpContext context)
    {
        var leg = CallerLeg.Of(context);
        if (!options.AllowHttp && !leg.IsHttps && !IsLocal(context, leg))
        {
            Audit(leg.Source);
            return MicetroError.HttpsRequired;
        }

        return context.Request.Headers.Authorization.Count > 1 ? MicetroError.MoreThanOneAuthorization : null;
    }

    /// <summary>The peer is this machine, and speaks for nobody else: a proxy here or elsewhere may forward for others.</summary>
    private static bool IsLocal(HttpContext context, CallerLeg leg) => IsLoopback(context.Connection.RemoteIpAddress ?? IPAddress.None) && IsLoopback(leg.Source);

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>At most once a minute and source (MIC-136).</summary>
    private void Audit(IPAddress source)
    {
        if (_sources.IsDue(CallerSource.KeyOf(source)))
        {
            audit.Post(new AuditEvent
            {
                Time = clock.GetUtcNow(),
                Event = AuditEvents.Access,
                Outcome = AuditOutcomes.Refused,
                Dialect = MicetroDialect.Id,
                Source = CallerSource.TextOf(source),
                Reason = MicetroReasons.HttpsRequired,
            });
        }
    }
}
