using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Dialects.Repositories;

/// <summary>
/// What a session is known by: <c>session</c>, which finds it, and <c>sid</c>, which proves it once more. The store has
/// <c>session</c> as every token, by its SHA-256; and of <c>sid</c> the SHA-256 behind <c>session</c>, because its 63 bits
/// alone could be searched for by somebody who got hold of the store.
/// </summary>
/// <param name="Session">128 random bits in hex, grouped 8-4-4-4-12 (REP-56).</param>
/// <param name="Sid">19 random decimal digits, the first not 0 (REP-57).</param>
internal sealed record SessionPair(string Session, string Sid)
{
    private const int SessionBytes = 16;
    private const int SessionLength = 36;
    private const int SidLength = 19;
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly int[] Groups = [8, 4, 4, 4, 12];

    /// <summary>Draws a new pair.</summary>
    public static SessionPair Draw()
    {
        var hex = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SessionBytes));
        var session = $"{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}";
        var first = RandomNumberGenerator.GetInt32(1, 10).ToString(CultureInfo.InvariantCulture);
        return new SessionPair(session, first + RandomNumberGenerator.GetString("0123456789", SidLength - 1));
    }

    /// <summary>Whether a text could be a <c>session</c> of ours.</summary>
    public static bool HasShape(string session)
    {
        if (session.Length != SessionLength)
        {
            return false;
        }

        var rest = session.AsSpan();
        foreach (var group in Groups)
        {
            if (rest[..group].ContainsAnyExcept(LowerHex) || (rest.Length > group && rest[group] != '-'))
            {
                return false;
            }

            rest = rest[Math.Min(group + 1, rest.Length)..];
        }

        return true;
    }

    /// <summary>What the session's record keeps of the <c>sid</c>.</summary>
    public static string Seal(string session, string sid) => Convert.ToBase64String(Digest(session, sid));

    /// <summary>Whether a <c>sid</c> is the one that was sealed, in constant time (REP-62).</summary>
    public static bool IsSealed(string session, string sid, string seal)
    {
        Span<byte> kept = stackalloc byte[SHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(seal, kept, out var length) && CryptographicOperations.FixedTimeEquals(kept[..length], Digest(session, sid));
    }

    /// <summary>Nothing: both are secrets.</summary>
    public override string ToString() => nameof(SessionPair);

    // The session has a fixed length: no other pair is written the same.
    private static byte[] Digest(string session, string sid) => SHA256.HashData(Encoding.UTF8.GetBytes(session + sid));
}
