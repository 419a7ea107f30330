using Gatehouse.Core.Accounts;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.SignIn;

/// <summary>Checks passwords against the hashes in the store. Does the same work whether or not there is one (HTT-85).</summary>
public sealed class LocalAuthority(IStore store, HashingLane lane, PasswordOptions options) : IPasswordAuthority
{
    /// <inheritdoc/>
    public string Name => Account.LocalAuthority;

    /// <inheritdoc/>
    public async ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        var hash = question.Account is { Account.Authority: Account.LocalAuthority } local ? local.PasswordHash : null;
        if (!lane.TryRun(() => Check(hash, question.Password), out var check))
        {
            return AuthorityAnswer.Unavailable;
        }

        if (!await check)
        {
            return AuthorityAnswer.Wrong;
        }

        if (PasswordHash.RoundsOf(hash!) < options.Rounds)
        {
            await UpgradeAsync(question.Account!.Account.Id, hash!, question.Password, cancellationToken);
        }

        return AuthorityAnswer.Right;
    }

    private bool Check(string? hash, string password)
    {
        if (hash is not null)
        {
            return PasswordHash.Verify(hash, password);
        }

        PasswordHash.VerifyNothing(password, options.Rounds);
        return false;
    }

    private async ValueTask UpgradeAsync(long accountId, string oldHash, string password, CancellationToken cancellationToken)
    {
        if (!lane.TryRun(() => PasswordHash.Create(password, options.Rounds), out var upgrade))
        {
            return;
        }

        try
        {
            await store.Accounts.UpgradePasswordAsync(accountId, oldHash, await upgrade, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // The password is right all the same; the next sign-in upgrades its hash.
        }
    }
}
