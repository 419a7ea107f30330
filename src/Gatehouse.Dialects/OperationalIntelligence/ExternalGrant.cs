using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>
/// <c>exttoken_requested=true</c> (OI-34): <c>tkn</c> is the token of the account's external single sign-on as it came, and
/// the session stands on it; <c>rtkn</c> is ours.
/// </summary>
internal sealed class ExternalGrant(RefreshFamilies families, TokenFamily family, SessionRegistry sessions, AuditTrail audit) : IDisposable
{
    // Equal sign-ins at the same moment get one token of the single sign-on: who comes second must find the session of the first.
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Puts a family under the token.</summary>
    /// <param name="tokens">What the caller will get.</param>
    /// <param name="token">The single sign-on's token among them.</param>
    /// <param name="account">Whose it is.</param>
    /// <param name="tenant">Where to.</param>
    /// <param name="record">The grant, for the audit.</param>
    /// <param name="request">The request.</param>
    /// <returns>False when it may not be handed on; the audit says why.</returns>
    /// <exception cref="StoreUnavailableException">The store does not confirm; nothing changed.</exception>
    public async ValueTask<bool> BeginAsync(IssuedTokens tokens, ExternalToken token, Account account, Tenant tenant, GrantRecord record, TokenFamily.Request request)
    {
        if (!WrappedBearer.CanCarry(token))
        {
            audit.Post(record.Refused(AuditReasons.UnusableToken));
            return false;
        }

        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            // A single sign-on may give the same token again: it opens what it opened before, and the family gets one more refresh token.
            var same = await FindSameAsync(token, account, tenant);
            Session[] begun = same is null ? family.Begin(tokens, token, account.Id, tenant.Id, request) : [family.Join(tokens, same, request)];
            var outcome = await families.BeginAsync(
                begun,
                new SessionConditions { PasswordVersion = account.PasswordVersion },
                admission => admission switch
                {
                    SessionAdmission.Added => (record with { Session = same?.Id ?? begun[0].Id }).Accepted(request.UserRefId),
                    SessionAdmission.TokenTaken => record.Refused(AuditReasons.TokenTaken),
                    _ => record.Refused(AuditReasons.Disabled),
                },
                CancellationToken.None);
            if (outcome != SessionAdmission.Added)
            {
                return false;
            }

            // Somebody may have shown it here before it was handed on, and the memory of unknown tokens lasts a while.
            await sessions.LearnAsync(TokenHash.Of(token.Value), CancellationToken.None);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<LiveSession?> FindSameAsync(ExternalToken token, Account account, Tenant tenant)
    {
        var check = await sessions.CheckAsync(TokenHash.Of(token.Value), CancellationToken.None);
        var isSame = check is { IsLive: true, Live: { Kind: SessionKind.Session, Dialect: OperationalIntelligenceDialect.Id, Tenants: [var bound] } session }
            && bound == tenant.Id
            && session.AccountId == account.Id
            && ExternalTokens.IsExternal(session);
        return isSame ? check.Live : null;
    }
}
