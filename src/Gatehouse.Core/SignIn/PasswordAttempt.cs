using System.Net;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.SignIn;

/// <summary>A name and a password that somebody presented at a door.</summary>
/// <param name="TypedName">The name as typed.</param>
/// <param name="Password">The password as typed.</param>
/// <param name="Source">Address of the caller.</param>
public sealed record PasswordAttempt(string TypedName, string Password, IPAddress Source)
{
    /// <summary>Longest name that is looked at, in code points (HTT-51).</summary>
    public const int MaximumNameLength = 256;

    /// <summary>Longest password that is looked at, in code points (HTT-51).</summary>
    public const int MaximumPasswordLength = 1_024;

    /// <summary>Longest additional text that is handed on, in code points (ARS-47).</summary>
    public const int MaximumAdditionalTextLength = 2_048;

    /// <summary>What the caller sent along for an external authority, unread. Never decides which account is meant.</summary>
    public string? AdditionalText { get; init; }

    /// <summary>Key of the name of the tenant that the sign-in is to; null where it names none. Decides which authorities may answer.</summary>
    public string? TenantKey { get; init; }

    /// <summary>A name that no authority knows is no guess: the dialect takes its bearer in as a guest.</summary>
    public bool UnknownIsGuest { get; init; }

    /// <summary>
    /// Ask the authority even if the answer is remembered: for a door that refuses for another reason and must take
    /// the time that a wrong password takes (HTT-85).
    /// </summary>
    public bool Anew { get; init; }

    /// <summary>
    /// The caller is to get the token of the account's single sign-on, if it has one: memory does not answer then, and
    /// <see cref="PasswordVerdict.Accepted.Token"/> is set. Equal sign-ins at the same moment share one token (HTT-93).
    /// </summary>
    public bool WantsToken { get; init; }

    /// <summary>Nothing of the password.</summary>
    public override string ToString() => nameof(PasswordAttempt);
}

/// <summary>What became of a name and a password. Unavailable is never refused.</summary>
public abstract record PasswordVerdict
{
    private PasswordVerdict()
    {
    }

    /// <summary>The password is right.</summary>
    /// <param name="Account">The account as it was when the password was checked.</param>
    /// <param name="Remembered">Answered from memory, or by an equal question in flight: no authority was asked on behalf of this one.</param>
    public sealed record Accepted(Account Account, bool Remembered) : PasswordVerdict
    {
        /// <summary>The token that an external single sign-on gave for the password. Null unless <see cref="PasswordAttempt.WantsToken"/>.</summary>
        public ExternalToken? Token { get; init; }
    }

    /// <summary>It is not, or it was not looked at.</summary>
    /// <param name="Reason">What the operator learns: one of <see cref="Audit.AuditReasons"/>.</param>
    /// <param name="Account">The account that was meant, if there is one.</param>
    public sealed record Refused(string Reason, Account? Account) : PasswordVerdict;

    /// <summary>Not looked at, because of earlier wrong passwords.</summary>
    /// <param name="Reason">What the operator learns: one of <see cref="Audit.AuditReasons"/>.</param>
    /// <param name="Account">The account that was meant, if it is known.</param>
    /// <param name="RetryAfter">How long to wait.</param>
    public sealed record Throttled(string Reason, Account? Account, TimeSpan RetryAfter) : PasswordVerdict;

    /// <summary>Nobody could say.</summary>
    /// <param name="RetryAfter">How long to wait.</param>
    public sealed record Unavailable(TimeSpan RetryAfter) : PasswordVerdict;
}
