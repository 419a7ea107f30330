using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.SignIn;

/// <summary>A name and password, as an authority gets them.</summary>
/// <param name="Name">The account's name as the authority spells it; the typed one where nobody knows that yet. Never with a domain that is the authority's own.</param>
/// <param name="Account">The account that is meant; null when no account has the name, and the answer must cost the same time.</param>
/// <param name="Password">In normal form C; never blank.</param>
/// <param name="AdditionalText">What the caller sent along for the authority, unread.</param>
public sealed record PasswordQuestion(string Name, AccountWithPassword? Account, string Password, string? AdditionalText)
{
    /// <summary>Whether a token of the authority's own is to be handed on. Where it is not, the authority ends what it had to make.</summary>
    public bool WantsToken { get; init; }

    /// <summary>Nothing: the password has no business in logs.</summary>
    public override string ToString() => nameof(PasswordQuestion);
}

/// <summary>What can check a password. An account has one, and no other can answer for it.</summary>
public interface IPasswordAuthority
{
    /// <summary>The name under which accounts refer to it (<see cref="Account.Authority"/>).</summary>
    string Name { get; }

    /// <summary>Checks a password.</summary>
    ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken);
}
