using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>A client that has proved itself.</summary>
/// <param name="Account">Its account.</param>
/// <param name="Remembered">Whether its secret was remembered, so that nothing was asked for this request.</param>
internal sealed record OAuthClient(Account Account, bool Remembered);

/// <summary>
/// Finds the client of a request: an account with the role <c>client</c> and its password, decided by the same rules as
/// every other password. Who is no client learns nothing, not even why (HTT-143).
/// </summary>
internal sealed class ClientAuthenticator(PasswordSignIn signIn, AuditTrail audit, TimeProvider clock)
{
    private const string NotAClient = "not-a-client";

    /// <summary>Finds the client, or the error that the request is answered with.</summary>
    /// <param name="context">The request.</param>
    /// <param name="form">Its body.</param>
    /// <param name="auditsAcceptance">False where the answer writes a row of its own.</param>
    public async ValueTask<(OAuthClient? Client, OAuthError? Error)> FindAsync(HttpContext context, OAuthForm form, bool auditsAcceptance)
    {
        var (credential, error) = ClientCredential.Read(context.Request.Headers.Authorization, form);
        if (credential is null)
        {
            return (null, error);
        }

        var record = new GrantRecord(AuditEvents.SignIn, CallerLeg.Of(context).Source, clock.GetUtcNow())
        {
            Name = TypedText.Cut(credential.Id, AuditEvent.MaximumNameLength),
        };

        // Decided to its end even if the client hangs up: what was counted is audited.
        switch (await signIn.CheckAsync(new PasswordAttempt(credential.Id, credential.Secret, record.Source), CancellationToken.None))
        {
            case PasswordVerdict.Accepted accepted when accepted.Account.Has(Roles.Client):
                if (auditsAcceptance && !accepted.Remembered)
                {
                    audit.Post((record with { Account = accepted.Account.Name, Name = null }).Accepted());
                }

                return (new OAuthClient(accepted.Account, accepted.Remembered), null);
            case PasswordVerdict.Accepted accepted:
                audit.Post((record with { Account = accepted.Account.Name }).Refused(NotAClient));
                return (null, OAuthError.InvalidClient);
            case PasswordVerdict.Refused refused:
                audit.Post((record with { Account = refused.Account?.Name }).Refused(refused.Reason));
                return (null, OAuthError.InvalidClient);
            case PasswordVerdict.Throttled throttled:
                audit.Post((record with { Account = throttled.Account?.Name }).Throttled(throttled.Reason));
                return (null, OAuthError.TooManyAttempts(throttled.RetryAfter));
            case PasswordVerdict.Unavailable unavailable:
                audit.Post(record.Unavailable());
                return (null, OAuthError.Unavailable(unavailable.RetryAfter));
            case var other:
                throw new InvalidOperationException($"A verdict that the OAuth face does not know: {other.GetType().Name}.");
        }
    }
}
