namespace Gatehouse.Core.Stores;

/// <summary>
/// Where state lives. Every method throws <see cref="StoreUnavailableException"/> when the store cannot be asked;
/// everything else that can go wrong is in its result. A change is wholly done, with its audit row and its entry in
/// the change feed, when the method returns; or not at all.
/// </summary>
public interface IStore : IAsyncDisposable
{
    /// <summary>Accounts, their roles and memberships.</summary>
    IAccountStore Accounts { get; }

    /// <summary>Tenants.</summary>
    ITenantStore Tenants { get; }

    /// <summary>Sessions, refresh tokens and API tokens.</summary>
    ISessionStore Sessions { get; }

    /// <summary>Counts of wrong passwords.</summary>
    IGuessStore Guesses { get; }

    /// <summary>The audit trail.</summary>
    IAuditStore Audit { get; }

    /// <summary>Sealed keys.</summary>
    IKeyStore Keys { get; }

    /// <summary>The change feed.</summary>
    IChangeFeed Changes { get; }

    /// <summary>Makes or updates the schema. Safe to call from several processes at once.</summary>
    ValueTask MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Takes the next numbers of a counter; nobody else ever gets them.</summary>
    /// <param name="counter">Name of the counter; it begins at 1.</param>
    /// <param name="count">How many to take.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The first of them.</returns>
    ValueTask<long> ReserveAsync(string counter, int count, CancellationToken cancellationToken);

    /// <summary>Proves that the store takes writes, by a small one.</summary>
    ValueTask ProbeAsync(CancellationToken cancellationToken);
}
