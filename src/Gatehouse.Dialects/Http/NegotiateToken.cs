namespace Gatehouse.Dialects.Http;

/// <summary>The leg of a handshake that <c>Authorization: Negotiate</c> carries (RFC 4559; HTT-9, HTT-63).</summary>
public static class NegotiateToken
{
    /// <summary>The scheme, as challenges name it.</summary>
    public const string Scheme = "Negotiate";

    /// <summary>Longest field value that is decoded, in characters (HTT-9).</summary>
    private const int MaximumLength = 96 * 1024;

    /// <summary>Whether a field value names the scheme, in whatever letter case, alone or before a blank.</summary>
    public static bool HasScheme(ReadOnlySpan<char> value) =>
        value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (value.Length == Scheme.Length || value[Scheme.Length] == ' ');

    /// <summary>Reads a whole field value, scheme included.</summary>
    /// <returns>Null when it is malformed: not standard base64 with its padding, empty, or too long.</returns>
    public static byte[]? Read(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var trimmed = value.AsSpan().Trim(' ');
        if (value.Length > MaximumLength || !HasScheme(trimmed))
        {
            return null;
        }

        var encoded = trimmed[Scheme.Length..].TrimStart(' ');
        if (encoded.IsEmpty || encoded.Length % 4 != 0)
        {
            return null;
        }

        // White space inside and loose bits at the end decode, too; they do not come out again.
        var bytes = new byte[encoded.Length / 4 * 3];
        return Convert.TryFromBase64Chars(encoded, bytes, out var written) && encoded.Equals(Convert.ToBase64String(bytes, 0, written), StringComparison.Ordinal)
            ? bytes[..written]
            : null;
    }

    /// <summary>The challenge that carries a token back; the bare scheme where there is none.</summary>
    public static string Challenge(byte[]? token) => token is { Length: > 0 } ? $"{Scheme} {Convert.ToBase64String(token)}" : Scheme;
}
