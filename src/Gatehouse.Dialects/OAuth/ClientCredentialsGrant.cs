using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary><c>grant_type=client_credentials</c>: an access token for the client itself (HTT-146).</summary>
internal sealed class ClientCredentialsGrant(AccessTokens tokens, SessionDesk desk, AuditTrail audit, TimeProvider clock)
{
    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context, Account client, TokenRequest.ByClient request)
    {
        var record = new GrantRecord(AuditEvents.SignIn, CallerLeg.Of(context).Source, clock.GetUtcNow()) { Account = client.Name, Client = client.Name };
        if (TenantBinding.Find(request.Scopes, client, bound: []) is not { } tenant)
        {
            audit.Post(record.Refused(AuditReasons.NotAMember));
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.InvalidScope);
            return;
        }

        var issued = tokens.Issue(new AccessRequest(client, client, request.Audience, request.Scopes, tenant, record.Source, record.Time))!;
        record = record with { Tenant = tenant.Name };
        try
        {
            var outcome = await desk.IssueAsync(
                issued.Session,
                new SessionConditions { PasswordVersion = client.PasswordVersion },
                admission => admission == SessionAdmission.Added ? (record with { Session = issued.Session.Id }).Accepted() : record.Refused(AuditReasons.Disabled),
                CancellationToken.None);
            await (outcome == SessionAdmission.Added
                ? OAuthAnswers.WriteTokenAsync(context, new TokenAnswer(issued.Token, issued.ExpiresIn, request.Scopes.Text))
                : OAuthAnswers.WriteErrorAsync(context, OAuthError.InvalidClient));
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Unavailable());
            throw;
        }
    }
}
