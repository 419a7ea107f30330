using System.Text.RegularExpressions;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>Names of attributes (RFC 4512, section 2.5): a short name or an object identifier, with options.</summary>
internal static partial class AttributeName
{
    /// <summary>Whether a text is one.</summary>
    public static bool IsValid(string text) => Shape().IsMatch(text);

    [GeneratedRegex(@"\A(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)(?:;[A-Za-z0-9-]+)*\z", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Shape();
}
