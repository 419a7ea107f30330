using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Operator;

/// <summary>The operator's hand on sessions and API tokens. Every method throws <see cref="StoreUnavailableException"/> when the store does not confirm.</summary>
public sealed class SessionAdministration(IStore store, AccountAdministration accounts, TimeProvider clock)
{
    private static readonly TimeSpan ApiTokenRetention = TimeSpan.FromDays(30);

    /// <summary>Issues an API token.</summary>
    /// <param name="accountName">Its account.</param>
    /// <param name="lifetime">How long it lives; null until revoked.</param>
    /// <param name="tenants">The only tenants that it opens; empty for all of the account.</param>
    /// <param name="label">The operator's own words.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The token, to be shown once; or the refusal.</returns>
    public async ValueTask<(OperatorResult Result, string? Token)> IssueTokenAsync(
        string accountName, TimeSpan? lifetime, IReadOnlyList<string> tenants, string? label, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(accountName, cancellationToken) is not { } account)
        {
            return (AccountAdministration.NoAccount(accountName), null);
        }

        if (!account.Enabled)
        {
            return (OperatorResult.Refused("The account is disabled; enable it first."), null);
        }

        var (tenantIds, unknown) = await TenantAdministration.ResolveAsync(store, tenants, cancellationToken);
        if (unknown is not null)
        {
            return (OperatorResult.Refused(unknown), null);
        }

        if (tenantIds.Any(tenant => !account.IsMemberOf(tenant)))
        {
            return (OperatorResult.Refused("The account is not a member of every tenant that the token shall open; 'gatehouse account grant' makes it one."), null);
        }

        var now = clock.GetUtcNow();
        var token = ApiToken.Draw();
        var session = new Session
        {
            Id = PublicId.New(now),
            Token = TokenHash.Of(token),
            Kind = SessionKind.ApiToken,
            AccountId = account.Id,
            Issued = now,
            LastUsed = now,
            Expires = now + lifetime,
            Tenants = tenantIds,
            Label = label,
            Retention = ApiTokenRetention,
        };
        var (outcome, _, _) = await store.Sessions.AddAsync(session, new SessionConditions(), Audited, cancellationToken);
        return outcome == SessionAdmission.Added ? (OperatorResult.Done, token) : (AccountAdministration.NoAccount(accountName), null);

        AuditEvent Audited(SessionAdmission admission) => new()
        {
            Time = now,
            Event = AuditEvents.TokenIssue,
            Outcome = admission == SessionAdmission.Added ? AuditOutcomes.Accepted : AuditOutcomes.Refused,
            Account = account.Name,
            Session = session.Id.ToString(),
        };
    }

    /// <summary>Live sessions or tokens that a filter names, oldest first.</summary>
    public ValueTask<IReadOnlyList<ListedSession>> ListAsync(SessionFilter filter, CancellationToken cancellationToken) =>
        store.Sessions.ListAsync(filter, clock.GetUtcNow(), cancellationToken);

    /// <summary>Ends one session, token, or family.</summary>
    /// <param name="id">Its public id.</param>
    /// <param name="apiTokensOnly">Refuse when it is not an API token.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<OperatorResult> RevokeAsync(string id, bool apiTokensOnly, CancellationToken cancellationToken)
    {
        var listed = PublicId.TryParse(id, out var publicId) ? await store.Sessions.FindAsync(publicId, cancellationToken) : null;
        if (listed is null || (apiTokensOnly && listed.Session.Kind != SessionKind.ApiToken))
        {
            return NotAlive(apiTokensOnly);
        }

        var audit = new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Event = AuditEvents.Revoke,
            Outcome = AuditOutcomes.Accepted,
            Account = listed.Account,
            Dialect = listed.Session.Dialect,
            Session = publicId.ToString(),
        };
        var ended = await store.Sessions.EndAsync(publicId, audit.Time, audit, cancellationToken);
        return ended.Count > 0 ? OperatorResult.Done : NotAlive(apiTokensOnly);
    }

    /// <summary>Ends everything of an account.</summary>
    public async ValueTask<OperatorResult> RevokeAccountAsync(string name, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(name, cancellationToken) is not { } account)
        {
            return AccountAdministration.NoAccount(name);
        }

        var audit = new AuditEvent { Time = clock.GetUtcNow(), Event = AuditEvents.Revoke, Outcome = AuditOutcomes.Accepted, Account = account.Name, Reason = "account" };
        return await store.Sessions.CutOffAsync(account.Id, audit, cancellationToken) ? OperatorResult.Done : AccountAdministration.NoAccount(name);
    }

    /// <summary>Ends everything of everybody.</summary>
    public async ValueTask<OperatorResult> RevokeAllAsync(CancellationToken cancellationToken)
    {
        var audit = new AuditEvent { Time = clock.GetUtcNow(), Event = AuditEvents.Revoke, Outcome = AuditOutcomes.Accepted, Reason = "all" };
        await store.Sessions.CutOffAsync(null, audit, cancellationToken);
        return OperatorResult.Done;
    }

    private static OperatorResult NotAlive(bool apiTokensOnly) => OperatorResult.Refused(
        apiTokensOnly ? "No live API token has this id; 'gatehouse token list' shows them." : "No live session has this id; 'gatehouse session list' shows them.");
}
