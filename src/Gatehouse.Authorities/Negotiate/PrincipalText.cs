using Gatehouse.Core.SignIn;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>Takes apart how the security library displays a name.</summary>
internal static class PrincipalText
{
    /// <summary>Reads a name.</summary>
    /// <returns>Null where it does not say one name in one realm, beyond any doubt.</returns>
    public static Principal? Read(string? text, HandshakeMechanisms mechanism)
    {
        // Some versions leave a NUL at the end.
        text = text?.TrimEnd('\0');
        if (string.IsNullOrEmpty(text) || text.Any(char.IsControl))
        {
            return null;
        }

        // Kerberos escapes an '@' that belongs to the name, and the backslash itself: such a name could read as another realm's, or as a domain's.
        var (separator, hasOthers) = mechanism switch
        {
            HandshakeMechanisms.Kerberos => (text.IndexOf('@', StringComparison.Ordinal), text.Contains('\\', StringComparison.Ordinal) || text.Count(c => c == '@') > 1),
            HandshakeMechanisms.Ntlm => (text.IndexOf('\\', StringComparison.Ordinal), text.Count(c => c == '\\') > 1),
            _ => (-1, true),
        };
        if (separator < 1 || hasOthers || separator == text.Length - 1)
        {
            return null;
        }

        var (left, right) = (text[..separator], text[(separator + 1)..]);
        return mechanism == HandshakeMechanisms.Kerberos ? new Principal(left, right, mechanism) : new Principal(right, left, mechanism);
    }
}
