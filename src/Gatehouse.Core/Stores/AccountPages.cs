using System.Runtime.CompilerServices;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.Stores;

/// <summary>Lists accounts page by page, however many there are.</summary>
public static class AccountPages
{
    /// <summary>Accounts of a page.</summary>
    public const int PageSize = 1_000;

    /// <summary>All accounts at once, in ordinal order of their names: for where they are few.</summary>
    /// <param name="accounts">The store.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public static async ValueTask<IReadOnlyList<Account>> ListAsync(this IAccountStore accounts, CancellationToken cancellationToken) =>
        await accounts.ListAllAsync("", cancellationToken).ToListAsync(cancellationToken);

    /// <summary>All accounts, in ordinal order of their names. An account that is added or removed meanwhile may be in it or not.</summary>
    /// <param name="accounts">The store.</param>
    /// <param name="search">What the key of their names contains; empty for all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public static async IAsyncEnumerable<Account> ListAllAsync(this IAccountStore accounts, string search, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(accounts);
        for (var page = new AccountPage("", PageSize, search); ;)
        {
            var found = await accounts.ListAsync(page, cancellationToken);
            foreach (var account in found)
            {
                yield return account;
            }

            if (found.Count < PageSize)
            {
                yield break;
            }

            page = page with { After = found[^1].Name };
        }
    }
}
