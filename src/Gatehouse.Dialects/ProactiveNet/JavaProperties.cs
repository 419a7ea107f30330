using System.Globalization;
using System.Text;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>One entry of a properties file.</summary>
/// <param name="Key">Unescaped.</param>
/// <param name="Value">Unescaped; blanks at its end are still there.</param>
/// <param name="Line">The line that it begins in, from 1.</param>
internal readonly record struct JavaProperty(string Key, string Value, int Line);

/// <summary>
/// Reads Java properties the way <c>java.util.Properties.load</c> does (PN-38 to PN-42): ISO-8859-1, comments, lines that
/// go on, escapes. A UTF-8 mark at the beginning is skipped.
/// </summary>
internal static class JavaProperties
{
    private const int UnicodeDigits = 4;

    /// <summary>Reads all entries, in the order of the file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="entries">The entries up to the first fault.</param>
    /// <returns>The line with a broken <c>\u</c> escape, or null.</returns>
    public static int? Read(ReadOnlySpan<byte> bytes, out List<JavaProperty> entries)
    {
        entries = [];
        var text = Encoding.Latin1.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        foreach (var (line, number) in LogicalLines(text))
        {
            var (key, value) = Split(line);
            if (!TryUnescape(key, out var plainKey) || !TryUnescape(value, out var plainValue))
            {
                return number;
            }

            entries.Add(new JavaProperty(plainKey, plainValue, number));
        }

        return null;
    }

    /// <summary>Lines with their continuations, without comments and blank ones, still escaped.</summary>
    private static IEnumerable<(string Line, int Number)> LogicalLines(string text)
    {
        StringBuilder? unfinished = null;
        var begun = 0;
        var number = 0;
        foreach (var natural in NaturalLines(text))
        {
            number++;
            var line = natural.TrimStart(' ', '\t', '\f');
            if (unfinished is null && (line.Length == 0 || line[0] is '#' or '!'))
            {
                // A comment ends with its line, whatever stands at its end (PN-39).
                continue;
            }

            if (unfinished is null)
            {
                begun = number;
            }

            var goesOn = EndsInOddBackslashes(line);
            var part = goesOn ? line[..^1] : line;
            if (goesOn)
            {
                (unfinished ??= new StringBuilder()).Append(part);
                continue;
            }

            yield return (unfinished is null ? part : unfinished.Append(part).ToString(), begun);
            unfinished = null;
        }

        if (unfinished is not null)
        {
            yield return (unfinished.ToString(), begun);
        }
    }

    private static IEnumerable<string> NaturalLines(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny('\r', '\n');
            if (end < 0)
            {
                yield return text[start..];
                yield break;
            }

            end += start;
            yield return text[start..end];
            start = end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
        }
    }

    private static bool EndsInOddBackslashes(string line) => (line.Length - line.TrimEnd('\\').Length) % 2 == 1;

    /// <summary>The key ends at the first <c>=</c>, <c>:</c> or blank that is not escaped; one separator may follow the blanks.</summary>
    private static (string Key, string Value) Split(string line)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f'))
        {
            end += line[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, line.Length);
        var rest = line[end..].TrimStart(' ', '\t', '\f');
        return (line[..end], rest.Length > 0 && rest[0] is ('=' or ':') ? rest[1..].TrimStart(' ', '\t', '\f') : rest);
    }

    private static bool TryUnescape(string text, out string plain)
    {
        plain = text;
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return true;
        }

        var builder = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                builder.Append(text[i]);
                continue;
            }

            if (++i == text.Length)
            {
                break;
            }

            if (text[i] != 'u')
            {
                builder.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
                continue;
            }

            if (i + UnicodeDigits >= text.Length
                || !ushort.TryParse(text.AsSpan(i + 1, UnicodeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                return false;
            }

            builder.Append((char)unit);
            i += UnicodeDigits;
        }

        plain = builder.ToString();
        return true;
    }
}
