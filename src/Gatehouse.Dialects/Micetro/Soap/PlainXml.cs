using System.Text;
using System.Xml;

namespace Gatehouse.Dialects.Micetro.Soap;

/// <summary>XML as it is read and written here: text in, text out, nothing fetched, nothing expanded.</summary>
internal static class PlainXml
{
    private const int MaximumDeclarationLength = 256;

    /// <summary>Settings of every reader: no document types, no entities, no network.</summary>
    public static XmlReaderSettings ReaderSettings(ConformanceLevel level) => new()
    {
        ConformanceLevel = level,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CheckCharacters = true,
    };

    /// <summary>The encoding that an XML declaration names, or null.</summary>
    public static string? DeclaredEncoding(ReadOnlySpan<byte> bytes)
    {
        bytes = WithoutMark(bytes);
        if (!bytes.StartsWith("<?xml"u8))
        {
            return null;
        }

        // Latin-1 maps every byte to a character: the declaration is ASCII, whatever follows.
        var text = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, MaximumDeclarationLength)]);
        var end = text.IndexOf("?>", StringComparison.Ordinal);
        var declaration = end < 0 ? text : text[..end];
        var at = declaration.IndexOf("encoding", StringComparison.Ordinal);
        var value = at < 0 ? "" : declaration[(at + "encoding".Length)..].TrimStart(' ', '\t', '\r', '\n', '=');
        var close = value.Length == 0 ? -1 : value.IndexOf(value[0], 1);
        return value.Length > 0 && value[0] is '"' or '\'' && close > 0 ? value[1..close] : null;
    }

    /// <summary>Whether a document type stands before the first element: the only place where XML has one (MIC-59).</summary>
    public static bool HasDocumentType(ReadOnlySpan<char> text)
    {
        while (true)
        {
            text = text.TrimStart(" \t\r\n");
            var end = text.StartsWith("<?", StringComparison.Ordinal) ? "?>" : text.StartsWith("<!--", StringComparison.Ordinal) ? "-->" : null;
            if (end is null)
            {
                return text.StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase);
            }

            var at = text.IndexOf(end, StringComparison.Ordinal);
            if (at < 0)
            {
                return false;
            }

            text = text[(at + end.Length)..];
        }
    }

    /// <summary>Where each line of a text begins, as a reader counts them: ended by LF, CR LF, or CR.</summary>
    public static List<int> LineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
            {
                starts.Add(i + 1);
            }
        }

        return starts;
    }

    /// <summary>Bytes without a UTF-8 mark.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;

    /// <summary>Appends a text as element content or attribute value. A character that XML does not have becomes U+FFFD.</summary>
    public static StringBuilder AppendEscaped(this StringBuilder xml, string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '&':
                    xml.Append("&amp;");
                    break;
                case '<':
                    xml.Append("&lt;");
                    break;
                case '>':
                    xml.Append("&gt;");
                    break;
                case '"':
                    xml.Append("&quot;");
                    break;
                case '\'':
                    xml.Append("&apos;");
                    break;
                case var high when i + 1 < text.Length && char.IsSurrogatePair(high, text[i + 1]):
                    xml.Append(high).Append(text[++i]);
                    break;
                case var other:
                    xml.Append(XmlConvert.IsXmlChar(other) ? other : '\ufffd');
                    break;
            }
        }

        return xml;
    }
}
