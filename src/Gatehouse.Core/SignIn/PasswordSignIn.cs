using System.Collections.Concurrent;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.SignIn;

/// <summary>
/// Decides about names and passwords, for every door alike:
/// <list type="number">
/// <item>what cannot be a password is refused, without an authority;</item>
/// <item>what was right a moment ago is right, unless the account changed or is locked;</item>
/// <item>equal questions in flight are one question;</item>
/// <item>whom the name means is found out, a guess is counted, that account's own authority is asked, the count is settled.</item>
/// </list>
/// </summary>
public sealed class PasswordSignIn(
    IStore store,
    AuthorityOrder authorities,
    ExternalAccounts externals,
    OfflineVerifier offline,
    AccountDirectory accounts,
    SessionRegistry sessions,
    GuessThrottle throttle,
    VerifiedPasswords verified,
    AuditTrail audit,
    TimeProvider clock,
    ILogger<PasswordSignIn> logger)
{
    private static readonly TimeSpan RetryShortly = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    private readonly NameResolution _names = new(store, authorities);
    private readonly RefusalPace _pace = new(authorities, clock);
    private readonly GuessSettlement _guesses = new(throttle, accounts, audit, clock, logger);
    private readonly ConcurrentDictionary<TokenHash, Lazy<Task<PasswordVerdict>>> _inFlight = new();

    /// <summary>Decides about a name and a password.</summary>
    public async ValueTask<PasswordVerdict> CheckAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        try
        {
            if (FaultOf(attempt, out var name, out var password) is { } fault)
            {
                return await RefuseUnlookedAsync(name, attempt, fault, cancellationToken);
            }

            var key = verified.KeyOf(name.Key, name.Exact, password, attempt.AdditionalText ?? "", authorities.ScopeOf(attempt.TenantKey), attempt.UnknownIsGuest ? "guest" : "", attempt.WantsToken ? "token" : "");
            return (attempt.Anew ? null : await RecallAsync(key, attempt.WantsToken, cancellationToken))
                ?? await JoinAsync(key, () => DecideAsync(key, name, password, attempt), cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            CoreLog.StoreUnavailable(logger, exception);
            return new PasswordVerdict.Unavailable(RetryStore);
        }
    }

    /// <summary>Step 1: what cannot be a password.</summary>
    private static string? FaultOf(PasswordAttempt attempt, out CanonicalName name, out string password)
    {
        password = "";
        var readable = CanonicalName.TryRead(attempt.TypedName, out name) && TypedText.TryNormalize(attempt.Password, out password);
        return true switch
        {
            _ when !readable => AuditReasons.Malformed,
            _ when name.Exact.Length == 0 || string.IsNullOrWhiteSpace(password) => AuditReasons.Blank,
            _ when TypedText.HasControl(attempt.TypedName) || TypedText.HasControl(password) => AuditReasons.Malformed,
            _ when TypedText.Length(attempt.TypedName) > PasswordAttempt.MaximumNameLength => AuditReasons.Malformed,
            _ when TypedText.Length(attempt.Password) > PasswordAttempt.MaximumPasswordLength => AuditReasons.Malformed,
            _ when attempt.AdditionalText is { } text && TypedText.Length(text) > PasswordAttempt.MaximumAdditionalTextLength => AuditReasons.Malformed,
            _ => null,
        };
    }

    private async ValueTask<PasswordVerdict> RefuseUnlookedAsync(CanonicalName name, PasswordAttempt attempt, string fault, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(name.Key) || name.Key.Length > PasswordAttempt.MaximumNameLength)
        {
            return new PasswordVerdict.Refused(fault, null);
        }

        var account = (await store.Accounts.FindAsync(name.Key, cancellationToken))?.Account;
        var admission = await throttle.PeekAsync(name.Key, attempt.Source, cancellationToken);
        return admission.State == GuessState.Open ? new PasswordVerdict.Refused(fault, account) : Throttled(admission, account);
    }

    /// <summary>Step 2: what was right a moment ago.</summary>
    private async ValueTask<PasswordVerdict?> RecallAsync(TokenHash key, bool wantsToken, CancellationToken cancellationToken)
    {
        if (verified.Recall(key) is not { } remembered)
        {
            return null;
        }

        var account = await sessions.ReadAccountAsync(remembered.Account, cancellationToken);
        return remembered.HoldsFor(account, sessions.CutOff)
            && !account!.IsLocked(clock.GetUtcNow())
            && !(wantsToken && authorities.Find(account.Authority) is ITokenAuthority)
            ? new PasswordVerdict.Accepted(account, Remembered: true)
            : null;
    }

    /// <summary>Step 3: equal questions in flight are one question (HTT-84, HTT-93).</summary>
    private async Task<PasswordVerdict> JoinAsync(TokenHash key, Func<Task<PasswordVerdict>> decide, CancellationToken cancellationToken)
    {
        var own = new Lazy<Task<PasswordVerdict>>(() => FlyAsync(key, decide));
        var flight = _inFlight.GetOrAdd(key, own);
        var verdict = await flight.Value.WaitAsync(cancellationToken);
        return ReferenceEquals(flight, own) || verdict is not PasswordVerdict.Accepted accepted ? verdict : accepted with { Remembered = true };
    }

    private async Task<PasswordVerdict> FlyAsync(TokenHash key, Func<Task<PasswordVerdict>> decide)
    {
        try
        {
            return await decide();
        }
        finally
        {
            _inFlight.TryRemove(key, out _);
        }
    }

    /// <summary>Step 4: find out who is meant, count, ask, settle. Runs to its end even if the caller goes away.</summary>
    private async Task<PasswordVerdict> DecideAsync(TokenHash key, CanonicalName name, string password, PasswordAttempt attempt)
    {
        var (started, globalCutOff) = (clock.GetTimestamp(), sessions.CutOff);
        var meaning = await _names.RecallAsync(name, attempt.TenantKey);
        if (meaning is null)
        {
            // A directory must be asked who that is. Not for a name or source that has to wait anyway.
            var peek = await throttle.PeekAsync(name.Key, attempt.Source, CancellationToken.None);
            if (peek.State != GuessState.Open)
            {
                return Throttled(peek, null);
            }

            meaning = await _names.AskAsync(name, attempt.TenantKey);
        }

        if (meaning.IsUnavailable)
        {
            return new PasswordVerdict.Unavailable(RetryShortly);
        }

        var guess = await throttle.AdmitAsync(meaning.Key, attempt.Source, CancellationToken.None);
        if (guess.Admission.State != GuessState.Open)
        {
            return Throttled(guess.Admission, meaning.Account?.Account);
        }

        var (answer, account) = await AnswerAsync(meaning, name, password, attempt);
        var outcome = answer.Decision switch
        {
            AuthorityDecision.Unavailable => GuessOutcome.GivenBack,
            AuthorityDecision.Right => GuessOutcome.Right,
            _ => meaning.IsNobody && attempt.UnknownIsGuest ? GuessOutcome.GivenBack : GuessOutcome.Wrong,
        };
        await _guesses.SettleAsync(guess, outcome, name.Exact, account ?? meaning.Account?.Account);
        switch (answer.Decision)
        {
            case AuthorityDecision.Unavailable:
                return new PasswordVerdict.Unavailable(RetryShortly);
            case AuthorityDecision.Wrong:
                await _pace.HoldAsync(RefuserOf(meaning), started);
                return new PasswordVerdict.Refused(ReasonOf(meaning, answer), meaning.Account?.Account);
            default:
                verified.Remember(key, accounts.EntryOf(account!.Id), account, globalCutOff);
                return new PasswordVerdict.Accepted(account, Remembered: false) { Token = answer.Token };
        }
    }

    /// <summary>Asks those who may answer, and takes over what they say of the person.</summary>
    /// <returns>The answer; and the account, where it is right.</returns>
    private async ValueTask<(AuthorityAnswer Answer, Account? Account)> AnswerAsync(NameMeaning meaning, CanonicalName name, string password, PasswordAttempt attempt)
    {
        var question = new PasswordQuestion(meaning.Name, meaning.Account, password, attempt.AdditionalText) { WantsToken = attempt.WantsToken };
        foreach (var authority in meaning.Authorities)
        {
            var answer = await authority.CheckAsync(question, CancellationToken.None);
            if (authority is IExternalAuthority external)
            {
                answer = await offline.WeighAsync(external, question, answer);
            }

            if (answer.Decision != AuthorityDecision.Wrong)
            {
                return answer.Decision == AuthorityDecision.Right ? await WelcomeAsync(authority, meaning, name, password, answer) : (answer, null);
            }

            if (authority == meaning.Authorities[^1])
            {
                return (answer, null);
            }
        }

        return (AuthorityAnswer.Wrong, null);
    }

    private async ValueTask<(AuthorityAnswer Answer, Account? Account)> WelcomeAsync(
        IPasswordAuthority authority, NameMeaning meaning, CanonicalName name, string password, AuthorityAnswer answer)
    {
        var account = meaning.Account?.Account;
        if (answer.Person is { } person)
        {
            (account, var refusal) = await externals.AcceptAsync(authority.Name, person, meaning.Key, CancellationToken.None);
            if (account is null)
            {
                return (AuthorityAnswer.WrongBecause(refusal!), null);
            }
        }

        // A local name in another letter case costs the same time and counts on the same key, but signs nobody in (HTT-73).
        var exact = account is not { Authority: Account.LocalAuthority } || account.Name == name.Exact;
        if (account is not { Enabled: true } || !exact)
        {
            return (AuthorityAnswer.WrongBecause(account is { Enabled: false } ? AuditReasons.Disabled : AuditReasons.BadCredentials), null);
        }

        if (authority is IExternalAuthority external && answer.Person is not null)
        {
            await offline.KeepAsync(external, account, meaning.Account?.PasswordHash, meaning.Account?.Verified, password);
        }

        return (answer, account);
    }

    private static RefusedBy RefuserOf(NameMeaning meaning) =>
        meaning.Account is not { Account: var account } ? RefusedBy.Nobody
        : account.Authority == Account.LocalAuthority && meaning.Refusal is null ? RefusedBy.Local
        : RefusedBy.External;

    private static string ReasonOf(NameMeaning meaning, AuthorityAnswer answer) => meaning switch
    {
        { Refusal: { } refusal } => refusal,
        { Account: null, IsNobody: true } => AuditReasons.UnknownAccount,
        { Account.Account.Enabled: false } => AuditReasons.Disabled,
        _ => answer.Reason ?? AuditReasons.BadCredentials,
    };

    private static PasswordVerdict.Throttled Throttled(GuessAdmission admission, Account? account) =>
        new(admission.State == GuessState.Locked ? AuditReasons.Locked : AuditReasons.Throttled, account, admission.RetryAfter);
}
