using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>Ends one token, or by name and password all of an account (contract section 7). The 200 goes out when the store has confirmed.</summary>
internal sealed class ProactiveNetLogout(
    CredentialDesk credentials, ProactiveNetTokens tokens, ExternalTokens externals, SessionDesk desk, AuditTrail audit, ProactiveNetAnswers answers, TimeProvider clock)
{
    private static readonly TimeSpan RetrySso = TimeSpan.FromSeconds(5);

    /// <summary>Answers a logout.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isFront">At the later front server: JSON is taken, too, and a bad token has other words.</param>
    public async Task HandleAsync(HttpContext context, bool isFront)
    {
        var header = ProactiveNetCredential.Read(context.Request);
        if (header is ProactiveNetCredential.Several)
        {
            await answers.WriteErrorAsync(context, ProactiveNetError.MoreThanOneCredential);
            return;
        }

        var (fields, fault) = await SignInFields.ReadAsync(context, SignInFields.Names, isFront);
        var error = fault ?? await EndAsync(context, header, fields!, isFront ? ProactiveNetError.InvalidToken : ProactiveNetError.AuthenticationFailed);
        await (error is null ? answers.WriteLoggedOutAsync(context) : answers.WriteErrorAsync(context, error));
    }

    /// <summary>Ends the session of a token.</summary>
    /// <param name="context">The request.</param>
    /// <param name="token">The token.</param>
    /// <param name="invalid">The answer to a token that is none.</param>
    /// <returns>The error to answer with, or null when it ended by this call.</returns>
    public async ValueTask<ProactiveNetError?> EndTokenAsync(HttpContext context, string token, ProactiveNetError invalid)
    {
        var finding = await tokens.FindAsync(token, context.RequestAborted);
        if (finding.Caller is not { } caller)
        {
            return finding.Error ?? invalid;
        }

        if (caller.IsApiToken)
        {
            // A script that tidies up must not kill a permanent token (PN-54).
            return ProactiveNetError.AccessDenied;
        }

        // The single sign-on first (PN-95): while it has not confirmed, the record stays, and the caller can try again.
        var session = caller.Live!;
        if (!await externals.EndAsync(session, token, CancellationToken.None))
        {
            return ProactiveNetError.Unavailable(RetrySso);
        }

        var signOut = new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Event = AuditEvents.SignOut,
            Outcome = AuditOutcomes.Accepted,
            Account = caller.Account.Name,
            Dialect = ProactiveNetDialect.Id,
            Method = SignInMethods.AuthToken,
            Tenant = caller.OnlyTenant,
            Source = CallerSource.TextOf(CallerLeg.Of(context).Source),
            Session = session.Id.ToString(),
        };
        return await desk.EndAsync(session.Id, signOut, CancellationToken.None) ? null : invalid;
    }

    private ValueTask<ProactiveNetError?> EndAsync(HttpContext context, ProactiveNetCredential header, SignInFields fields, ProactiveNetError invalid)
    {
        var shown = string.IsNullOrEmpty(fields.AuthToken) ? null : fields.AuthToken;
        if (header is ProactiveNetCredential.None)
        {
            return shown is not null ? EndTokenAsync(context, shown, invalid) : EndAllAsync(context, fields);
        }

        // Another scheme, the Base64 format included, ends nothing (PN-59).
        var inHeader = (header as ProactiveNetCredential.Token)?.Value;
        var differ = shown is not null && (inHeader is null || TokenHash.Of(shown) != TokenHash.Of(inHeader));
        return differ ? new(ProactiveNetError.MoreThanOneCredential) : inHeader is null ? new(invalid) : EndTokenAsync(context, inHeader, invalid);
    }

    /// <summary>PN-74, PN-75: all tokens of the account in this dialect, or those whose login named the tenant.</summary>
    private async ValueTask<ProactiveNetError?> EndAllAsync(HttpContext context, SignInFields fields)
    {
        if (fields.Missing is { } missing)
        {
            return missing;
        }

        var source = CallerLeg.Of(context).Source;
        var verdict = await credentials.CheckAsync(fields, source, wantsToken: false, context.RequestAborted);
        var record = new SignInRecord(AuditEvents.SignOut, SignInMethods.AuthToken, fields.UserName!, source, clock.GetUtcNow());
        if (verdict.Error is { } refusal)
        {
            audit.Post(record.Event(verdict.Outcome, verdict.Account, verdict.Reason, verdict.Tenant));
            return refusal;
        }

        var filter = new SessionFilter { AccountId = verdict.Account!.Id, Dialect = ProactiveNetDialect.Id, Kind = SessionKind.Session, TenantId = verdict.Tenant?.Id };
        try
        {
            await desk.EndAsync(filter, record.Event(AuditOutcomes.Accepted, verdict.Account, null, verdict.Tenant), CancellationToken.None);
            return null;
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Event(AuditOutcomes.Unavailable, verdict.Account, AuditReasons.Unavailable, verdict.Tenant));
            throw;
        }
    }
}
