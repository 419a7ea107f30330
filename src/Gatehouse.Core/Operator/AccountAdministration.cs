using System.Collections.Immutable;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;

namespace Gatehouse.Core.Operator;

/// <summary>
/// The operator's hand on accounts. Works on the store alone, so that it may run beside the servers; they learn of it
/// through the change feed. Every method throws <see cref="StoreUnavailableException"/> when the store does not confirm.
/// </summary>
public sealed class AccountAdministration(IStore store, PasswordPolicy policy, PasswordOptions options, TimeProvider clock)
{
    /// <summary>Makes an account.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="password">Its password, or null for none.</param>
    /// <param name="tenants">Names of the tenants to join.</param>
    /// <param name="roles">Names of the roles to grant.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="authority">Who answers for it; one that keeps its passwords elsewhere takes none here.</param>
    public async ValueTask<OperatorResult> AddAsync(
        string name,
        string? password,
        IReadOnlyList<string> tenants,
        IReadOnlyList<string> roles,
        CancellationToken cancellationToken,
        string authority = Account.LocalAuthority)
    {
        if (password is not null && authority != Account.LocalAuthority)
        {
            return OperatorResult.Refused($"The authority '{authority}' keeps the passwords of its accounts; leave --password-stdin out.");
        }

        if (CanonicalName.FaultOf(name, Account.MaximumNameLength) is { } fault)
        {
            return OperatorResult.Refused($"This cannot be the name of an account: {fault}.");
        }

        if (password is not null && policy.FaultOf(password, name) is { } weakness)
        {
            return OperatorResult.Refused(weakness);
        }

        var (granted, joined, unknown) = await ReadGrantsAsync(roles, tenants, cancellationToken);
        if (unknown is not null)
        {
            return OperatorResult.Refused(unknown);
        }

        CanonicalName.TryRead(name, out var canonical);
        var account = new NewAccount(canonical.Exact, canonical.Key, authority, password is null ? null : Hash(password), granted, joined);
        return await store.Accounts.AddAsync(account, Event(AuditEvents.AccountAdd, canonical.Exact), cancellationToken) is null
            ? OperatorResult.Refused("An account of this name exists already (letter case and Unicode form make no difference).")
            : OperatorResult.Done;
    }

