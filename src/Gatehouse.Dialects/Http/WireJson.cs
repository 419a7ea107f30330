using System.Globalization;
using System.Text;

namespace Gatehouse.Dialects.Http;

/// <summary>Writes JSON strings the way <c>JSON.stringify</c> does: only <c>"</c>, <c>\</c> and control characters are escaped.</summary>
public static class WireJson
{
    /// <summary>Appends a string in quotes.</summary>
    /// <param name="builder">Where to.</param>
    /// <param name="text">The string.</param>
    /// <param name="asciiOnly">Write everything beyond ASCII as <c>\uXXXX</c>, so that it can stand in a header.</param>
    public static StringBuilder AppendString(StringBuilder builder, string text, bool asciiOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(text);
        builder.Append('"');
        foreach (var character in text)
        {
            switch (character)
            {
                case '"' or '\\':
                    builder.Append('\\').Append(character);
                    break;
                case < ' ':
                case '\u007f' when asciiOnly:
                case > '\u007f' when asciiOnly:
                    builder.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
                    break;
                default:
                    builder.Append(character);
                    break;
            }
        }

        return builder.Append('"');
    }

    /// <summary>Appends a string in quotes, or <c>null</c>.</summary>
    public static StringBuilder AppendStringOrNull(StringBuilder builder, string? text)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return text is null ? builder.Append("null") : AppendString(builder, text);
    }
}
