using System.Security.Cryptography;
using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>A name and a password for a token (contract sections 2 and 3).</summary>
internal sealed class ProactiveNetLogin(CredentialDesk credentials, SessionDesk desk, AuditTrail audit, ProactiveNetAnswers answers, TokenLife life, TimeProvider clock)
{
    private const int TokenBytes = 20;
    private static readonly string[] Fields = [SignInFields.UserNameField, SignInFields.PasswordField, SignInFields.TenantNameField];

    /// <summary>Answers a login.</summary>
    /// <param name="context">The request.</param>
    /// <param name="takesJson">Whether JSON is taken, too (PN-84).</param>
    public async Task HandleAsync(HttpContext context, bool takesJson)
    {
        var (fields, error) = await SignInFields.ReadAsync(context, Fields, takesJson);
        if ((error ?? fields!.Missing) is { } fault)
        {
            await answers.WriteErrorAsync(context, fault);
            return;
        }

        var source = CallerLeg.Of(context).Source;
        var verdict = await credentials.CheckAsync(fields!, source, context.RequestAborted);
        var record = new SignInRecord(AuditEvents.SignIn, SignInMethods.AuthToken, fields!.UserName!, source, clock.GetUtcNow());
        if (verdict.Error is { } refusal)
        {
            audit.Post(record.Event(verdict.Outcome, verdict.Account, verdict.Reason, verdict.Tenant));
            await answers.WriteErrorAsync(context, refusal);
            return;
        }

        try
        {
            await AdmitAsync(context, record, verdict);
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Event(AuditOutcomes.Unavailable, verdict.Account, AuditReasons.Unavailable, verdict.Tenant));
            throw;
        }
    }

    private async Task AdmitAsync(HttpContext context, SignInRecord record, CredentialVerdict verdict)
    {
        // The end that is written has whole seconds, and is the end (PN-35): counted from the second that is written, too.
        var issued = DateTimeOffset.FromUnixTimeSeconds(record.Time.ToUnixTimeSeconds());
        var expires = issued + life.Value;
        var account = verdict.Account!;
        var token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenBytes));
        var session = new Session
        {
            Id = PublicId.New(record.Time),
            Token = TokenHash.Of(token),
            Kind = SessionKind.Session,
            AccountId = account.Id,
            Dialect = ProactiveNetDialect.Id,
            Issued = record.Time,
            LastUsed = record.Time,
            Expires = expires,
            Source = CallerSource.TextOf(record.Source),
            Tenants = verdict.Tenant is { } tenant ? [tenant.Id] : [],
            Retention = life.Retention,
        };
        var outcome = await desk.IssueAsync(
            session,
            new SessionConditions { PasswordVersion = account.PasswordVersion },
            admission => admission == SessionAdmission.Added
                ? record.Event(AuditOutcomes.Accepted, account, null, verdict.Tenant, session.Id)
                : record.Event(AuditOutcomes.Refused, account, AuditReasons.Disabled, verdict.Tenant),
            context.RequestAborted);
        await (outcome == SessionAdmission.Added
            ? ProactiveNetAnswers.WriteTokenAsync(context, token, issued, expires)
            : answers.WriteErrorAsync(context, ProactiveNetError.AuthenticationFailed));
    }
}
