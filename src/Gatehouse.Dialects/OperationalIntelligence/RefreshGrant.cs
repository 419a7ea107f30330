using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>
/// <c>grant_type=REFRESH_TOKEN</c>: a refresh token, once, for the next tokens of its family (contract section 5). What
/// stops a refresh before the token is used leaves it unspent: throttling, another tenant in the header.
/// </summary>
internal sealed class RefreshGrant(
    SessionRegistry registry,
    RefreshFamilies families,
    TokenFamily family,
    GuessThrottle throttle,
    TenantNames tenants,
    SessionLocales locales,
    RunningNumbers numbers,
    AuditTrail audit,
    OperationalIntelligenceOptions options,
    TimeProvider clock)
{
    private const string UnknownToken = "unknown-token";
    private const string EndedToken = "ended-token";
    private const string OtherTenant = "other-tenant";
    private const string UsedToken = "used-token";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Answers a grant that could be read.</summary>
    public async Task HandleAsync(HttpContext context, TokenRequest.ByRefreshToken request, string tenantName, TokenRequestNotes notes)
    {
        var record = new GrantRecord(AuditEvents.Refresh, CallerLeg.Of(context).Source, clock.GetUtcNow(), ClientTransaction.IdOf(context));
        try
        {
            var tenant = await tenants.FindAsync(tenantName, CancellationToken.None);
            notes.Tenant = tenant?.Name;
            await DecideAsync(context, request.Token, tenant, record with { Tenant = tenant?.Name }, notes);
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Unavailable());
            throw;
        }
    }

    private async Task DecideAsync(HttpContext context, string token, Tenant? tenant, GrantRecord record, TokenRequestNotes notes)
    {
        var check = await registry.CheckAsync(TokenHash.Of(token), CancellationToken.None);
        if (check.State == SessionState.Unavailable)
        {
            audit.Post(record.Unavailable());
            await OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.Unavailable(RetryStore));
            return;
        }

        // Tokens of another kind or dialect are nobody's here (OI-65).
        if (check.Live is not { Kind: SessionKind.Refresh, Dialect: OperationalIntelligenceDialect.Id } refresh)
        {
            await RefuseAsync(context, record, UnknownToken);
            return;
        }

        record = record with { Session = refresh.Id, Account = check.Account?.Name };
        notes.Account = check.Account?.Name;
        if (check is not { State: SessionState.Live or SessionState.Locked, Account: { } account })
        {
            await RefuseAsync(context, record, EndedToken);
            return;
        }

        // The store decides about a lock, not memory: it may have just been lifted. A source's limit is for passwords (HTT-97).
        var admission = await throttle.PeekAsync(account.Key, record.Source, CancellationToken.None);
        if (admission.State is GuessState.Delayed or GuessState.Locked)
        {
            audit.Post(record.Throttled(admission.State == GuessState.Locked ? AuditReasons.Locked : AuditReasons.Throttled));
            await OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.TooManyAttempts(admission.RetryAfter));
            return;
        }

        if (tenant is null || !refresh.Tenants.Contains(tenant.Id))
        {
            await RefuseAsync(context, record, OtherTenant);
            return;
        }

        await UseAsync(context, token, refresh, tenant, record);
    }

    private async Task UseAsync(HttpContext context, string token, LiveSession refresh, Tenant tenant, GrantRecord record)
    {
        // A number also for who gets the same tokens again: it tracks the request, not the tokens (OI-43, OI-60).
        var number = await numbers.NextAsync(OperationalIntelligenceDialect.Id, CancellationToken.None);
        var locale = locales.Find(context.Request.Headers.AcceptLanguage) ?? TokenFamily.LocaleOf(refresh) ?? locales.Default;
        var tokens = IssuedTokens.Draw(locale);
        var successors = family.Continue(tokens, refresh, new TokenFamily.Request(number, record.Source, record.Time));
        var (outcome, answer) = await families.UseAsync(
            token,
            successors,
            tokens.ToBytes(),
            TimeSpan.FromSeconds(options.RefreshGraceSeconds),
            rotation => rotation switch
            {
                RotationOutcome.Rotated => (record with { Session = successors[0].Id }).Accepted(number),
                RotationOutcome.Repeated => record.Accepted(number),
                RotationOutcome.Reused => (record with { Event = AuditEvents.RefreshReuse }).Refused(UsedToken),
                _ => record.Refused(EndedToken),
            },
            CancellationToken.None);
        if (outcome == RotationOutcome.Reused)
        {
            // Two things happened: the family ended, with its row, and this refresh was refused (OI-115, OI-116).
            audit.Post(record.Refused(UsedToken));
        }

        await (answer is null
            ? OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.InvalidToken)
            : OperationalIntelligenceAnswers.WriteTokensAsync(context, new TokenAnswer(number, IssuedTokens.FromBytes(answer), options.IdleTimeoutSeconds, tenant.InternalId)));
    }

    private Task RefuseAsync(HttpContext context, GrantRecord record, string reason)
    {
        audit.Post(record.Refused(reason));
        return OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.InvalidToken);
    }
}
