namespace Gatehouse.Core.Stores;

/// <summary>What a change is about.</summary>
public enum ChangeKind
{
    /// <summary>One session ended; the subject is its token's hash in hex.</summary>
    Session,

    /// <summary>An account changed; the subject is its number.</summary>
    Account,

    /// <summary>A tenant was added or removed.</summary>
    Tenant,

    /// <summary>Everything issued before is dead.</summary>
    Everything,

    /// <summary>A key ring changed; the subject is its purpose.</summary>
    Keys,
}

/// <summary>One entry of the feed.</summary>
/// <param name="Number">Its place; grows, may have gaps.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Subject">Whom or which; see <see cref="ChangeKind"/>.</param>
public readonly record struct Change(long Number, ChangeKind Kind, string Subject);

/// <summary>What nodes follow to learn what ended or narrowed. Written in the transaction of the change itself.</summary>
public interface IChangeFeed
{
    /// <summary>Number of the latest entry; 0 when there is none.</summary>
    ValueTask<long> GetLatestAsync(CancellationToken cancellationToken);

    /// <summary>Waits until there may be something new, at most the given time.</summary>
    ValueTask WaitAsync(TimeSpan longest, CancellationToken cancellationToken);

    /// <summary>Reads the entries after a number, in their order.</summary>
    /// <returns>The entries, or null when some of them are purged already: the caller must forget all it remembers.</returns>
    ValueTask<IReadOnlyList<Change>?> ReadAsync(long after, CancellationToken cancellationToken);

    /// <summary>Deletes entries older than a moment.</summary>
    ValueTask PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
