using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Core.Passwords;

/// <summary>
/// PBKDF2-HMAC-SHA-512 in PHC form, <c>$pbkdf2-sha512$i=&lt;rounds&gt;$&lt;salt&gt;$&lt;hash&gt;</c>, base64 without
/// padding (HTT-82; OWASP Password Storage, RFC 8018).
/// </summary>
public static class PasswordHash
{
    private const string Prefix = "$pbkdf2-sha512$i=";
    private const int SaltBytes = 16;
    private const int HashBytes = 64;
    private const int MaximumRounds = 10_000_000;

    /// <summary>Hashes a password under a new random salt.</summary>
    /// <param name="password">In normal form C.</param>
    /// <param name="rounds">PBKDF2 rounds.</param>
    public static string Create(string password, int rounds)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Derive(password, salt, rounds, HashBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{rounds}${Base64(salt)}${Base64(hash)}");
    }

    /// <summary>Compares a password with a hash, in constant time once derived.</summary>
    /// <returns>False also when the text is no hash of this form.</returns>
    public static bool Verify(string phc, string password)
    {
        if (!TryRead(phc, out var rounds, out var salt, out var hash))
        {
            return false;
        }

        return CryptographicOperations.FixedTimeEquals(Derive(password, salt, rounds, hash.Length), hash);
    }

    /// <summary>Does the work of <see cref="Verify"/> for a name that has no password (HTT-85).</summary>
    public static void VerifyNothing(string password, int rounds)
    {
        Span<byte> salt = stackalloc byte[SaltBytes];
        CryptographicOperations.FixedTimeEquals(Derive(password, salt, rounds, HashBytes), new byte[HashBytes]);
    }

    /// <summary>Rounds of a hash; 0 when the text is none.</summary>
    public static int RoundsOf(string phc) => TryRead(phc, out var rounds, out _, out _) ? rounds : 0;

    private static bool TryRead(string phc, out int rounds, out byte[] salt, out byte[] hash)
    {
        (rounds, salt, hash) = (0, [], []);
        if (!phc.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var parts = phc[Prefix.Length..].Split('$');
        return parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out rounds) && rounds is > 0 and <= MaximumRounds
            && TryFromBase64(parts[1], out salt) && TryFromBase64(parts[2], out hash) && hash.Length >= 32;
    }

    private static byte[] Derive(string password, ReadOnlySpan<byte> salt, int rounds, int length)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        var hash = Rfc2898DeriveBytes.Pbkdf2(bytes, salt, rounds, HashAlgorithmName.SHA512, length);
        CryptographicOperations.ZeroMemory(bytes);
        return hash;
    }

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static bool TryFromBase64(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        if (!Convert.TryFromBase64String(padded, bytes, out var written))
        {
            return false;
        }

        bytes = bytes[..written];
        return true;
    }
}
