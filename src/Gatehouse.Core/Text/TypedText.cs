using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gatehouse.Core.Text;

/// <summary>What is asked of every text that somebody typed: its length in code points, its form, its control characters.</summary>
public static class TypedText
{
    /// <summary>Counts Unicode code points; a lone surrogate counts as one.</summary>
    public static int Length(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var pairs = 0;
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i], text[i + 1]))
            {
                pairs++;
                i++;
            }
        }

        return text.Length - pairs;
    }

    /// <summary>U+0000 to U+001F and U+007F to U+009F (HTT-49).</summary>
    public static bool HasControl(string text) => text.AsSpan().ContainsAnyInRange('\u0000', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f');

    /// <summary>Brings a text to Unicode normal form C.</summary>
    /// <returns>False when the text is not valid Unicode: half a surrogate pair, or U+FFFE, which is no character and no form takes.</returns>
    public static bool TryNormalize(string text, out string normal)
    {
        normal = text;
        if (Ascii.IsValid(text))
        {
            return true;
        }

        if (HasLoneSurrogate(text) || text.Contains('\ufffe', StringComparison.Ordinal))
        {
            return false;
        }

        normal = text.Normalize(NormalizationForm.FormC);
        return true;
    }

    /// <summary>The first <paramref name="length"/> code points of a text.</summary>
    public static string Cut(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= length)
        {
            return text;
        }

        var end = 0;
        for (var points = 0; points < length && end < text.Length; points++)
        {
            end += end + 1 < text.Length && char.IsSurrogatePair(text[end], text[end + 1]) ? 2 : 1;
        }

        return text[..end];
    }

    /// <summary>
    /// Writes control, format, separator and surrogate characters as <c>\uXXXX</c>, so that what a caller sent stays
    /// on its line and cannot steer a terminal (HTT-180).
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var builder = new StringBuilder(text.Length + 16);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var whole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done;
            if (whole && IsHarmless(rune))
            {
                builder.Append(rest[..length]);
            }
            else
            {
                foreach (var unit in rest[..length])
                {
                    builder.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                }
            }

            rest = rest[length..];
        }

        return builder.ToString();
    }

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                return true;
            }

            i++;
        }

        return false;
    }
}
