using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.SignIn;

/// <summary>
/// For authorities whose operator allows it (<see cref="IExternalAuthority.OfflineFor"/>): keeps a hash of a password that the
/// authority confirmed, and answers by it for a bounded time while the authority cannot be asked. A password that the
/// authority refuses is forgotten.
/// </summary>
public sealed class OfflineVerifier(IStore store, HashingLane lane, PasswordOptions options, TimeProvider clock)
{
    // A verifier is renewed when it is this old: not every sign-in is worth a hash.
    private static readonly TimeSpan RenewAfter = TimeSpan.FromHours(1);

    /// <summary>Puts the authority's answer and the verifier together.</summary>
    /// <param name="authority">Who was asked.</param>
    /// <param name="question">What.</param>
    /// <param name="answer">Its answer.</param>
    /// <returns>The answer that holds.</returns>
    public async ValueTask<AuthorityAnswer> WeighAsync(IExternalAuthority authority, PasswordQuestion question, AuthorityAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(answer);
        if (authority.OfflineFor <= TimeSpan.Zero || question.Account is not { } known)
        {
            return answer;
        }

        return answer.Decision switch
        {
            AuthorityDecision.Unavailable => await AnswerAsync(authority, known, question.Password, answer),
            AuthorityDecision.Wrong => await ForgetAsync(known, question.Password, answer),
            _ => answer,
        };
    }

    /// <summary>Keeps a password that the authority confirmed.</summary>
    public async ValueTask KeepAsync(IExternalAuthority authority, Account account, string? oldVerifier, DateTimeOffset? verified, string password)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(account);
        var now = clock.GetUtcNow();
        if (authority.OfflineFor <= TimeSpan.Zero || (oldVerifier is not null && verified + RenewAfter > now && await MatchesAsync(oldVerifier, password) == true))
        {
            return;
        }

        if (lane.TryRun(() => PasswordHash.Create(password, options.Rounds), out var hash))
        {
            await TryAsync(async () => await store.Accounts.SetVerifierAsync(account.Id, await hash, now, CancellationToken.None));
        }
    }

    private async ValueTask<AuthorityAnswer> AnswerAsync(IExternalAuthority authority, AccountWithPassword known, string password, AuthorityAnswer away)
    {
        if (known.PasswordHash is not { } verifier || !(known.Verified + authority.OfflineFor > clock.GetUtcNow()))
        {
            return away;
        }

        return await MatchesAsync(verifier, password) switch
        {
            true => AuthorityAnswer.Right,
            false => AuthorityAnswer.Wrong,
            null => away,
        };
    }

    private async ValueTask<AuthorityAnswer> ForgetAsync(AccountWithPassword known, string password, AuthorityAnswer refused)
    {
        // A password that somebody mistyped says nothing about the right one; a refused account, or the kept password refused, does.
        if (known.PasswordHash is { } verifier && (refused.Reason != AuditReasons.BadCredentials || await MatchesAsync(verifier, password) == true))
        {
            await TryAsync(async () => await store.Accounts.SetVerifierAsync(known.Account.Id, null, clock.GetUtcNow(), CancellationToken.None));
        }

        return refused;
    }

    private async ValueTask<bool?> MatchesAsync(string verifier, string password) =>
        lane.TryRun(() => PasswordHash.Verify(verifier, password), out var check) ? await check : null;

    private static async ValueTask TryAsync(Func<ValueTask> change)
    {
        try
        {
            await change();
        }
        catch (StoreUnavailableException)
        {
            // The answer is known all the same; the next sign-in writes again.
        }
    }
}
