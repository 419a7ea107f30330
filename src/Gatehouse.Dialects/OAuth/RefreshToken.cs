using System.Buffers.Text;
using System.Security.Cryptography;

namespace Gatehouse.Dialects.OAuth;

/// <summary>Shape of a refresh token: <c>ghr_</c> and 43 characters of base64url, 256 random bits.</summary>
internal static class RefreshToken
{
    private const string Prefix = "ghr_";
    private const int RandomBytes = 32;
    private const int Length = 47;

    /// <summary>Draws a new token.</summary>
    public static string Draw() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Whether a text could be one: what could not is refused without asking anybody.</summary>
    public static bool HasShape(string text) => text.Length == Length && text.StartsWith(Prefix, StringComparison.Ordinal);
}
