using System.Diagnostics.Metrics;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Core.Telemetry;

/// <summary>What is measured. No label holds an account, an address or a token (HTT-120).</summary>
public sealed class GatehouseMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Gatehouse";

    private readonly Meter _meter = new(MeterName);

    /// <summary>Starts measuring.</summary>
    public GatehouseMetrics(SessionRegistry sessions, FeedHealth feed, HashingLane lane, AuditTrail audit)
    {
        ArgumentNullException.ThrowIfNull(audit);
        var events = _meter.CreateCounter<long>("gatehouse_audit_events_total", description: "Audit events by event, outcome and dialect.");
        audit.Observe(audited => events.Add(1, new("event", audited.Event), new("outcome", audited.Outcome), new("dialect", audited.Dialect ?? "")));
        _meter.CreateObservableGauge("gatehouse_sessions_in_memory", () => sessions.Count, description: "Sessions that are kept hot.");
        _meter.CreateObservableGauge("gatehouse_passwords_pending", () => lane.Pending, description: "Password checks that run or wait.");
        _meter.CreateObservableGauge("gatehouse_change_feed_fresh", () => feed.IsFresh ? 1 : 0, description: "1 while the change feed is read in time.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
