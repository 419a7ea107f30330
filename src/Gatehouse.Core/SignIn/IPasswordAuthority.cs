using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.SignIn;

/// <summary>What an authority says to a password.</summary>
public enum AuthorityAnswer
{
    /// <summary>It is right.</summary>
    Right,

    /// <summary>It is wrong, or there is none.</summary>
    Wrong,

    /// <summary>Nobody could say.</summary>
    Unavailable,
}

/// <summary>A name and password, as an authority gets them.</summary>
/// <param name="Account">The account that is meant; null when no account has the name, and the answer must cost the same time.</param>
/// <param name="Password">In normal form C; never blank.</param>
/// <param name="AdditionalText">What the caller sent along for the authority, unread.</param>
public sealed record PasswordQuestion(AccountWithPassword? Account, string Password, string? AdditionalText)
{
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
