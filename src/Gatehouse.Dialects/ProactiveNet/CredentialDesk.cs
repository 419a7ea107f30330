using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>What became of name, password and tenant.</summary>
/// <param name="Account">Whose they are; when refused, whose they were meant to be.</param>
/// <param name="Tenant">The tenant that was named.</param>
/// <param name="Outcome">One of <see cref="AuditOutcomes"/>.</param>
/// <param name="Reason">What the operator learns.</param>
/// <param name="Error">The answer; null when they are right.</param>
internal sealed record CredentialVerdict(Account? Account, Tenant? Tenant, string Outcome, string? Reason, ProactiveNetError? Error)
{
    /// <summary>The single sign-on's own token, where it was wanted.</summary>
    public ExternalToken? Token { get; init; }
}

/// <summary>Decides about name, password and tenant, at login and at logout alike (PN-26 to PN-28, PN-77).</summary>
internal sealed class CredentialDesk(PasswordSignIn signIn, ProactiveNetTenants tenants, SsoRule sso)
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Decides; a store that cannot be asked is a verdict, too.</summary>
    /// <param name="fields">What was sent.</param>
    /// <param name="source">Address of the caller.</param>
    /// <param name="wantsToken">Whether a token of the single sign-on is wanted, where it makes the tokens.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<CredentialVerdict> CheckAsync(SignInFields fields, System.Net.IPAddress source, bool wantsToken, CancellationToken cancellationToken)
    {
        try
        {
            var attempt = new PasswordAttempt(fields.UserName!, fields.Password!, source)
            {
                TenantKey = (await tenants.FindAsync(fields.TenantName, cancellationToken))?.Key,
                WantsToken = wantsToken && sso.IsIssuer,
            };
            return await signIn.CheckAsync(attempt, cancellationToken) switch
            {
                PasswordVerdict.Accepted accepted => await CheckTenantAsync(fields.TenantName, attempt, accepted, cancellationToken),
                PasswordVerdict.Refused refused => Refuse(refused.Account, null, refused.Reason),
                PasswordVerdict.Throttled throttled => new(throttled.Account, null, AuditOutcomes.Throttled, throttled.Reason, ProactiveNetError.TooManyRequests(throttled.RetryAfter)),
                PasswordVerdict.Unavailable unavailable => Unavailable(unavailable.RetryAfter),
                var other => throw new InvalidOperationException($"A verdict that this dialect does not know: {other.GetType().Name}."),
            };
        }
        catch (StoreUnavailableException)
        {
            return Unavailable(RetryStore);
        }
    }

    private async ValueTask<CredentialVerdict> CheckTenantAsync(string? typed, PasswordAttempt attempt, PasswordVerdict.Accepted accepted, CancellationToken cancellationToken)
    {
        var (tenant, reason) = await tenants.FindAsync(typed, accepted.Account, cancellationToken);
        reason ??= sso.RefusalOf(accepted.Account);
        if (reason is null)
        {
            return new(accepted.Account, tenant, AuditOutcomes.Accepted, null, null) { Token = accepted.Token };
        }

        if (accepted.Remembered)
        {
            // It was quick; a wrong password is not, and nobody shall tell the two apart (PN-28).
            await signIn.CheckAsync(attempt with { Anew = true }, cancellationToken);
        }

        return Refuse(accepted.Account, tenant, reason);
    }

    private static CredentialVerdict Refuse(Account? account, Tenant? tenant, string reason) =>
        new(account, tenant, AuditOutcomes.Refused, reason, ProactiveNetError.AuthenticationFailed);

    private static CredentialVerdict Unavailable(TimeSpan retryAfter) =>
        new(null, null, AuditOutcomes.Unavailable, AuditReasons.Unavailable, ProactiveNetError.Unavailable(retryAfter));
}
