using System.Collections.Immutable;
using Gatehouse.Core.Text;

namespace Gatehouse.Core.Accounts;

/// <summary>Somebody or something that may enter, as it stood when it was last read from the store.</summary>
public sealed record Account
{
    /// <summary>Longest name, in code points.</summary>
    public const int MaximumNameLength = 256;

    /// <summary>The authority that keeps its passwords in the store.</summary>
    public const string LocalAuthority = "local";

    /// <summary>Number of the account; never given twice, not even to a later account of the same name.</summary>
    public required long Id { get; init; }

    /// <summary>Name as created, in normal form C.</summary>
    public required string Name { get; init; }

    /// <summary>Key of the name (<see cref="Text.CanonicalName.Key"/>).</summary>
    public required string Key { get; init; }

    /// <summary>The one authority that answers for its password.</summary>
    public string Authority { get; init; } = LocalAuthority;

    /// <summary>False: nothing signs it in and nothing of it is accepted.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Sessions with this sequence number or a lower one are dead.</summary>
    public long CutOff { get; init; }

    /// <summary>Changes with every new password; a sign-in that was checked against an older one is void.</summary>
    public long PasswordVersion { get; init; }

    /// <summary>The person's lasting id at an external authority; null for local accounts and where the authority has none.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Roles as granted by the operator, or mapped from the groups of an external authority.</summary>
    public Roles Roles { get; init; }

    /// <summary>The tenants that it is a member of, in ordinal order of their names.</summary>
    public ImmutableArray<Membership> Memberships { get; init; } = [];

    /// <summary>Locked by wrong passwords until then; <see cref="DateTimeOffset.MaxValue"/> means until unlocked.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>What a caller is told to wait for a lock without an end (HTT-94).</summary>
    public static TimeSpan EndlessLockWait { get; } = TimeSpan.FromHours(1);

    /// <summary>Whether a lock holds at the given moment.</summary>
    public bool IsLocked(DateTimeOffset now) => LockedUntil > now;

    /// <summary>How long to wait for the end of its lock; <see cref="EndlessLockWait"/> where no end is set, zero where there is no lock.</summary>
    public TimeSpan LockWait(DateTimeOffset now) =>
        !IsLocked(now) ? TimeSpan.Zero : LockedUntil == DateTimeOffset.MaxValue ? EndlessLockWait : LockedUntil!.Value - now;

    /// <summary>Whether a typed name means this account: in the letter case of its creation where the local authority answers for it (HTT-73).</summary>
    public bool IsCalled(CanonicalName name) => name.Key == Key && (Authority != LocalAuthority || name.Exact == Name);

    /// <summary>Whether the account has a role, granted or included in another one.</summary>
    public bool Has(Roles role) => (RoleNames.Effective(Roles) & role) == role;

    /// <summary>Whether the account is a member of a tenant.</summary>
    public bool IsMemberOf(long tenantId)
    {
        foreach (var membership in Memberships)
        {
            if (membership.TenantId == tenantId)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>One tenant of an account.</summary>
/// <param name="TenantId">Number of the tenant.</param>
/// <param name="Name">Its name as created.</param>
public readonly record struct Membership(long TenantId, string Name);

/// <summary>An account together with its stored password. A class, so that nothing prints its members by accident.</summary>
public sealed class AccountWithPassword(Account account, string? passwordHash, DateTimeOffset? verified = null)
{
    /// <summary>The account.</summary>
    public Account Account { get; } = account;

    /// <summary>PHC string of the local password, or of the last one that the external authority confirmed; null when there is none.</summary>
    public string? PasswordHash { get; } = passwordHash;

    /// <summary>When the external authority confirmed it.</summary>
    public DateTimeOffset? Verified { get; } = verified;
}
