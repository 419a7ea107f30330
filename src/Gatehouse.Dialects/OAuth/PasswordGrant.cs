using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>
/// <c>grant_type=password</c>, for clients that are being moved from somewhere else: a user's name and password for the first
/// tokens of a family (HTT-147 to HTT-149). Off unless a client is listed.
/// </summary>
internal sealed class PasswordGrant(PasswordSignIn signIn, RefreshFamilies families, GrantFamily family, AuditTrail audit, TimeProvider clock)
{
    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context, Account client, TokenRequest.ByPassword request)
    {
        var record = new GrantRecord(AuditEvents.SignIn, CallerLeg.Of(context).Source, clock.GetUtcNow())
        {
            Client = client.Name,
            Name = TypedText.Cut(request.TypedName, AuditEvent.MaximumNameLength),
        };
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

    private async Task DecideAsync(HttpContext context, Account client, TokenRequest.ByPassword request, GrantRecord record)
    {
        switch (await signIn.CheckAsync(new PasswordAttempt(request.TypedName, request.Secret, record.Source), CancellationToken.None))
        {
            case PasswordVerdict.Accepted accepted:
                await AdmitAsync(context, client, accepted.Account, request, record with { Account = accepted.Account.Name, Name = null });
                return;
            case PasswordVerdict.Refused refused:
                audit.Post((record with { Account = refused.Account?.Name }).Refused(refused.Reason));
                await OAuthAnswers.WriteErrorAsync(context, OAuthError.InvalidGrant);
                return;
            case PasswordVerdict.Throttled throttled:
                audit.Post((record with { Account = throttled.Account?.Name }).Throttled(throttled.Reason));
                await OAuthAnswers.WriteErrorAsync(context, OAuthError.TooManyAttempts(throttled.RetryAfter));
                return;
            case PasswordVerdict.Unavailable unavailable:
                audit.Post(record.Unavailable());
                await OAuthAnswers.WriteErrorAsync(context, OAuthError.Unavailable(unavailable.RetryAfter));
                return;
            case var other:
                throw new InvalidOperationException($"A verdict that the OAuth face does not know: {other.GetType().Name}.");
        }
    }

    private async Task AdmitAsync(HttpContext context, Account client, Account account, TokenRequest.ByPassword request, GrantRecord record)
    {
        if (TenantBinding.Find(request.Scopes, account, bound: []) is not { } tenant)
        {
            audit.Post(record.Refused(AuditReasons.NotAMember));
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.InvalidScope);
            return;
        }

        // A family begins with at least a second of life: there is always a pair.
        var (pair, sessions) = family.Begin(new AccessRequest(account, client, request.Audience, request.Scopes, tenant, record.Source, record.Time))!.Value;
        var outcome = await families.BeginAsync(
            sessions,
            new SessionConditions { PasswordVersion = account.PasswordVersion },
            admission => admission == SessionAdmission.Added ? (record with { Tenant = tenant.Name, Session = sessions[0].Id }).Accepted() : record.Refused(AuditReasons.Disabled),
            CancellationToken.None);
        await (outcome == SessionAdmission.Added
            ? OAuthAnswers.WriteTokenAsync(context, pair.AnswerAt(record.Time))
            : OAuthAnswers.WriteErrorAsync(context, OAuthError.InvalidGrant));
    }
}
