using System.Buffers.Text;
using System.Security.Cryptography;

namespace Gatehouse.Core.Sessions;

/// <summary>Shape of an API token: <c>ght_</c> and 43 characters of base64url, 256 random bits (HTT-108).</summary>
public static class ApiToken
{
    /// <summary>How every API token begins.</summary>
    public const string Prefix = "ght_";

    /// <summary>Length of every API token, in characters.</summary>
    public const int Length = 47;

    private const int RandomBytes = 32;

    /// <summary>Draws a new token.</summary>
    public static string Draw() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Whether a text has the shape of an API token; says nothing about its being one.</summary>
    public static bool HasShape(ReadOnlySpan<char> text)
    {
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var character in text[Prefix.Length..])
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return false;
            }
        }

        return true;
    }
}
