using System.Net;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.SignIn;

/// <summary>What became of a leg, and of the sign-in if it was the last one.</summary>
/// <param name="Token">What goes back to the caller; null where there is nothing.</param>
/// <param name="Principal">Who it is, or claims to be; null while nobody has been named.</param>
/// <param name="Verdict">The decision; null while another leg is needed.</param>
public sealed record HandshakeStep(byte[]? Token, Principal? Principal, PasswordVerdict? Verdict)
{
    /// <summary>The account as it was proved, for a connection that is believed further on. Null unless accepted.</summary>
    public ProvenAccount? Proven { get; init; }
}

/// <summary>
/// Takes the legs of a handshake, and turns the principal that it proves into the account that is meant:
/// <list type="number">
/// <item>a leg that proves a password is a guess: counted before it is checked, under the one key of the account (HTT-88);</item>
/// <item>an account of exactly the proven name enters, if the operator made it (MIC-101);</item>
/// <item>else the realm names an authority, or it is a foreign one and refused (ATK-74);</item>
/// <item>the account of that name enters if that authority is its own; one of an external authority is made and renewed as at every sign-in.</item>
/// </list>
/// A lock by wrong passwords holds here, too (HTT-94).
/// </summary>
public sealed class HandshakeSignIn(
    IStore store,
    IHandshakeAuthority handshakes,
    AuthorityOrder order,
    ExternalAccounts externals,
    AccountDirectory accounts,
    SessionRegistry sessions,
    GuessThrottle throttle,
    AuditTrail audit,
    TimeProvider clock,
    ILogger<HandshakeSignIn> logger)
{
    private static readonly TimeSpan RetryShortly = TimeSpan.FromSeconds(5);
    private readonly GuessSettlement _guesses = new(throttle, accounts, audit, clock, logger);

    /// <summary>Takes a leg.</summary>
    /// <param name="handshake">The handshake that it belongs to.</param>
    /// <param name="token">The leg.</param>
    /// <param name="tenantKey">Key of the tenant that the sign-in is to, or null.</param>
    /// <param name="source">Address of the caller.</param>
    public async ValueTask<HandshakeStep> StepAsync(IHandshake handshake, ReadOnlyMemory<byte> token, string? tenantKey, IPAddress source)
    {
        ArgumentNullException.ThrowIfNull(handshake);
        try
        {
            return handshake.ClaimIn(token.Span) is { } claim
                ? await GuessAsync(handshake, token, claim, tenantKey, source)
                : await AskAsync(handshake, token, claim: null, tenantKey, new Attempt(source, CountedKey: null));
        }
        catch (StoreUnavailableException exception)
        {
            CoreLog.StoreUnavailable(logger, exception);
            return new HandshakeStep(null, null, new PasswordVerdict.Unavailable(RetryShortly));
        }
    }

    /// <summary>The account of a handshake that is still believed on its connection (MIC-99): null once it was cut off, disabled or changed.</summary>
    /// <exception cref="StoreUnavailableException">The store must be asked, and cannot be.</exception>
    public async ValueTask<Account?> RecallAsync(ProvenAccount proven, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(proven);
        var account = await sessions.ReadAccountAsync(proven.Entry, cancellationToken);
        return proven.HoldsFor(account, sessions.CutOff) ? account : null;
    }

    /// <summary>A leg that proves a password. Runs to its end even if the caller goes away.</summary>
    private async ValueTask<HandshakeStep> GuessAsync(IHandshake handshake, ReadOnlyMemory<byte> token, Principal claim, string? tenantKey, IPAddress source)
    {
        var (key, known) = await KeyOfAsync(claim, source);
        var guess = await throttle.AdmitAsync(key, source, CancellationToken.None);
        if (guess.Admission.State != GuessState.Open)
        {
            var reason = guess.Admission.State == GuessState.Locked ? AuditReasons.Locked : AuditReasons.Throttled;
            return new HandshakeStep(null, claim, new PasswordVerdict.Throttled(reason, known, guess.Admission.RetryAfter));
        }

        var step = await AskAsync(handshake, token, claim, tenantKey, new Attempt(source, key));
        var outcome = step.Verdict switch
        {
            PasswordVerdict.Accepted => GuessOutcome.Right,
            PasswordVerdict.Refused => GuessOutcome.Wrong,
            _ => GuessOutcome.GivenBack,
        };
        await _guesses.SettleAsync(guess, outcome, claim.Text, known);
        return step;
    }

    private async ValueTask<HandshakeStep> AskAsync(IHandshake handshake, ReadOnlyMemory<byte> token, Principal? claim, string? tenantKey, Attempt attempt)
    {
        var globalCutOff = sessions.CutOff;
        var answer = await handshake.NextAsync(token, CancellationToken.None);
        switch (answer)
        {
            case { State: HandshakeState.Continue }:
                return new HandshakeStep(answer.Token, claim, null);
            case { State: HandshakeState.Unavailable }:
                return new HandshakeStep(null, claim, new PasswordVerdict.Unavailable(RetryShortly));
            case { State: HandshakeState.Completed, Principal: { } principal }:
                // Counted was the name that was claimed: another one must not come out of it.
                var verdict = claim is null == (principal.Mechanism == HandshakeMechanisms.Ntlm) || (claim is not null && !IsSame(claim, principal))
                    ? new PasswordVerdict.Refused(AuditReasons.ForeignPerson, null)
                    : await DecideAsync(principal, tenantKey, attempt);
                var proven = verdict is PasswordVerdict.Accepted accepted ? ProvenAccount.Of(accounts.EntryOf(accepted.Account.Id), accepted.Account, globalCutOff) : null;
                return new HandshakeStep(answer.Token, principal, verdict) { Proven = proven };
            default:
                return new HandshakeStep(null, claim, new PasswordVerdict.Refused(AuditReasons.Handshake, null));
        }
    }

    private static bool IsSame(Principal claim, Principal proved) =>
        CanonicalName.TryRead(claim.Text, out var one) && CanonicalName.TryRead(proved.Text, out var other) && one.Key == other.Key;

    /// <summary>The one key under which guesses at a principal's password are counted, whatever door they come through (ATK-8).</summary>
    private async ValueTask<(string Key, Account? Account)> KeyOfAsync(Principal claim, IPAddress source)
    {
        var full = KeyOf(claim.Text);
        if ((await store.Accounts.FindAsync(full, CancellationToken.None))?.Account is { } exact)
        {
            return (full, exact);
        }

        // A domain that nobody here has counts by itself; none at all may be meant for anybody.
        var home = claim.Realm.Length == 0 ? Account.LocalAuthority : handshakes.AuthorityOf(claim.Realm);
        if (home is null)
        {
            return (full, null);
        }

        var inner = KeyOf(claim.Name);
        if ((await store.Accounts.FindAsync(inner, CancellationToken.None))?.Account is { } account)
        {
            return (inner, account);
        }

        // Not for a name or source that has to wait anyway.
        return order.Find(home) is IExternalAuthority external
            && (await throttle.PeekAsync(inner, source, CancellationToken.None)).State == GuessState.Open
            && await external.FindAsync(claim, CancellationToken.None) is { State: PersonState.Known, Person: { } person }
            && ExternalAccounts.IsUsable(person, out var name)
                ? (name.Key, (await store.Accounts.FindAsync(name.Key, CancellationToken.None))?.Account)
                : (inner, null);
    }

    private static string KeyOf(string text) => CanonicalName.TryRead(text, out var name) ? TypedText.Cut(name.Key, PasswordAttempt.MaximumNameLength) : "";

    private async ValueTask<PasswordVerdict> DecideAsync(Principal principal, string? tenantKey, Attempt attempt)
    {
        if (!IsUsable(principal, out var full, out var name))
        {
            return new PasswordVerdict.Refused(AuditReasons.Malformed, null);
        }

        var home = handshakes.AuthorityOf(principal.Realm);
        if ((await store.Accounts.FindAsync(full.Key, CancellationToken.None))?.Account is { } exact && (exact.Authority == Account.LocalAuthority || exact.Authority != home))
        {
            // The operator gave a local account the whole name, realm and all: that is whom he means by it.
            return exact.Authority != Account.LocalAuthority ? new PasswordVerdict.Refused(AuditReasons.ForeignDomain, exact)
                : MayAnswer(Account.LocalAuthority, tenantKey) ? await AdmitAsync(exact, IsCalled(exact, full, principal), attempt)
                : new PasswordVerdict.Refused(AuditReasons.ForeignAuthority, exact);
        }

        if (home is null)
        {
            return new PasswordVerdict.Refused(AuditReasons.ForeignDomain, null);
        }

        return order.Find(home) switch
        {
            null => new PasswordVerdict.Unavailable(RetryShortly),
            _ when !MayAnswer(home, tenantKey) => new PasswordVerdict.Refused(AuditReasons.ForeignAuthority, null),
            IExternalAuthority external => await RenewAsync(external, principal, name, attempt),
            _ => (await store.Accounts.FindAsync(name.Key, CancellationToken.None))?.Account switch
            {
                null => new PasswordVerdict.Refused(AuditReasons.UnknownAccount, null),
                { } found when found.Authority != home => new PasswordVerdict.Refused(AuditReasons.ForeignDomain, found),
                { } found => await AdmitAsync(found, IsCalled(found, name, principal), attempt),
            },
        };
    }

    private bool MayAnswer(string authority, string? tenantKey) => order.Find(authority) is { } known && order.For(tenantKey).Contains(known);

    /// <summary>NTLM knows no letter case; two principals of Kerberos may differ in nothing else.</summary>
    private static bool IsCalled(Account account, CanonicalName name, Principal principal) =>
        principal.Mechanism == HandshakeMechanisms.Ntlm ? account.Key == name.Key : account.IsCalled(name);

    private async ValueTask<PasswordVerdict> RenewAsync(IExternalAuthority authority, Principal principal, CanonicalName name, Attempt attempt)
    {
        var lookup = await authority.FindAsync(principal, CancellationToken.None);
        switch (lookup)
        {
            case { State: PersonState.Unavailable }:
                return new PasswordVerdict.Unavailable(RetryShortly);
            case { State: PersonState.Untold }:
                // It says nothing without a password: whoever has signed in with one before is known.
                return (await store.Accounts.FindAsync(name.Key, CancellationToken.None))?.Account is { } known
                    ? await AdmitAsync(known, known.Authority == authority.Name, attempt)
                    : new PasswordVerdict.Refused(AuditReasons.UnknownAccount, null);
            case { State: PersonState.Known, Person: { } person } when ExternalAccounts.IsUsable(person, out var called):
                var found = (await store.Accounts.FindAsync(called.Key, CancellationToken.None))?.Account;
                if (found is not null && found.Authority != authority.Name)
                {
                    return new PasswordVerdict.Refused(AuditReasons.ForeignDomain, found);
                }

                var (account, refusal) = await externals.AcceptAsync(authority.Name, person, called.Key, CancellationToken.None);
                return account is null ? new PasswordVerdict.Refused(refusal!, found) : await AdmitAsync(account, isCalled: true, attempt);
            default:
                return new PasswordVerdict.Refused(AuditReasons.UnknownAccount, null);
        }
    }

    private async ValueTask<PasswordVerdict> AdmitAsync(Account account, bool isCalled, Attempt attempt)
    {
        // A guess that is under way counts as wrong until it is settled: it must not stand in its own way.
        var admission = account.Key == attempt.CountedKey ? default : await throttle.PeekAsync(account.Key, attempt.Source, CancellationToken.None);
        return admission.State == GuessState.Locked ? new PasswordVerdict.Throttled(AuditReasons.Locked, account, admission.RetryAfter)
            : !account.Enabled ? new PasswordVerdict.Refused(AuditReasons.Disabled, account)
            : !isCalled ? new PasswordVerdict.Refused(AuditReasons.BadCredentials, account)
            : new PasswordVerdict.Accepted(account, Remembered: false);
    }

    /// <summary>Whether an account could have the name, with and without the realm.</summary>
    private static bool IsUsable(Principal principal, out CanonicalName full, out CanonicalName name)
    {
        (full, name) = (default, default);
        return principal.Realm.Length > 0
            && CanonicalName.FaultOf(principal.Name, Account.MaximumNameLength) is null
            && CanonicalName.FaultOf(principal.Text, 2 * Account.MaximumNameLength) is null
            && CanonicalName.TryRead(principal.Text, out full)
            && CanonicalName.TryRead(principal.Name, out name);
    }

    /// <summary>Where a leg came from, and the key under which it was counted; null where it was not.</summary>
    private readonly record struct Attempt(IPAddress Source, string? CountedKey);
}
