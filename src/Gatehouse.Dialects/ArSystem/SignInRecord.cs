using System.Collections.Immutable;
using System.Net;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Text;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>A login on its way, and the audit row that it becomes (ARS-121).</summary>
/// <param name="Login">The login as it was sent.</param>
/// <param name="Source">Address of the caller.</param>
/// <param name="Time">When it came.</param>
internal sealed record SignInRecord(LoginRequest Login, IPAddress Source, DateTimeOffset Time)
{
    public const string ClientType = "clientType";

    /// <summary>The name as typed, as long as the audit keeps it.</summary>
    public string ShortName => TypedText.Cut(Login.UserName, AuditEvent.MaximumNameLength);

    public AuditEvent Event(string outcome, Account? account, string? reason, PublicId? session = null) => new()
    {
        Time = Time,
        Event = AuditEvents.SignIn,
        Outcome = outcome,
        Account = account?.Name,
        Name = ShortName,
        Dialect = ArSystemDialect.Id,
        Method = SignInMethods.ArJwt,
        Source = CallerSource.TextOf(Source),
        Session = session?.ToString(),
        Reason = reason,
        Details = Login.ClientType is { } type ? ImmutableSortedDictionary<string, string?>.Empty.Add(ClientType, type) : ImmutableSortedDictionary<string, string?>.Empty,
    };
}
