namespace Gatehouse.Core.Guessing;

/// <summary>Wrong passwords in a row for one account key, guesses in flight included.</summary>
/// <param name="Count">Guesses counted.</param>
/// <param name="DelayedUntil">No guess is checked before.</param>
/// <param name="LockedUntil">Locked until then; <see cref="DateTimeOffset.MaxValue"/> means until unlocked.</param>
/// <param name="Touched">When it last changed.</param>
public readonly record struct AccountGuesses(int Count, DateTimeOffset? DelayedUntil, DateTimeOffset? LockedUntil, DateTimeOffset Touched);

/// <summary>Guesses of one source in its current window.</summary>
/// <param name="Count">Guesses counted.</param>
/// <param name="WindowStart">When the window began.</param>
public readonly record struct SourceGuesses(int Count, DateTimeOffset WindowStart);

/// <summary>Whether a guess may be checked.</summary>
public enum GuessState
{
    /// <summary>It may.</summary>
    Open,

    /// <summary>A delay of the account runs.</summary>
    Delayed,

    /// <summary>The account is locked.</summary>
    Locked,

    /// <summary>The source used up its window.</summary>
    SourceExhausted,
}

/// <summary>Whether a guess may be checked, and what it is then.</summary>
/// <param name="State">Whether it may be checked.</param>
/// <param name="Ordinal">Its place among the wrong passwords in a row, from 1; 0 when it may not.</param>
/// <param name="RetryAfter">How long to wait when it may not.</param>
public readonly record struct GuessAdmission(GuessState State, int Ordinal, TimeSpan RetryAfter);

/// <summary>How a checked guess ended.</summary>
public enum GuessOutcome
{
    /// <summary>The password was right.</summary>
    Right,

    /// <summary>The password was wrong.</summary>
    Wrong,

    /// <summary>Nobody could say; the guess is given back.</summary>
    GivenBack,
}

/// <summary>
/// The rules of guessing (HTT-88 to HTT-98), as pure functions over the two counts. A guess is counted before it is
/// checked, with all that follows from it being wrong; being right, or not decided, takes that back.
/// </summary>
public sealed class GuessRules(ThrottleOptions options)
{
    private static readonly TimeSpan RetryOfEndlessLock = TimeSpan.FromHours(1);

    /// <summary>Whether a guess could be checked now; counts nothing.</summary>
    public GuessAdmission Peek(AccountGuesses account, SourceGuesses source, DateTimeOffset now)
    {
        if (account.LockedUntil > now)
        {
            return new(GuessState.Locked, 0, account.LockedUntil == DateTimeOffset.MaxValue ? RetryOfEndlessLock : account.LockedUntil.Value - now);
        }

        if (account.DelayedUntil > now)
        {
            return new(GuessState.Delayed, 0, account.DelayedUntil.Value - now);
        }

        return InWindow(source, now) && source.Count >= options.SourceLimit
            ? new(GuessState.SourceExhausted, 0, source.WindowStart.AddSeconds(options.SourceWindowSeconds) - now)
            : new(GuessState.Open, 0, TimeSpan.Zero);
    }

    /// <summary>Counts a guess that is about to be checked.</summary>
    public (AccountGuesses Account, SourceGuesses Source, GuessAdmission Admission) Admit(AccountGuesses account, SourceGuesses source, DateTimeOffset now)
    {
        var admission = Peek(account, source, now);
        if (admission.State != GuessState.Open)
        {
            return (account, source, admission);
        }

        // A lock that has run out leaves nothing behind.
        var ordinal = account.LockedUntil is null ? account.Count + 1 : 1;
        var counted = AsIfWrong(new AccountGuesses(ordinal, null, null, now), ordinal, now);
        var fromSource = InWindow(source, now) ? source with { Count = source.Count + 1 } : new SourceGuesses(1, now);
        return (counted, fromSource, admission with { Ordinal = ordinal });
    }

    /// <summary>Takes a guess back, or confirms it.</summary>
    /// <param name="account">The account's count now, other guesses in flight included.</param>
    /// <param name="source">The source's count now.</param>
    /// <param name="ordinal">What <see cref="Admit"/> said of the guess.</param>
    /// <param name="admitted">When it said so.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="now">The moment.</param>
    /// <returns>Both counts, and whether this guess locked the account.</returns>
    public (AccountGuesses Account, SourceGuesses Source, bool Locked) Settle(
        AccountGuesses account, SourceGuesses source, int ordinal, DateTimeOffset admitted, GuessOutcome outcome, DateTimeOffset now)
    {
        if (outcome == GuessOutcome.Wrong)
        {
            // The delay runs from the answer. Another right password meanwhile has reset the count: then nothing follows.
            return account.Count >= ordinal && ordinal >= Math.Min(options.FreeAttempts, options.LockAfter)
                ? (AsIfWrong(account, ordinal, now), source, ordinal >= options.LockAfter)
                : (account, source, false);
        }

        var refunded = source.Count > 0 && source.WindowStart <= admitted ? source with { Count = source.Count - 1 } : source;
        if (account.Count > ordinal && account.LockedUntil is not null)
        {
            // A later guess locked the account, or is about to.
            return (account, refunded, false);
        }

        if (outcome == GuessOutcome.Right)
        {
            return (new AccountGuesses(0, null, null, now), refunded, false);
        }

        // A delay that a later guess brought, or is about to, stays for as long as there are enough without this one.
        var left = Math.Max(0, account.Count - 1);
        return account.Count > ordinal && left >= options.FreeAttempts
            ? (account with { Count = left, Touched = now }, refunded, false)
            : (new AccountGuesses(left, null, null, now), refunded, false);
    }

    private AccountGuesses AsIfWrong(AccountGuesses account, int ordinal, DateTimeOffset now)
    {
        if (ordinal >= options.LockAfter)
        {
            return account with { LockedUntil = options.LockSeconds == 0 ? DateTimeOffset.MaxValue : now.AddSeconds(options.LockSeconds), Touched = now };
        }

        return ordinal >= options.FreeAttempts ? account with { DelayedUntil = Later(account.DelayedUntil, now + DelayAfter(ordinal)), Touched = now } : account;
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one > other ? one.Value : other;

    private TimeSpan DelayAfter(int ordinal)
    {
        var doublings = Math.Min(ordinal - options.FreeAttempts, 30);
        return TimeSpan.FromSeconds(Math.Min((long)options.FirstDelaySeconds << doublings, options.MaxDelaySeconds));
    }

    private bool InWindow(SourceGuesses source, DateTimeOffset now) =>
        source.Count > 0 && now - source.WindowStart < TimeSpan.FromSeconds(options.SourceWindowSeconds);
}
