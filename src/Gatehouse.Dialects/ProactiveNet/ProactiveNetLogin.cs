using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>A name and a password for a token (contract sections 2 and 3).</summary>
internal sealed class ProactiveNetLogin(CredentialDesk credentials, TokenIssue issue, AuditTrail audit, ProactiveNetAnswers answers, TimeProvider clock)
{
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
        var verdict = await credentials.CheckAsync(fields!, source, wantsToken: true, context.RequestAborted);
        var record = new SignInRecord(AuditEvents.SignIn, SignInMethods.AuthToken, fields!.UserName!, source, clock.GetUtcNow());
        if (verdict.Error is { } refusal)
        {
            audit.Post(record.Event(verdict.Outcome, verdict.Account, verdict.Reason, verdict.Tenant));
            await answers.WriteErrorAsync(context, refusal);
            return;
        }

        try
        {
            await (await issue.IssueAsync(record, verdict, context.RequestAborted) is { } token
                ? ProactiveNetAnswers.WriteTokenAsync(context, token.Value, token.Issued, token.Expires)
                : answers.WriteErrorAsync(context, ProactiveNetError.AuthenticationFailed));
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Event(AuditOutcomes.Unavailable, verdict.Account, AuditReasons.Unavailable, verdict.Tenant));
            throw;
        }
    }
}
