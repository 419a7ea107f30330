using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.SignIn;

/// <summary>
/// Turns a principal that a handshake proved into the account that it means:
/// <list type="number">
/// <item>its realm names an authority, or it is a foreign one and refused (ATK-74);</item>
/// <item>an account of that name enters if that authority is its own;</item>
/// <item>a name without account gets one, as the authority describes the person.</item>
/// </list>
/// A lock by wrong passwords holds here, too (HTT-94).
/// </summary>
public sealed class HandshakeSignIn(
    IStore store,
    IHandshakeAuthority handshakes,
    AuthorityOrder order,
    ExternalAccounts externals,
    GuessThrottle throttle,
    ILogger<HandshakeSignIn> logger)
{
    private static readonly TimeSpan RetryShortly = TimeSpan.FromSeconds(5);

    /// <summary>Decides about a proved principal.</summary>
    /// <param name="principal"><c>name@REALM</c> or <c>DOMAIN\name</c>.</param>
    /// <param name="tenantKey">Key of the tenant that the sign-in is to, or null.</param>
    /// <param name="source">Address of the caller.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<PasswordVerdict> AcceptAsync(string principal, string? tenantKey, System.Net.IPAddress source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(principal);
        try
        {
            return await DecideAsync(principal, tenantKey, source, cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            CoreLog.StoreUnavailable(logger, exception);
            return new PasswordVerdict.Unavailable(RetryShortly);
        }
    }

    private async ValueTask<PasswordVerdict> DecideAsync(string principal, string? tenantKey, System.Net.IPAddress source, CancellationToken cancellationToken)
    {
        if (!TrySplit(principal, out var name, out var realm) || handshakes.AuthorityOf(realm) is not { } home)
        {
            return new PasswordVerdict.Refused(AuditReasons.ForeignDomain, null);
        }

        var found = (await store.Accounts.FindAsync(name.Key, cancellationToken))?.Account;
        if (found is not null && found.Authority != home)
        {
            return new PasswordVerdict.Refused(AuditReasons.ForeignDomain, found);
        }

        if (order.Find(home) is not { } authority)
        {
            return new PasswordVerdict.Unavailable(RetryShortly);
        }

        if (!order.For(tenantKey).Contains(authority))
        {
            return new PasswordVerdict.Refused(AuditReasons.ForeignAuthority, found);
        }

        var admission = await throttle.PeekAsync(name.Key, source, cancellationToken);
        return admission.State == GuessState.Locked
            ? new PasswordVerdict.Throttled(AuditReasons.Locked, found, admission.RetryAfter)
            : authority is IExternalAuthority external ? await RenewAsync(external, name, principal, found, cancellationToken)
            : found is { Enabled: true } && found.IsCalled(name) ? new PasswordVerdict.Accepted(found, Remembered: false)
            : new PasswordVerdict.Refused(found is null ? AuditReasons.UnknownAccount : found.Enabled ? AuditReasons.BadCredentials : AuditReasons.Disabled, found);
    }

    private async ValueTask<PasswordVerdict> RenewAsync(
        IExternalAuthority authority, CanonicalName name, string principal, Account? found, CancellationToken cancellationToken)
    {
        var lookup = await authority.FindAsync(name.Exact, principal, cancellationToken);
        if (lookup.State == PersonState.Unavailable)
        {
            return new PasswordVerdict.Unavailable(RetryShortly);
        }

        if (lookup.State == PersonState.Untold && found is { Enabled: true })
        {
            return new PasswordVerdict.Accepted(found, Remembered: false);
        }

        if (lookup is not { State: PersonState.Known, Person: { } person })
        {
            return new PasswordVerdict.Refused(AuditReasons.UnknownAccount, found);
        }

        var (account, refusal) = await externals.AcceptAsync(authority.Name, person, name.Key, cancellationToken);
        return account is null ? new PasswordVerdict.Refused(refusal!, found)
            : !account.Enabled ? new PasswordVerdict.Refused(AuditReasons.Disabled, account)
            : new PasswordVerdict.Accepted(account, Remembered: false);
    }

    /// <summary>Takes a principal apart. Some security libraries leave a NUL at its end.</summary>
    internal static bool TrySplit(string principal, out CanonicalName name, out string realm)
    {
        var text = principal.TrimEnd('\0');
        var (backslash, at) = (text.IndexOf('\\', StringComparison.Ordinal), text.LastIndexOf('@'));
        (var user, realm) = backslash > 0 ? (text[(backslash + 1)..], text[..backslash])
            : at > 0 ? (text[..at], text[(at + 1)..])
            : ("", "");
        name = default;
        return realm.Length > 0 && user.Length > 0 && !TypedText.HasControl(text) && CanonicalName.TryRead(user, out name)
            && CanonicalName.FaultOf(name.Exact, Account.MaximumNameLength) is null;
    }
}