    /// <summary>Sets a new password; everything that was issued to the account before is dead.</summary>
    public async ValueTask<OperatorResult> SetPasswordAsync(string name, string password, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken) is not { } account)
        {
            return NoAccount(name);
        }

        if (policy.FaultOf(password, account.Name) is { } weakness)
        {
            return OperatorResult.Refused(weakness);
        }

        return account.Authority != Account.LocalAuthority
            ? OperatorResult.Refused($"The password of this account is kept by the authority '{account.Authority}'; change it there.")
            : Changed(name, await store.Accounts.SetPasswordAsync(account.Id, Hash(password), Event(AuditEvents.AccountChange, account.Name, "password"), cancellationToken));
    }

    /// <summary>Grants roles and memberships.</summary>
    public ValueTask<OperatorResult> GrantAsync(string name, IReadOnlyList<string> tenants, IReadOnlyList<string> roles, CancellationToken cancellationToken) =>
        ChangeGrantsAsync(name, tenants, roles, "grant", store.Accounts.GrantAsync, cancellationToken);

    /// <summary>Takes roles and memberships away.</summary>
    public ValueTask<OperatorResult> WithdrawAsync(string name, IReadOnlyList<string> tenants, IReadOnlyList<string> roles, CancellationToken cancellationToken) =>
        ChangeGrantsAsync(name, tenants, roles, "withdraw", store.Accounts.WithdrawAsync, cancellationToken);

    /// <summary>Disables an account; everything that was issued to it before is dead.</summary>
    public ValueTask<OperatorResult> DisableAsync(string name, CancellationToken cancellationToken) => SetEnabledAsync(name, enabled: false, cancellationToken);

    /// <summary>Enables an account; nothing comes back to life.</summary>
    public ValueTask<OperatorResult> EnableAsync(string name, CancellationToken cancellationToken) => SetEnabledAsync(name, enabled: true, cancellationToken);

    /// <summary>Ends the delay or lock of an account.</summary>
    public async ValueTask<OperatorResult> UnlockAsync(string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken) is not { } account)
        {
            return NoAccount(name);
        }

        await store.Guesses.ClearAsync(account.Key, Event(AuditEvents.Unlock, account.Name), cancellationToken);
        return OperatorResult.Done;
    }

    /// <summary>Removes an account with everything of it.</summary>
    public async ValueTask<OperatorResult> RemoveAsync(string name, CancellationToken cancellationToken) =>
        await FindAsync(name, cancellationToken) is { } account
            ? Changed(name, await store.Accounts.RemoveAsync(account.Id, Event(AuditEvents.AccountRemove, account.Name), cancellationToken))
            : NoAccount(name);

    /// <summary>Finds an account by its name; letter case makes no difference to the operator.</summary>
    public async ValueTask<Account?> FindAsync(string name, CancellationToken cancellationToken) =>
        CanonicalName.TryRead(name, out var canonical) ? (await store.Accounts.FindAsync(canonical.Key, cancellationToken))?.Account : null;

    /// <summary>The answer where no account has the name.</summary>
    public static OperatorResult NoAccount(string name) =>
        OperatorResult.Refused($"No account is called '{TypedText.Escape(name)}'; 'gatehouse account list' shows them all.");

    private static OperatorResult Changed(string name, bool done) => done ? OperatorResult.Done : NoAccount(name);

    private async ValueTask<OperatorResult> SetEnabledAsync(string name, bool enabled, CancellationToken cancellationToken) =>
        await FindAsync(name, cancellationToken) is { } account
            ? Changed(name, await store.Accounts.SetEnabledAsync(account.Id, enabled, Event(AuditEvents.AccountChange, account.Name, enabled ? "enable" : "disable"), cancellationToken))
            : NoAccount(name);

    private async ValueTask<OperatorResult> ChangeGrantsAsync(
        string name,
        IReadOnlyList<string> tenants,
        IReadOnlyList<string> roles,
        string reason,
        Func<long, Roles, ImmutableArray<long>, AuditEvent, CancellationToken, ValueTask<bool>> change,
        CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken) is not { } account)
        {
            return NoAccount(name);
        }

        var (granted, joined, unknown) = await ReadGrantsAsync(roles, tenants, cancellationToken);
        return unknown is not null
            ? OperatorResult.Refused(unknown)
            : Changed(name, await change(account.Id, granted, joined, Event(AuditEvents.AccountChange, account.Name, reason), cancellationToken));
    }

    private async ValueTask<(Roles Roles, ImmutableArray<long> Tenants, string? Unknown)> ReadGrantsAsync(
        IReadOnlyList<string> roleNames, IReadOnlyList<string> tenantNames, CancellationToken cancellationToken)
    {
        var roles = Roles.None;
        foreach (var name in roleNames)
        {
            if (!RoleNames.TryParse(name, out var role))
            {
                return (default, [], $"No role is called '{TypedText.Escape(name)}'; there are {string.Join(", ", RoleNames.All)}.");
            }

            roles |= role;
        }

        var (tenants, unknown) = await TenantAdministration.ResolveAsync(store, tenantNames, cancellationToken);
        return (roles, tenants, unknown);
    }

    private string Hash(string password)
    {
        TypedText.TryNormalize(password, out var normal);
        return PasswordHash.Create(normal, options.Rounds);
    }

    private AuditEvent Event(string name, string account, string? reason = null) =>
        new() { Time = clock.GetUtcNow(), Event = name, Outcome = AuditOutcomes.Accepted, Account = account, Reason = reason };
}
