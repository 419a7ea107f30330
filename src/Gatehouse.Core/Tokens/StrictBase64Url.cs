using System.Buffers;
using System.Buffers.Text;

namespace Gatehouse.Core.Tokens;

/// <summary>Base64url without padding, one spelling for one value (RFC 7515 section 2; HTT-123).</summary>
public static class StrictBase64Url
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static readonly SearchValues<byte> Characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>Decodes a text.</summary>
    /// <param name="text">The text, in ASCII.</param>
    /// <param name="bytes">Takes the value; as long as the text is always enough.</param>
    /// <param name="written">Length of the value.</param>
    /// <returns>False when there is padding, white space, another alphabet, a left-over character, or unused bits that are not zero.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes, out int written)
    {
        written = 0;
        return !text.ContainsAnyExcept(Characters)
            && HasCleanEnd(text)
            && Base64Url.DecodeFromUtf8(text, bytes, out _, out written) == OperationStatus.Done;
    }

    /// <summary>The last of two or three characters holds bits that no byte needs.</summary>
    private static bool HasCleanEnd(ReadOnlySpan<byte> text)
    {
        var unused = (text.Length % 4) switch { 0 => 0, 2 => 4, 3 => 2, _ => -1 };
        return unused == 0 || (unused > 0 && (Alphabet.IndexOf((char)text[^1], StringComparison.Ordinal) & ((1 << unused) - 1)) == 0);
    }
}
