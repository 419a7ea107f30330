using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;

namespace Gatehouse.Core.Stores;

/// <summary>Counts of wrong passwords, per account key and per source. Holds no rule: what a count means is <see cref="Guessing"/>'s.</summary>
public interface IGuessStore
{
    /// <summary>Reads both counts.</summary>
    ValueTask<(AccountGuesses Account, SourceGuesses Source)> ReadAsync(string accountKey, string source, CancellationToken cancellationToken);

    /// <summary>Reads both counts, applies a step to them and writes them back, in one transaction against all other steps of the two.</summary>
    /// <param name="accountKey">Key of the name, known or not.</param>
    /// <param name="source">Address or prefix.</param>
    /// <param name="step">The step. A pure function; may be called more than once.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What the step returned.</returns>
    ValueTask<T> ChangeAsync<T>(string accountKey, string source, Func<AccountGuesses, SourceGuesses, GuessStep<T>> step, CancellationToken cancellationToken);

    /// <summary>Forgets the count of a key: no delay, no lock.</summary>
    ValueTask ClearAsync(string accountKey, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Deletes sources whose window is over, and unknown names that nobody tried since <paramref name="unused"/> or that are beyond <paramref name="limit"/>.</summary>
    ValueTask PurgeAsync(DateTimeOffset windowsBefore, DateTimeOffset unused, int limit, CancellationToken cancellationToken);
}

/// <summary>What a step leaves behind.</summary>
/// <param name="Account">The account's count after it.</param>
/// <param name="Source">The source's count after it.</param>
/// <param name="Result">What the caller learns.</param>
/// <param name="Audit">A row to write with it.</param>
/// <param name="Announce">The lock began or ended: other nodes must learn it.</param>
public sealed record GuessStep<T>(AccountGuesses Account, SourceGuesses Source, T Result, AuditEvent? Audit = null, bool Announce = false);
