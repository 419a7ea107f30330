using System.Diagnostics.CodeAnalysis;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.SubjectTokens;

/// <summary>A token that some dialect knows as its own.</summary>
/// <param name="State">What became of it; <see cref="SessionState.Unknown"/> when nobody knows it.</param>
/// <param name="Token">How it was read; null when nobody knows it.</param>
/// <param name="Live">Its session.</param>
/// <param name="Account">Its account.</param>
public readonly record struct FoundSubject(SessionState State, SubjectToken? Token, LiveSession? Live, Account? Account)
{
    /// <summary>Whether there is one, and it opens.</summary>
    [MemberNotNullWhen(true, nameof(Token), nameof(Live), nameof(Account))]
    public bool IsLive => State == SessionState.Live;
}

/// <summary>Asks all dialects about a token.</summary>
public sealed class SubjectTokenDirectory(IEnumerable<ISubjectTokenReader> readers, SessionRegistry sessions)
{
    private readonly ISubjectTokenReader[] _readers = [.. readers.OrderBy(reader => reader.TellsByShape ? 0 : 1)];

    /// <summary>Finds the session that a text stands for. Not counted as a use.</summary>
    public async ValueTask<FoundSubject> FindAsync(string text, CancellationToken cancellationToken)
    {
        foreach (var reader in _readers)
        {
            if (reader.Read(text) is not { } token)
            {
                continue;
            }

            var check = await sessions.CheckAsync(token.Hash, cancellationToken);
            if (check.State == SessionState.Unavailable)
            {
                return new FoundSubject(SessionState.Unavailable, null, null, null);
            }

            if (check is { Live: { } live, Account: { } account } && token.StandsFor(live, account))
            {
                return new FoundSubject(check.State, token, live, account);
            }
        }

        return new FoundSubject(SessionState.Unknown, null, null, null);
    }
}
