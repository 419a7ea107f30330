using Gatehouse.Authorities.Ldap.Wire;

namespace Gatehouse.Authorities.Ldap;

/// <summary>Names to bind with, made of a template and what somebody typed.</summary>
internal static class LdapBindName
{
    private const string Placeholder = "{name}";

    // What separates names from domains in the forms that Active Directory takes.
    private static readonly System.Buffers.SearchValues<char> Separators = System.Buffers.SearchValues.Create("\\/@:;,=+<>*?|\"[]");

    /// <summary>Whether a text is a template: a DN, or a domain, a backslash and the name.</summary>
    public static bool IsTemplate(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var occurrences = template.Split(Placeholder).Length - 1;
        return occurrences == 1 && (IsDn(template) || (template.EndsWith($"\\{Placeholder}", StringComparison.Ordinal) && template.IndexOf('\\', StringComparison.Ordinal) == template.Length - Placeholder.Length - 1));
    }

    /// <summary>Whether what a template gives is the DN of the person.</summary>
    public static bool IsDn(string template) => DistinguishedName.TryParse(template.Replace(Placeholder, "name", StringComparison.Ordinal), out _);

    /// <summary>Puts a name in; null when the name could mean something else there.</summary>
    public static string? Make(string template, string name)
    {
        ArgumentNullException.ThrowIfNull(template);
        return IsDn(template) ? template.Replace(Placeholder, DistinguishedName.Escape(name), StringComparison.Ordinal)
            : name.AsSpan().ContainsAny(Separators) || name.Any(char.IsControl) ? null
            : template.Replace(Placeholder, name, StringComparison.Ordinal);
    }
}
