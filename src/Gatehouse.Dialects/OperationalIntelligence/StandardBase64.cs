using System.Text;
using System.Text.Unicode;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Texts in standard-alphabet base64 (RFC 4648 section 4): no blanks inside, no loose bits, UTF-8 within.</summary>
internal static class StandardBase64
{
    private const int Group = 4;

    /// <summary>Decodes bytes.</summary>
    /// <param name="encoded">The base64.</param>
    /// <param name="paddingRequired">False: it may be left away, wholly.</param>
    /// <param name="bytes">What it stands for.</param>
    public static bool TryDecode(ReadOnlySpan<char> encoded, bool paddingRequired, out byte[] bytes)
    {
        bytes = [];
        var missing = (Group - (encoded.Length % Group)) % Group;
        if (missing == Group - 1 || (missing > 0 && paddingRequired))
        {
            return false;
        }

        var whole = missing == 0 ? encoded.ToString() : encoded.ToString().PadRight(encoded.Length + missing, '=');
        var buffer = new byte[whole.Length / Group * 3];
        if (!Convert.TryFromBase64String(whole, buffer, out var written))
        {
            return false;
        }

        // Blanks inside, loose bits and half-missing padding decode, too; they do not come out again.
        bytes = buffer[..written];
        return Convert.ToBase64String(bytes) == whole && !(missing > 0 && encoded.EndsWith('='));
    }

    /// <summary>Decodes a text.</summary>
    public static bool TryDecodeText(ReadOnlySpan<char> encoded, bool paddingRequired, out string text)
    {
        text = "";
        if (!TryDecode(encoded, paddingRequired, out var bytes) || !Utf8.IsValid(bytes))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes);
        return true;
    }
}
