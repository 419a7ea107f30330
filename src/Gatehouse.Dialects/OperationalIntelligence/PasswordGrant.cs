using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary><c>grant_type=PASSWORD</c>: a name, a password and a tenant for the first tokens of a family.</summary>
internal sealed class PasswordGrant(
    PasswordSignIn signIn,
    RefreshFamilies families,
    TokenFamily family,
    ExternalGrant external,
    TenantNames tenants,
    SessionLocales locales,
    RunningNumbers numbers,
    AuditTrail audit,
    OperationalIntelligenceOptions options,
    TimeProvider clock)
{
    private const string UnknownTenant = "unknown-tenant";

    /// <summary>Answers a grant that could be read.</summary>
    public async Task HandleAsync(HttpContext context, TokenRequest.ByPassword request, string tenantName, TokenRequestNotes notes)
    {
        var record = new GrantRecord(AuditEvents.SignIn, CallerLeg.Of(context).Source, clock.GetUtcNow(), ClientTransaction.IdOf(context))
        {
            Name = TypedText.Cut(request.TypedName, AuditEvent.MaximumNameLength),
        };
        try
        {
            var tenant = await tenants.FindAsync(tenantName, CancellationToken.None);
            notes.Tenant = tenant?.Name;
            await DecideAsync(context, request, tenant, record with { Tenant = tenant?.Name }, notes);
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Unavailable());
            throw;
        }
    }

    private async Task DecideAsync(HttpContext context, TokenRequest.ByPassword request, Tenant? tenant, GrantRecord record, TokenRequestNotes notes)
    {
        // Also where the tenant is unknown: the time must not tell (OI-31).
        var verdict = await signIn.CheckAsync(new PasswordAttempt(request.TypedName, request.Secret, record.Source) { TenantKey = tenant?.Key, WantsToken = request.WantsExternalToken }, CancellationToken.None);
        var account = AccountOf(verdict);
        notes.Account = account?.Name;
        record = record with { Account = account?.Name };
        switch (verdict)
        {
            case PasswordVerdict.Accepted when tenant is null:
                await RefuseAsync(context, record, UnknownTenant);
                return;
            case PasswordVerdict.Accepted when !account!.IsMemberOf(tenant.Id):
                await RefuseAsync(context, record, AuditReasons.NotAMember);
                return;
            case PasswordVerdict.Accepted accepted:
                await AdmitAsync(context, account, tenant, record, accepted.Token);
                return;
            case PasswordVerdict.Refused refused:
                await RefuseAsync(context, record, refused.Reason);
                return;
            case PasswordVerdict.Throttled throttled:
                audit.Post(record.Throttled(throttled.Reason));
                await OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.TooManyAttempts(throttled.RetryAfter));
                return;
            case PasswordVerdict.Unavailable unavailable:
                audit.Post(record.Unavailable());
                await OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.Unavailable(unavailable.RetryAfter));
                return;
            default:
                throw new InvalidOperationException($"A verdict that this dialect does not know: {verdict.GetType().Name}.");
        }
    }

    private async Task AdmitAsync(HttpContext context, Account account, Tenant tenant, GrantRecord record, ExternalToken? token)
    {
        var number = await numbers.NextAsync(OperationalIntelligenceDialect.Id, CancellationToken.None);
        var tokens = IssuedTokens.Draw(locales.Find(context.Request.Headers.AcceptLanguage) ?? locales.Default);
        var request = new TokenFamily.Request(number, record.Source, record.Time);
        if (token is not null)
        {
            tokens = tokens with { Access = token.Value };
            await AnswerAsync(context, await external.BeginAsync(tokens, token, account, tenant, record, request) ? tokens : null, number, tenant);
            return;
        }

        var sessions = family.Begin(tokens, account.Id, tenant.Id, request);
        var outcome = await families.BeginAsync(
            sessions,
            new SessionConditions { PasswordVersion = account.PasswordVersion },
            admission => admission == SessionAdmission.Added ? (record with { Session = sessions[0].Id }).Accepted(number) : record.Refused(AuditReasons.Disabled),
            CancellationToken.None);
        await AnswerAsync(context, outcome == SessionAdmission.Added ? tokens : null, number, tenant);
    }

    private Task AnswerAsync(HttpContext context, IssuedTokens? tokens, long number, Tenant tenant) => tokens is null
        ? OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.InvalidCredentials)
        : OperationalIntelligenceAnswers.WriteTokensAsync(context, new TokenAnswer(number, tokens, options.IdleTimeoutSeconds, tenant.InternalId));

    private Task RefuseAsync(HttpContext context, GrantRecord record, string reason)
    {
        audit.Post(record.Refused(reason));
        return OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.InvalidCredentials);
    }

    private static Account? AccountOf(PasswordVerdict verdict) => verdict switch
    {
        PasswordVerdict.Accepted accepted => accepted.Account,
        PasswordVerdict.Refused refused => refused.Account,
        PasswordVerdict.Throttled throttled => throttled.Account,
        _ => null,
    };
}
