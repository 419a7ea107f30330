using System.Collections.Immutable;
using System.Net;
using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>A grant on its way, and the audit row that it becomes (OI-114 to OI-119).</summary>
/// <param name="Event"><c>sign-in</c> or <c>refresh</c>.</param>
/// <param name="Source">Address of the caller.</param>
/// <param name="Time">When it came.</param>
/// <param name="Transaction">The caller's own number of it, or null.</param>
internal sealed record GrantRecord(string Event, IPAddress Source, DateTimeOffset Time, string? Transaction)
{
    /// <summary>The account concerned, as created.</summary>
    public string? Account { get; init; }

    /// <summary>The name as typed, as long as the audit keeps it.</summary>
    public string? Name { get; init; }

    /// <summary>The tenant as resolved.</summary>
    public string? Tenant { get; init; }

    /// <summary>Public id of the session.</summary>
    public PublicId? Session { get; init; }

    public AuditEvent Accepted(long userRefId) => Row(AuditOutcomes.Accepted, null, userRefId);

    public AuditEvent Refused(string reason) => Row(AuditOutcomes.Refused, reason);

    public AuditEvent Throttled(string reason) => Row(AuditOutcomes.Throttled, reason);

    public AuditEvent Unavailable() => Row(AuditOutcomes.Unavailable, AuditReasons.Unavailable);

    private AuditEvent Row(string outcome, string? reason, long? userRefId = null) => new()
    {
        Time = Time,
        Event = Event,
        Outcome = outcome,
        Account = Account,
        Name = Name,
        Dialect = OperationalIntelligenceDialect.Id,
        Method = SignInMethods.Bearer,
        Tenant = Tenant,
        Source = CallerSource.TextOf(Source),
        Session = Session?.ToString(),
        Reason = reason,
        Details = Transaction is null ? ImmutableSortedDictionary<string, string?>.Empty : ImmutableSortedDictionary<string, string?>.Empty.Add("client_txn_id", Transaction),
        Numbers = userRefId is { } number ? ImmutableSortedDictionary<string, long>.Empty.Add("userRefID", number) : ImmutableSortedDictionary<string, long>.Empty,
    };
}
