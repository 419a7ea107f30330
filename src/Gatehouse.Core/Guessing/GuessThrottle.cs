using System.Net;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Guessing;

/// <summary>Counts guesses in the store, by the rules of <see cref="GuessRules"/>, on behalf of every door.</summary>
public sealed class GuessThrottle(IStore store, GuessRules rules, TimeProvider clock)
{
    /// <summary>Whether a guess could be checked now; counts nothing.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<GuessAdmission> PeekAsync(string accountKey, IPAddress source, CancellationToken cancellationToken)
    {
        var (account, from) = await store.Guesses.ReadAsync(accountKey, CallerSource.KeyOf(source), cancellationToken);
        return rules.Peek(account, from, clock.GetUtcNow());
    }

    /// <summary>Counts a guess that is about to be checked, unless it may not be.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked: nothing may be checked.</exception>
    public async ValueTask<CountedGuess> AdmitAsync(string accountKey, IPAddress source, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var sourceKey = CallerSource.KeyOf(source);
        var admission = await store.Guesses.ChangeAsync(
            accountKey,
            sourceKey,
            (account, from) =>
            {
                var (counted, countedSource, result) = rules.Admit(account, from, now);
                return new GuessStep<GuessAdmission>(counted, countedSource, result);
            },
            cancellationToken);
        return new CountedGuess(accountKey, sourceKey, now, admission);
    }

    /// <summary>Says how a counted guess ended.</summary>
    /// <param name="guess">The guess.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="lockEvent">The audit row in case that it locks the account.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Whether this guess locked the account.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be asked: the guess stays counted.</exception>
    public ValueTask<bool> SettleAsync(CountedGuess guess, GuessOutcome outcome, AuditEvent lockEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(guess);
        var now = clock.GetUtcNow();
        return store.Guesses.ChangeAsync(
            guess.AccountKey,
            guess.SourceKey,
            (account, from) =>
            {
                var (settled, settledSource, locked) = rules.Settle(account, from, guess.Admission.Ordinal, guess.Admitted, outcome, now);
                return new GuessStep<bool>(settled, settledSource, locked, locked ? lockEvent : null, Announce: locked || account.LockedUntil != settled.LockedUntil);
            },
            cancellationToken);
    }
}

/// <summary>A guess on its way: counted, or turned away.</summary>
/// <param name="AccountKey">Key of the name.</param>
/// <param name="SourceKey">Address or prefix.</param>
/// <param name="Admitted">When it was counted.</param>
/// <param name="Admission">Whether it may be checked.</param>
public sealed record CountedGuess(string AccountKey, string SourceKey, DateTimeOffset Admitted, GuessAdmission Admission);
