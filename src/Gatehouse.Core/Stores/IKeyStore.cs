namespace Gatehouse.Core.Stores;

/// <summary>A key as the store has it: times in the clear, material sealed under the master key.</summary>
/// <param name="Id">Id of the key.</param>
/// <param name="Purpose">What it is for; one ring per purpose.</param>
/// <param name="Announced">When it was made and became known.</param>
/// <param name="Active">From when it signs.</param>
/// <param name="Retired">From when it only verifies; null while it signs.</param>
/// <param name="Dead">From when it does not even verify; null while unknown.</param>
/// <param name="Material">Sealed material.</param>
public sealed record StoredKey(
    string Id, string Purpose, DateTimeOffset Announced, DateTimeOffset Active, DateTimeOffset? Retired, DateTimeOffset? Dead, byte[] Material);

/// <summary>Sealed keys.</summary>
public interface IKeyStore
{
    /// <summary>All keys of a purpose, oldest first.</summary>
    ValueTask<IReadOnlyList<StoredKey>> ListAsync(string purpose, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the keys of a purpose as they shall be from now on, if they are still as <paramref name="expected"/> says:
    /// of several nodes that rotate at once, one wins.
    /// </summary>
    /// <param name="purpose">The ring.</param>
    /// <param name="expected">Ids of the keys that the caller saw.</param>
    /// <param name="keys">The ring after the change; keys that are missing are deleted.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>False when somebody else changed the ring.</returns>
    ValueTask<bool> ReplaceAsync(string purpose, IReadOnlyList<string> expected, IReadOnlyList<StoredKey> keys, CancellationToken cancellationToken);
}
