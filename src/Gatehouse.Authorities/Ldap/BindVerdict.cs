using System.Text.RegularExpressions;
using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Core.Audit;

namespace Gatehouse.Authorities.Ldap;

/// <summary>What the result of a person's bind means.</summary>
internal static partial class BindVerdict
{
    /// <summary>Says why the person may not enter; null when the person may.</summary>
    /// <returns>One of <see cref="AuditReasons"/>.</returns>
    public static string? RefusalOf(LdapResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var policy = (PasswordPolicyError?)result.PolicyError switch
        {
            PasswordPolicyError.PasswordExpired or PasswordPolicyError.ChangeAfterReset => AuditReasons.MustChange,
            PasswordPolicyError.AccountLocked => AuditReasons.Locked,
            _ => null,
        };
        return result.Code == LdapResultCode.Success
            ? policy
            : policy ?? ActiveDirectoryReason(result.Diagnostic) ?? AuditReasons.BadCredentials;
    }

    /// <summary>Active Directory says more in its diagnostic text: <c>AcceptSecurityContext error, data 52e, v1db1</c>, a Windows error in hexadecimal.</summary>
    private static string? ActiveDirectoryReason(string diagnostic) => Data().Match(diagnostic) is { Success: true } match
        ? match.Groups["code"].ValueSpan switch
        {
            "525" => AuditReasons.UnknownAccount,
            "52e" => AuditReasons.BadCredentials,

            // Not at this hour, not from this computer, disabled.
            "530" or "531" or "533" => AuditReasons.Disabled,

            // The password has expired; the account has; a new password is wanted first.
            "532" or "773" => AuditReasons.MustChange,
            "701" => AuditReasons.Expired,
            "775" => AuditReasons.Locked,
            _ => AuditReasons.BadCredentials,
        }
        : null;

    [GeneratedRegex("AcceptSecurityContext error, data (?<code>[0-9a-f]{1,8})[,;]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Data();
}
