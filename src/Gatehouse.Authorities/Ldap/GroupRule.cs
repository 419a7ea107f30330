using System.Diagnostics.CodeAnalysis;
using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Authorities.Ldap;

/// <summary>
/// What the members of a group get here: <c>cn=ops,ou=groups,dc=example,dc=org => role:administrator</c>, or
/// <c>* => tenant:north</c> for everybody whom the directory lets in.
/// </summary>
/// <param name="Group">The group; null for everybody.</param>
/// <param name="Role">The role that members get, if any.</param>
/// <param name="Tenant">The tenant that members join, if any.</param>
internal sealed record GroupRule(DistinguishedName? Group, Roles Role, string? Tenant)
{
    /// <summary>What is allowed, in words that follow "allowed is".</summary>
    public const string Allowed = "a list of '<DN of a group, or *> => role:<administrator, client, global or impersonator>' or '... => tenant:<name>'";

    private const string Arrow = "=>";

    /// <summary>Reads a rule.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out GroupRule? rule)
    {
        ArgumentNullException.ThrowIfNull(text);
        rule = null;
        var arrow = text.LastIndexOf(Arrow, StringComparison.Ordinal);
        if (arrow < 0)
        {
            return false;
        }

        var (left, right) = (text[..arrow].Trim(), text[(arrow + Arrow.Length)..].Trim());
        DistinguishedName? group = null;
        if (left != "*" && !DistinguishedName.TryParse(left, out group))
        {
            return false;
        }

        if (right.StartsWith("role:", StringComparison.Ordinal) && RoleNames.TryParse(right["role:".Length..].Trim(), out var role))
        {
            rule = new GroupRule(group, role, null);
        }
        else if (right.StartsWith("tenant:", StringComparison.Ordinal) && right["tenant:".Length..].Trim() is { Length: > 0 } tenant)
        {
            rule = new GroupRule(group, Roles.None, tenant);
        }

        return rule is not null;
    }
}
