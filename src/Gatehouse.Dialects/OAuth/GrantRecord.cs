using System.Collections.Immutable;
using System.Net;
using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;

namespace Gatehouse.Dialects.OAuth;

/// <summary>A request on its way, and the audit row that it becomes (HTT-175 to HTT-179).</summary>
/// <param name="Event">One of <see cref="AuditEvents"/>.</param>
/// <param name="Source">Address of the client.</param>
/// <param name="Time">When it came.</param>
internal sealed record GrantRecord(string Event, IPAddress Source, DateTimeOffset Time)
{
    /// <summary>The account concerned, as created.</summary>
    public string? Account { get; init; }

    /// <summary>The name as typed, as long as the audit keeps it.</summary>
    public string? Name { get; init; }

    /// <summary>The client, as created.</summary>
    public string? Client { get; init; }

    /// <summary>The tenant, as created.</summary>
    public string? Tenant { get; init; }

    /// <summary>Public id of the session.</summary>
    public PublicId? Session { get; init; }

    /// <summary>Public id of the session that the new one was made from.</summary>
    public PublicId? Parent { get; init; }

    public AuditEvent Accepted() => Row(AuditOutcomes.Accepted, null);

    public AuditEvent Refused(string reason) => Row(AuditOutcomes.Refused, reason);

    public AuditEvent Throttled(string reason) => Row(AuditOutcomes.Throttled, reason);

    public AuditEvent Unavailable() => Row(AuditOutcomes.Unavailable, AuditReasons.Unavailable);

    private AuditEvent Row(string outcome, string? reason) => new()
    {
        Time = Time,
        Event = Event,
        Outcome = outcome,
        Account = Account,
        Name = Name,
        Dialect = OAuthDialect.Id,
        Method = Event == AuditEvents.SignIn ? SignInMethods.PasswordBasic : SignInMethods.Bearer,
        Tenant = Tenant,
        Source = CallerSource.TextOf(Source),
        Session = Session?.ToString(),
        Reason = reason,
        Details = Details(("client", Client), ("parent", Parent?.ToString())),
    };

    private static ImmutableSortedDictionary<string, string?> Details(params (string Name, string? Value)[] details) =>
        details.Where(detail => detail.Value is not null).ToImmutableSortedDictionary(detail => detail.Name, detail => detail.Value, StringComparer.Ordinal);
}
