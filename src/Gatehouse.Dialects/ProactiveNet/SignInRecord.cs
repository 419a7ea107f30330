using System.Net;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>A name and a password on their way, and the audit row that they become (PN-113).</summary>
/// <param name="What">The event.</param>
/// <param name="Method">Method word.</param>
/// <param name="TypedName">The name as typed.</param>
/// <param name="Source">Address of the caller.</param>
/// <param name="Time">When it came.</param>
internal sealed record SignInRecord(string What, string Method, string TypedName, IPAddress Source, DateTimeOffset Time)
{
    public AuditEvent Event(string outcome, Account? account, string? reason, Tenant? tenant = null, PublicId? session = null) => new()
    {
        Time = Time,
        Event = What,
        Outcome = outcome,
        Account = account?.Name,
        Name = TypedText.Cut(TypedName, AuditEvent.MaximumNameLength),
        Dialect = ProactiveNetDialect.Id,
        Method = Method,
        Tenant = tenant?.Name,
        Source = CallerSource.TextOf(Source),
        Session = session?.ToString(),
        Reason = reason,
    };
}
