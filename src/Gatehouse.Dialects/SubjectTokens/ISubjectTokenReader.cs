using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.SubjectTokens;

/// <summary>
/// What a dialect says about tokens of its own to those who meet them outside of its paths: the OAuth face, at exchange
/// and introspection. To make a dialect's tokens known there, register one of these beside the dialect's scheme.
/// </summary>
public interface ISubjectTokenReader
{
    /// <summary>Whether it can tell most foreign texts by their shape; who cannot is asked last, because asking costs a look-up.</summary>
    bool TellsByShape => true;

    /// <summary>Whether a text could be one of the dialect's tokens, in the form in which it gave them out.</summary>
    /// <param name="text">The text as it was shown.</param>
    /// <returns>Which session it would stand for; null when it is none of the dialect's. Asks no store.</returns>
    SubjectToken? Read(string text);
}

/// <summary>A text that could be a token.</summary>
/// <param name="Hash">Under which its session is found.</param>
/// <param name="StandsFor">Whether the session that was found is the dialect's, and proven by the text.</param>
public sealed record SubjectToken(TokenHash Hash, Func<LiveSession, Account, bool> StandsFor)
{
    /// <summary>Whether it is a JSON Web Token.</summary>
    public bool IsJwt { get; init; }

    /// <summary>
    /// Whether the dialect lets its holder act in every tenant of the account, whatever <see cref="Session.Tenants"/> says: there
    /// the session's tenant is where the caller came in, not how far it goes.
    /// </summary>
    public bool OpensAllTenants { get; init; }

    /// <summary>Nothing: a token has no business in logs.</summary>
    public override string ToString() => nameof(SubjectToken);
}
