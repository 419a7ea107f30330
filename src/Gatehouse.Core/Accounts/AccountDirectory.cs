using System.Collections.Concurrent;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Accounts;

/// <summary>
/// Keeps the accounts that are in use in memory. An account that the change feed names is forgotten at once and read
/// again at its next use.
/// </summary>
public sealed class AccountDirectory(IStore store)
{
    private readonly ConcurrentDictionary<long, AccountEntry> _entries = new();

    /// <summary>The place where an account's state is kept current. The same object for the same number, always.</summary>
    public AccountEntry EntryOf(long accountId) => _entries.GetOrAdd(accountId, static id => new AccountEntry(id));

    /// <summary>The account as it is, from memory if possible.</summary>
    /// <returns>Null when it was removed.</returns>
    /// <exception cref="StoreUnavailableException">It must be read, and the store cannot be asked.</exception>
    public ValueTask<Account?> ReadAsync(AccountEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.IsKnown ? new(entry.Snapshot) : ReloadAsync(entry, cancellationToken);
    }

    /// <summary>The account as the store has it.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<Account?> ReloadAsync(AccountEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        while (true)
        {
            var version = entry.Version;
            var account = await store.Accounts.LoadAsync(entry.AccountId, cancellationToken);
            if (entry.TryKeep(account, version))
            {
                return account;
            }

            // Somebody changed the account while we read it: what we read may be old.
        }
    }

    /// <summary>Forgets one account's state.</summary>
    public void Invalidate(long accountId)
    {
        if (_entries.TryGetValue(accountId, out var entry))
        {
            entry.Invalidate();
        }
    }

    /// <summary>Forgets all accounts' state.</summary>
    public void InvalidateAll()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Invalidate();
        }
    }
}
