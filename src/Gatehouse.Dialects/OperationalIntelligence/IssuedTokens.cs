using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>A pair of tokens, as its holder gets it once, and again within the grace.</summary>
/// <param name="Access"><c>tkn</c></param>
/// <param name="Refresh"><c>rtkn</c></param>
/// <param name="Locale">The locale of the session.</param>
internal sealed record IssuedTokens(string Access, string Refresh, string Locale)
{
    private const int TokenBytes = 16;
    private const char Separator = '\n';

    /// <summary>Draws a pair: in UUID form, but all 128 bits are random, without version and variant (OI-44).</summary>
    public static IssuedTokens Draw(string locale) => new(DrawToken(), DrawToken(), locale);

    /// <summary>Whether a text could be a token of a pair.</summary>
    public static bool HasShape(string text) => Guid.TryParseExact(text, "D", out _);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static IssuedTokens FromBytes(ReadOnlySpan<byte> bytes)
    {
        var parts = Encoding.UTF8.GetString(bytes).Split(Separator);
        return new IssuedTokens(parts[0], parts[1], parts[2]);
    }

    /// <summary>The form that is sealed for a caller who comes again (OI-60).</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Join(Separator, Access, Refresh, Locale));

    /// <summary>Nothing: tokens have no business in logs.</summary>
    public override string ToString() => nameof(IssuedTokens);

    private static string DrawToken() => new Guid(RandomNumberGenerator.GetBytes(TokenBytes)).ToString("D");
}
