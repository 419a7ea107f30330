using Gatehouse.Core.Audit;

namespace Gatehouse.Core.SignIn;

/// <summary>What an authority decided about a password.</summary>
public enum AuthorityDecision
{
    /// <summary>It is right.</summary>
    Right,

    /// <summary>It is wrong, or there is none, or the account may not enter.</summary>
    Wrong,

    /// <summary>Nobody could say.</summary>
    Unavailable,
}

/// <summary>What an authority says to a password.</summary>
/// <param name="Decision">Right, wrong, or nobody could say.</param>
public sealed record AuthorityAnswer(AuthorityDecision Decision)
{
    /// <summary>The password is right.</summary>
    public static AuthorityAnswer Right { get; } = new(AuthorityDecision.Right);

    /// <summary>The password is wrong.</summary>
    public static AuthorityAnswer Wrong { get; } = new(AuthorityDecision.Wrong) { Reason = AuditReasons.BadCredentials };

    /// <summary>Nobody could say.</summary>
    public static AuthorityAnswer Unavailable { get; } = new(AuthorityDecision.Unavailable) { Reason = AuditReasons.Unavailable };

    /// <summary>What the operator learns about a wrong one: one of <see cref="AuditReasons"/>. Null: the account itself tells.</summary>
    public string? Reason { get; init; }

    /// <summary>Who it is, as an external authority has it now. Null where the account in the store is all there is.</summary>
    public ExternalPerson? Person { get; init; }

    /// <summary>The token that an external single sign-on gave for the password, if it gives one.</summary>
    public ExternalToken? Token { get; init; }

    /// <summary>A wrong password, for a reason that only the operator learns.</summary>
    /// <param name="reason">One of <see cref="AuditReasons"/>.</param>
    public static AuthorityAnswer WrongBecause(string reason) => new(AuthorityDecision.Wrong) { Reason = reason };
}
