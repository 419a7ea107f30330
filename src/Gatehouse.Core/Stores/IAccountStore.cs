using System.Collections.Immutable;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;

namespace Gatehouse.Core.Stores;

/// <summary>An account to be made.</summary>
/// <param name="Name">Name in normal form C.</param>
/// <param name="Key">Key of the name.</param>
/// <param name="Authority">The authority that answers for it.</param>
/// <param name="PasswordHash">PHC string, or null.</param>
/// <param name="Roles">Roles to grant.</param>
/// <param name="Tenants">Numbers of the tenants to join.</param>
public sealed record NewAccount(string Name, string Key, string Authority, string? PasswordHash, Roles Roles, ImmutableArray<long> Tenants)
{
    /// <summary>The name only: the password's hash has no business in logs.</summary>
    public override string ToString() => Name;
}

/// <summary>Which accounts to list.</summary>
/// <param name="After">Name of the last account of the page before; empty for the first page.</param>
/// <param name="Limit">Most accounts to return, at least 1.</param>
/// <param name="Search">What the key of their names contains (<see cref="Text.CanonicalName.KeyOf"/>); empty for all.</param>
public sealed record AccountPage(string After, int Limit, string Search = "");

/// <summary>An account as an external authority has it.</summary>
/// <param name="Name">Name in normal form C.</param>
/// <param name="Key">Key of the name.</param>
/// <param name="Authority">The authority that answers for it.</param>
/// <param name="ExternalId">The authority's own lasting id of the person, or null.</param>
/// <param name="Roles">Roles that its groups map to.</param>
/// <param name="TenantKeys">Keys of the tenants that its groups map to; those that do not exist are left out.</param>
public sealed record ExternalAccount(string Name, string Key, string Authority, string? ExternalId, Roles Roles, ImmutableArray<string> TenantKeys);

/// <summary>Outcome of taking over what an external authority says of an account.</summary>
public enum ExternalSync
{
    /// <summary>It was so already; nothing was written.</summary>
    Unchanged,

    /// <summary>The account was made.</summary>
    Added,

    /// <summary>Roles or memberships are different now.</summary>
    Changed,

    /// <summary>The name is an account of another authority; nothing was written.</summary>
    OtherAuthority,

    /// <summary>The account belongs to a person with another id; nothing was written.</summary>
    OtherPerson,
}

/// <summary>State of the first start (ATK-83).</summary>
public enum Bootstrap
{
    /// <summary>Nobody has started on this store yet.</summary>
    Fresh = 0,

    /// <summary>The first account is made, but nobody can say whether its password was shown.</summary>
    Unannounced = 1,

    /// <summary>The first password was shown.</summary>
    Done = 2,
}

/// <summary>Accounts, their roles and memberships.</summary>
public interface IAccountStore
{
    /// <summary>Finds an account by the key of its name.</summary>
    ValueTask<AccountWithPassword?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Loads an account by its number; null when it was removed.</summary>
    ValueTask<Account?> LoadAsync(long id, CancellationToken cancellationToken);

    /// <summary>A page of the accounts, in ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<Account>> ListAsync(AccountPage page, CancellationToken cancellationToken);

    /// <summary>Makes an account. Wrong passwords that were counted for its name before are forgotten.</summary>
    /// <returns>The account, or null when its key is taken.</returns>
    ValueTask<Account?> AddAsync(NewAccount account, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>
    /// Makes an account of an external authority, or brings it up to date. Roles and memberships that the operator granted
    /// stay; those that came from the authority before are replaced. Enables nothing.
    /// </summary>
    /// <param name="account">What the authority says.</param>
    /// <param name="audit">Makes the audit row of what was written: true for an account that was made.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What was done, and the account as it is now; null where it is somebody else's.</returns>
    ValueTask<(ExternalSync Outcome, Account? Account)> SyncAsync(ExternalAccount account, Func<bool, AuditEvent> audit, CancellationToken cancellationToken);

    /// <summary>Keeps or forgets the hash of a password that an external authority confirmed. Ends nothing, tells nobody.</summary>
    ValueTask SetVerifierAsync(long id, string? verifier, DateTimeOffset verified, CancellationToken cancellationToken);

    /// <summary>Sets a new password and ends everything that was issued before.</summary>
    /// <returns>False when the account does not exist.</returns>
    ValueTask<bool> SetPasswordAsync(long id, string passwordHash, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Replaces a password's hash by one of the same password. Ends nothing; does nothing when the password changed meanwhile.</summary>
    ValueTask UpgradePasswordAsync(long id, string oldHash, string newHash, CancellationToken cancellationToken);

    /// <summary>Enables or disables; disabling ends everything that was issued before.</summary>
    /// <returns>False when the account does not exist.</returns>
    ValueTask<bool> SetEnabledAsync(long id, bool enabled, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Adds roles and memberships.</summary>
    /// <returns>False when the account does not exist.</returns>
    ValueTask<bool> GrantAsync(long id, Roles roles, ImmutableArray<long> tenants, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Takes roles and memberships away, also those that came from an external authority: until its next sign-in.</summary>
    /// <returns>False when the account does not exist.</returns>
    ValueTask<bool> WithdrawAsync(long id, Roles roles, ImmutableArray<long> tenants, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Removes an account with everything of it; its number is never given again.</summary>
    /// <returns>False when the account does not exist.</returns>
    ValueTask<bool> RemoveAsync(long id, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Reads the state of the first start.</summary>
    ValueTask<Bootstrap> GetBootstrapAsync(CancellationToken cancellationToken);

    /// <summary>Notes the state of the first start.</summary>
    ValueTask SetBootstrapAsync(Bootstrap state, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until no other node is in its first start, and keeps others waiting until it is disposed or this process ends:
    /// of several first starts at once, one makes the first account.
    /// </summary>
    ValueTask<IAsyncDisposable> HoldBootstrapAsync(CancellationToken cancellationToken);
}
