using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>
/// <c>grant_type=refresh_token</c>: a refresh token, once, for the next tokens of its family (HTT-150, HTT-151). What stops a
/// refresh before the token is used leaves it unspent: another client, a delay or a lock, too much scope.
/// </summary>
internal sealed class RefreshGrant(
    SessionRegistry registry, RefreshFamilies families, GrantFamily family, GuessThrottle throttle, AuditTrail audit, OAuthOptions options, TimeProvider clock)
{
    private const string UnknownToken = "unknown-token";
    private const string EndedToken = "ended-token";
    private const string OtherClient = "other-client";
    private const string UsedToken = "used-token";
    private const string MoreScope = "more-scope";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context, Account client, TokenRequest.ByRefreshToken request)
    {
        var record = new GrantRecord(AuditEvents.Refresh, CallerLeg.Of(context).Source, clock.GetUtcNow()) { Client = client.Name };
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

    private async Task DecideAsync(HttpContext context, Account client, TokenRequest.ByRefreshToken request, GrantRecord record)
    {
        if (!RefreshToken.HasShape(request.Token))
        {
            await RefuseAsync(context, record, UnknownToken, OAuthError.InvalidGrant);
            return;
        }

        var check = await registry.CheckAsync(TokenHash.Of(request.Token), CancellationToken.None);
        if (check.State == SessionState.Unavailable)
        {
            audit.Post(record.Unavailable());
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.Unavailable(RetryStore));
            return;
        }

        if (check.Live is not { Kind: SessionKind.Refresh, Dialect: OAuthDialect.Id } refresh)
        {
            await RefuseAsync(context, record, UnknownToken, OAuthError.InvalidGrant);
            return;
        }

        record = record with { Session = refresh.Id, Account = check.Account?.Name };
        if (refresh.ClientId != client.Id)
        {
            await RefuseAsync(context, record, OtherClient, OAuthError.InvalidGrant);
            return;
        }

        if (check is not { State: SessionState.Live or SessionState.Locked, Account: { } account })
        {
            await RefuseAsync(context, record, EndedToken, OAuthError.InvalidGrant);
            return;
        }

        // The store decides about a lock, not memory: it may have just been lifted. A source's limit is for passwords (HTT-97).
        var admission = await throttle.PeekAsync(account.Key, record.Source, CancellationToken.None);
        if (admission.State is GuessState.Delayed or GuessState.Locked)
        {
            audit.Post(record.Throttled(admission.State == GuessState.Locked ? AuditReasons.Locked : AuditReasons.Throttled));
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.TooManyAttempts(admission.RetryAfter));
            return;
        }

        await UseAsync(context, client, account, refresh, request, record);
    }

    private async Task UseAsync(HttpContext context, Account client, Account account, LiveSession refresh, TokenRequest.ByRefreshToken request, GrantRecord record)
    {
        var facts = TokenFacts.Of(refresh, account);
        var granted = ScopeList.OfGranted(facts.Scope);
        if (request.Scopes?.IsWithin(granted) == false)
        {
            await RefuseAsync(context, record, MoreScope, OAuthError.InvalidScope);
            return;
        }

        // The tenant stays also where its scope is left out: less scope must not mean more tenants.
        var tenant = new TenantBinding(refresh.Tenants, facts.Tenant);
        var next = family.Continue(new AccessRequest(account, client, request.Audience, request.Scopes ?? granted, tenant, record.Source, record.Time), refresh, granted);
        if (next is not var (pair, sessions))
        {
            await RefuseAsync(context, record, EndedToken, OAuthError.InvalidGrant);
            return;
        }

        var (outcome, answer) = await families.UseAsync(
            request.Token,
            sessions,
            pair.ToBytes(),
            TimeSpan.FromSeconds(options.RefreshGraceSeconds),
            rotation => rotation switch
            {
                RotationOutcome.Rotated => (record with { Session = sessions[0].Id }).Accepted(),
                RotationOutcome.Repeated => record.Accepted(),
                RotationOutcome.Reused => (record with { Event = AuditEvents.RefreshReuse }).Refused(UsedToken),
                _ => record.Refused(EndedToken),
            },
            CancellationToken.None);
        if (outcome == RotationOutcome.Reused)
        {
            // Two things happened: the family ended, with its row, and this refresh was refused.
            audit.Post(record.Refused(UsedToken));
        }

        await (answer is null
            ? OAuthAnswers.WriteErrorAsync(context, OAuthError.InvalidGrant)
            : OAuthAnswers.WriteTokenAsync(context, TokenPair.FromBytes(answer).AnswerAt(record.Time)));
    }

    private Task RefuseAsync(HttpContext context, GrantRecord record, string reason, OAuthError error)
    {
        audit.Post(record.Refused(reason));
        return OAuthAnswers.WriteErrorAsync(context, error);
    }
}
