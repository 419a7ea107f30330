using System.Collections.Concurrent;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>HTTPS only, unless the operator said otherwise: the check that comes before everything else (ARS-1, ARS-2).</summary>
internal sealed class ArSystemTransport(ArSystemOptions options, AuditTrail audit, TimeProvider clock)
{
    private const int MaximumSources = 10_000;
    private static readonly TimeSpan AuditEvery = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _audited = new(StringComparer.Ordinal);

    public bool Admits(HttpContext context) => options.AllowHttp || CallerLeg.Of(context).IsHttps;

    /// <summary>Answers with the 403 object. The body is not read; the audit hears of it once a minute and source (ARS-121).</summary>
    public Task RefuseAsync(HttpContext context)
    {
        var source = CallerLeg.Of(context).Source;
        var now = clock.GetUtcNow();
        if (IsDue(CallerSource.KeyOf(source), now))
        {
            audit.Post(new AuditEvent
            {
                Time = now,
                Event = AuditEvents.Access,
                Outcome = AuditOutcomes.Refused,
                Dialect = ArSystemDialect.Id,
                Source = CallerSource.TextOf(source),
                Reason = "https-required",
            });
        }

        return ArSystemAnswers.WriteHttpForbiddenAsync(context);
    }

    private bool IsDue(string source, DateTimeOffset now)
    {
        if (_audited.Count >= MaximumSources)
        {
            _audited.Clear();
        }

        return _audited.TryAdd(source, now) || (_audited.TryGetValue(source, out var last) && now - last >= AuditEvery && _audited.TryUpdate(source, now, last));
    }
}
