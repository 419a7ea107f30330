using System.Collections.Concurrent;
using System.Collections.Frozen;
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
/// <item>a guess is counted, then the account's own authority is asked, then the count is settled.</item>
/// </list>
/// </summary>
public sealed class PasswordSignIn(
    IStore store,
    IEnumerable<IPasswordAuthority> authorities,
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

    private readonly FrozenDictionary<string, IPasswordAuthority> _authorities = authorities.ToFrozenDictionary(authority => authority.Name, StringComparer.Ordinal);
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

            var key = verified.KeyOf(name.Key, name.Exact, password, attempt.AdditionalText ?? "", attempt.UnknownIsGuest ? "guest" : "");
            return (attempt.Anew ? null : await RecallAsync(key, cancellationToken))
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
    private async ValueTask<PasswordVerdict?> RecallAsync(TokenHash key, CancellationToken cancellationToken)
    {
        if (verified.Recall(key) is not { } remembered)
        {
            return null;
        }

        var account = await sessions.ReadAccountAsync(remembered.Account, cancellationToken);
        return remembered.HoldsFor(account, sessions.CutOff) && !account!.IsLocked(clock.GetUtcNow())
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

    /// <summary>Step 4: count, ask, settle. Runs to its end even if the caller goes away.</summary>
    private async Task<PasswordVerdict> DecideAsync(TokenHash key, CanonicalName name, string password, PasswordAttempt attempt)
    {
        var globalCutOff = sessions.CutOff;
        var found = await store.Accounts.FindAsync(name.Key, CancellationToken.None);
        var guess = await throttle.AdmitAsync(name.Key, attempt.Source, CancellationToken.None);
        if (guess.Admission.State != GuessState.Open)
        {
            return Throttled(guess.Admission, found?.Account);
        }

        var answer = await AskAsync(found, name, password, attempt);
        var unknownGuest = found is null && attempt.UnknownIsGuest;
        var outcome = answer switch
        {
            AuthorityAnswer.Unavailable => GuessOutcome.GivenBack,
            AuthorityAnswer.Right => GuessOutcome.Right,
            _ => unknownGuest ? GuessOutcome.GivenBack : GuessOutcome.Wrong,
        };
        await SettleAsync(guess, outcome, name, found?.Account);
        if (answer == AuthorityAnswer.Unavailable)
        {
            return new PasswordVerdict.Unavailable(RetryShortly);
        }

        if (answer == AuthorityAnswer.Wrong)
        {
            return new PasswordVerdict.Refused(ReasonOf(found), found?.Account);
        }

        verified.Remember(key, accounts.EntryOf(found!.Account.Id), found.Account, globalCutOff);
        return new PasswordVerdict.Accepted(found.Account, Remembered: false);
    }

    private async ValueTask<AuthorityAnswer> AskAsync(AccountWithPassword? found, CanonicalName name, string password, PasswordAttempt attempt)
    {
        var home = found?.Account.Authority ?? Account.LocalAuthority;
        if (!_authorities.TryGetValue(home, out var authority))
        {
            return AuthorityAnswer.Unavailable;
        }

        // A local name in another letter case costs the same time and counts on the same key, but signs nobody in (HTT-73).
        var exact = found?.Account is not { Authority: Account.LocalAuthority } account || account.Name == name.Exact;
        var answer = await authority.CheckAsync(new PasswordQuestion(found, password, attempt.AdditionalText), CancellationToken.None);
        return answer == AuthorityAnswer.Right && !(exact && found!.Account.Enabled) ? AuthorityAnswer.Wrong : answer;
    }

    private async ValueTask SettleAsync(CountedGuess guess, GuessOutcome outcome, CanonicalName name, Account? account)
    {
        var lockEvent = new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Event = AuditEvents.Lock,
            Outcome = AuditOutcomes.Accepted,
            Account = account?.Name,
            Name = account is null ? TypedText.Cut(name.Exact, AuditEvent.MaximumNameLength) : null,
            Source = guess.SourceKey,
        };
        try
        {
            if (await throttle.SettleAsync(guess, outcome, lockEvent, CancellationToken.None))
            {
                audit.Log(lockEvent);
                if (account is not null)
                {
                    accounts.Invalidate(account.Id);
                }
            }
        }
        catch (StoreUnavailableException exception) when (outcome == GuessOutcome.Wrong)
        {
            // It stays counted: that is the safe side, and the answer is known.
            CoreLog.GuessNotSettled(logger, TypedText.Escape(TypedText.Cut(name.Exact, AuditEvent.MaximumNameLength)), exception);
        }
    }

    private static string ReasonOf(AccountWithPassword? found) =>
        found is null ? AuditReasons.UnknownAccount : found.Account.Enabled ? AuditReasons.BadCredentials : AuditReasons.Disabled;

    private static PasswordVerdict.Throttled Throttled(GuessAdmission admission, Account? account) =>
        new(admission.State == GuessState.Locked ? AuditReasons.Locked : AuditReasons.Throttled, account, admission.RetryAfter);
}
