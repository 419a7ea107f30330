using System.Net;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;

namespace Gatehouse.Dialects.Repositories;

/// <summary>A password on its way, and the audit row that it becomes (REP-100, REP-101).</summary>
/// <param name="TypedName">The name before the colon.</param>
/// <param name="Repository">The repository in the path, existing or not.</param>
/// <param name="Source">Address of the caller.</param>
/// <param name="Time">When it came.</param>
internal sealed record SignInRecord(string TypedName, string Repository, IPAddress Source, DateTimeOffset Time)
{
    /// <summary>The repository does not exist; the caller is told so, after a right password (REP-83).</summary>
    public const string UnknownRepository = "unknown-repository";

    /// <summary>How it was proved.</summary>
    public string Method { get; init; } = SignInMethods.PasswordBasic;

    public AuditEvent Event(string outcome, Account? account, string? reason = null, PublicId? session = null) => new()
    {
        Time = Time,
        Event = AuditEvents.SignIn,
        Outcome = outcome,
        Account = account?.Name,
        Name = TypedText.Cut(TypedName, AuditEvent.MaximumNameLength),
        Dialect = RepositoriesDialect.Id,
        Method = Method,
        Tenant = TypedText.Cut(Repository, Tenant.MaximumNameLength),
        Source = CallerSource.TextOf(Source),
        Session = session?.ToString(),
        Reason = reason,
    };
}
