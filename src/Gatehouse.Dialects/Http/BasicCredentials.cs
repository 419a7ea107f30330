using System.Text;
using System.Text.Unicode;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;

namespace Gatehouse.Dialects.Http;

/// <summary>
/// A name and a password as <c>Basic</c> carries them (contract http-and-tokens, section 3; RFC 7617). One credential
/// has one spelling: what this parser refuses is refused without an authority and is no guess.
/// </summary>
/// <param name="Name">As typed.</param>
/// <param name="Password">As typed.</param>
public sealed record BasicCredentials(string Name, string Password)
{
    private const string Scheme = "Basic";

    /// <summary>Longest field value that is decoded, in characters (HTT-9).</summary>
    private const int MaximumLength = 16 * 1024;

    /// <summary>Whether a field value names the scheme, in whatever letter case, alone or before a blank.</summary>
    public static bool HasScheme(ReadOnlySpan<char> value) =>
        value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (value.Length == Scheme.Length || value[Scheme.Length] == ' ');

    /// <summary>Reads a whole field value, scheme included (HTT-40 to HTT-51).</summary>
    /// <returns>Null when it is malformed; empty names and passwords are read (HTT-48: whoever asks an authority refuses them).</returns>
    public static BasicCredentials? Read(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var trimmed = value.AsSpan().Trim(' ');
        return value.Length <= MaximumLength && HasScheme(trimmed) && trimmed.Length > Scheme.Length
            ? ReadEncoded(trimmed[Scheme.Length..].TrimStart(' '))
            : null;
    }

    /// <summary>Reads the base64 text alone (HTT-43 to HTT-51).</summary>
    /// <returns>Null when it is malformed.</returns>
    public static BasicCredentials? ReadEncoded(ReadOnlySpan<char> encoded)
    {
        // The size is looked at before anything is made of it (ATK-47).
        if (encoded.Length > MaximumLength || encoded.Length % 4 != 0)
        {
            return null;
        }

        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var written))
        {
            return null;
        }

        // White space inside and loose bits at the end decode, too; they do not come out again.
        var decoded = bytes.AsSpan(0, written);
        if (!encoded.Equals(Convert.ToBase64String(decoded), StringComparison.Ordinal) || !Utf8.IsValid(decoded))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(decoded);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return null;
        }

        var (name, password) = (text[..colon], text[(colon + 1)..]);
        return TypedText.HasControl(text)
            || TypedText.Length(name) > PasswordAttempt.MaximumNameLength
            || TypedText.Length(password) > PasswordAttempt.MaximumPasswordLength
                ? null
                : new BasicCredentials(name, password);
    }

    /// <summary>Nothing: the password has no business in logs.</summary>
    public override string ToString() => nameof(BasicCredentials);
}
