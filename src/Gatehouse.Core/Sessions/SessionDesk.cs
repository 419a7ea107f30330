using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Sessions;

/// <summary>
/// Issues and ends sessions: in the store first, then in this node's memory, and only then does the caller hear of it.
/// Every method throws <see cref="StoreUnavailableException"/> when the store does not confirm; nothing changed then.
/// </summary>
public sealed class SessionDesk(IStore store, SessionRegistry registry, AuditTrail audit, TimeProvider clock)
{
    /// <summary>Issues a session. Its audit row is committed with it (HTT-177).</summary>
    /// <param name="session">The session; the store numbers it.</param>
    /// <param name="conditions">What must hold at that moment.</param>
    /// <param name="auditOf">Makes the audit row of an outcome.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<SessionAdmission> IssueAsync(
        Session session, SessionConditions conditions, Func<SessionAdmission, AuditEvent> auditOf, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(auditOf);
        var (outcome, stored, ended) = await store.Sessions.AddAsync(session, conditions, auditOf, cancellationToken);
        registry.Forget(ended);
        if (outcome is SessionAdmission.Added or SessionAdmission.AddedByTakeOver)
        {
            registry.Add(stored);
        }

        audit.Log(auditOf(outcome));
        return outcome;
    }

    /// <summary>Ends a session and, if it belongs to a family, the family.</summary>
    /// <returns>Whether this call ended it; of several at once, one does.</returns>
    public async ValueTask<bool> EndAsync(PublicId id, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var ended = await store.Sessions.EndAsync(id, clock.GetUtcNow(), auditEvent, cancellationToken);
        registry.Forget(ended);
        if (ended.Count > 0)
        {
            audit.Log(auditEvent);
        }

        return ended.Count > 0;
    }

    /// <summary>Ends all live sessions that a filter names.</summary>
    /// <returns>How many.</returns>
    public async ValueTask<int> EndAsync(SessionFilter filter, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var ended = await store.Sessions.EndAsync(filter, clock.GetUtcNow(), auditEvent, cancellationToken);
        registry.Forget(ended);
        audit.Log(auditEvent);
        return ended.Count;
    }
}
