using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;

namespace Gatehouse.Benchmarks;

/// <summary>Makes sessions as the AR System dialect does.</summary>
internal static class Sessions
{
    public static Session Of(Account account, string token)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new Session
        {
            Id = PublicId.New(now),
            Token = TokenHash.Of(token),
            Kind = SessionKind.Session,
            AccountId = account.Id,
            Dialect = "ar-system",
            Issued = now,
            LastUsed = now,
            Expires = now.AddHours(1),
            Source = "127.0.0.1",
            Seat = "127.0.0.1",
        };
    }

    public static AuditEvent SignIn(SessionAdmission admission) =>
        new() { Time = TimeProvider.System.GetUtcNow(), Event = AuditEvents.SignIn, Outcome = admission.ToString(), Account = Gate.UserName };
}
