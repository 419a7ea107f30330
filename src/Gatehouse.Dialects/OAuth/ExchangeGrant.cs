using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>
/// Token exchange (RFC 8693): a token that any dialect gave out, for an access token of the same account (HTT-153 to
/// HTT-157). What comes out is never worth more than what went in: not longer, not in other tenants, not with more scope.
/// </summary>
internal sealed class ExchangeGrant(
    SubjectTokenDirectory subjects, SessionRegistry registry, AccessTokens tokens, SessionDesk desk, GuessThrottle throttle, AuditTrail audit, TimeProvider clock)
{
    // Each link is looked at with every use of the last one.
    private const int LongestChain = 8;
    private const string EndedToken = "ended-token";
    private const string OtherScope = "other-scope";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context, Account client, TokenRequest.ByExchange request)
    {
        var record = new GrantRecord(AuditEvents.TokenExchange, CallerLeg.Of(context).Source, clock.GetUtcNow()) { Client = client.Name };
        try
        {
            await DecideAsync(context, client, request, record);
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Unavailable());
            throw;
        }
    }

    private async Task DecideAsync(HttpContext context, Account client, TokenRequest.ByExchange request, GrantRecord record)
    {
        var subject = await subjects.FindAsync(request.SubjectToken, CancellationToken.None);
        if (subject.State == SessionState.Unavailable)
        {
            audit.Post(record.Unavailable());
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.Unavailable(RetryStore));
            return;
        }

        record = record with { Account = subject.Account?.Name, Parent = subject.Live?.Id };
        if (subject is not { State: SessionState.Live or SessionState.Locked, Token: { } token, Live: { } live, Account: { } account } || (request.MustBeJwt && !token.IsJwt))
        {
            await RefuseAsync(context, record, subject.State == SessionState.Unknown ? AuditReasons.Malformed : EndedToken, OAuthError.InvalidSubjectToken);
            return;
        }

        // An exchange starts something new: a lock stops it, whatever the token (HTT-94). The store decides, not memory.
        var admission = await throttle.PeekAsync(account.Key, record.Source, CancellationToken.None);
        if (admission.State == GuessState.Locked)
        {
            audit.Post(record.Throttled(AuditReasons.Locked));
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.TooManyAttempts(admission.RetryAfter));
            return;
        }

        await ExchangeAsync(context, client, request, token, live, account, record);
    }

    private async Task ExchangeAsync(HttpContext context, Account client, TokenRequest.ByExchange request, SubjectToken token, LiveSession live, Account account, GrantRecord record)
    {
        var session = live;
        var facts = TokenFacts.Of(session, account);
        var isNarrowed = session.Kind == SessionKind.OAuthAccess && !request.Scopes.IsWithin(ScopeList.OfGranted(facts.Scope));
        var tenant = isNarrowed ? null : TenantBinding.Find(request.Scopes, account, BoundOf(request.Scopes, token, session));
        if (tenant is null)
        {
            await RefuseAsync(context, record, OtherScope, OAuthError.InvalidScope);
            return;
        }

        var issued = facts.Chain >= LongestChain ? null : tokens.Issue(new AccessRequest(account, client, request.Audience, request.Scopes, tenant.Value, record.Source, record.Time)
        {
            NotAfter = session.Expires,
            Parent = session.Token,
            Dialect = facts.Dialect,
            Chain = facts.Chain + 1,
        });
        if (issued is null)
        {
            await RefuseAsync(context, record, EndedToken, OAuthError.InvalidSubjectToken);
            return;
        }

        record = record with { Tenant = tenant.Value.Name };
        var outcome = await desk.IssueAsync(
            issued.Session,
            new SessionConditions(),
            admitted => admitted == SessionAdmission.Added ? (record with { Session = issued.Session.Id }).Accepted() : record.Refused(AuditReasons.Disabled),
            CancellationToken.None);
        if (outcome != SessionAdmission.Added)
        {
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.InvalidSubjectToken);
            return;
        }

        registry.Use(live);
        await OAuthAnswers.WriteTokenAsync(context, new TokenAnswer(issued.Token, issued.ExpiresIn, request.Scopes.Text) { IssuedTokenType = request.IssuedType });
    }

    /// <summary>The tenants that the new token must not go beyond. Where the dialect lets its token roam, a scope may name any; without one, the sign-in's tenant stays.</summary>
    private static System.Collections.Immutable.ImmutableArray<long> BoundOf(ScopeList scopes, SubjectToken token, LiveSession session) =>
        token.OpensAllTenants && scopes.Tenant is not null ? [] : session.Tenants;

    private Task RefuseAsync(HttpContext context, GrantRecord record, string reason, OAuthError error)
    {
        audit.Post(record.Refused(reason));
        return OAuthAnswers.WriteErrorAsync(context, error);
    }
}
