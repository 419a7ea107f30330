using System.Text;

namespace Gatehouse.Dialects.Http;

/// <summary>One field of a form, as bytes: what they mean is the dialect's affair.</summary>
/// <param name="Name">Decoded name.</param>
/// <param name="Value">Decoded value.</param>
public readonly record struct FormField(byte[] Name, byte[] Value);

/// <summary>
/// Takes a form body apart, the way callers write it who never heard of URL encoding: split at <c>&amp;</c>, then at the
/// first <c>=</c>; <c>+</c> is a blank; <c>%XX</c> is a byte; a <c>%</c> without two hex digits stands for itself.
/// </summary>
public static class FormBody
{
    /// <summary>Parses a body.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="maximumFields">Most fields that are allowed.</param>
    /// <returns>The fields in their order, or null when there are too many.</returns>
    public static List<FormField>? Parse(ReadOnlySpan<byte> body, int maximumFields)
    {
        var fields = new List<FormField>();
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'&');
            var field = end < 0 ? body : body[..end];
            body = end < 0 ? [] : body[(end + 1)..];
            if (field.IsEmpty)
            {
                continue;
            }

            if (fields.Count == maximumFields)
            {
                return null;
            }

            var equals = field.IndexOf((byte)'=');
            fields.Add(equals < 0 ? new FormField(Decode(field), []) : new FormField(Decode(field[..equals]), Decode(field[(equals + 1)..])));
        }

        return fields;
    }

    /// <summary>Reads bytes as UTF-8.</summary>
    /// <returns>False when they are not.</returns>
    public static bool TryReadUtf8(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes);
        return true;
    }

    /// <summary>Decodes <c>+</c> and <c>%XX</c>.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny((byte)'%', (byte)'+') < 0)
        {
            return text.ToArray();
        }

        var bytes = new byte[text.Length];
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                bytes[written++] = (byte)((HexValue(text[i + 1]) << 4) | HexValue(text[i + 2]));
                i += 2;
            }
            else
            {
                bytes[written++] = text[i] == '+' ? (byte)' ' : text[i];
            }
        }

        return bytes[..written];
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
