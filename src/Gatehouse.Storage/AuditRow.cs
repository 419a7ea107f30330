using Gatehouse.Core.Audit;

namespace Gatehouse.Storage;

/// <summary>A row of the audit as both stores have it: times in milliseconds since 1970, what dialects add as JSON.</summary>
internal sealed class AuditRow
{
    public long Number { get; init; }

    public long Time { get; init; }

    public string Event { get; init; } = "";

    public string Outcome { get; init; } = "";

    public string? Account { get; init; }

    public string? Name { get; init; }

    public string? Dialect { get; init; }

    public string? Method { get; init; }

    public string? Tenant { get; init; }

    public string? Source { get; init; }

    public string? Session { get; init; }

    public string? Reason { get; init; }

    public string? Details { get; init; }

    public AuditEvent ToEvent() => new AuditEvent
    {
        Number = Number,
        Time = StoreTime.FromStore(Time),
        Event = Event,
        Outcome = Outcome,
        Account = Account,
        Name = Name,
        Dialect = Dialect,
        Method = Method,
        Tenant = Tenant,
        Source = Source,
        Session = Session,
        Reason = Reason,
    }.WithDetails(Details);
}
