using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Gatehouse.Gateway.Routing;

/// <summary>
/// Brings the path of a request target into its one normal form (HTT-2 to HTT-6; RFC 3986 section 6.2.2): escapes of
/// unreserved characters are decoded, other escapes get upper-case hex, runs of <c>/</c> become one, dot segments are
/// removed. That form, still escaped, is matched, and the same form is forwarded. What two servers could read
/// differently has no normal form.
/// </summary>
public static class NormalPath
{
    private static readonly SearchValues<char> Unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@!$&'()*+,=");
    private static readonly string[] EscapedSeparators = ["%2F", "%5C"];

    /// <summary>Reads the path of a request target in origin or absolute form.</summary>
    /// <param name="target">The target as it was sent, with or without query.</param>
    /// <param name="path">The normal form; begins with a slash.</param>
    /// <returns>False when the target is to be answered 400.</returns>
    public static bool TryRead(string target, [NotNullWhen(true)] out string? path)
    {
        ArgumentNullException.ThrowIfNull(target);
        path = null;
        if (target.Contains('#', StringComparison.Ordinal))
        {
            return false;
        }

        var sent = PathOf(target);
        if (IsNormal(sent))
        {
            path = sent.Equals(target, StringComparison.Ordinal) ? target : sent.ToString();
            return true;
        }

        return TryDecode(sent, out var decoded) && TryRemoveDotSegments(decoded, out path);
    }

    /// <summary>Most paths are normal as they come: nothing escaped, no empty segment, no segment that begins with a dot, no <c>;</c>.</summary>
    private static bool IsNormal(ReadOnlySpan<char> path) =>
        !path.ContainsAnyExcept(Plain) && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal);

    private static ReadOnlySpan<char> PathOf(string target)
    {
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = end < 0 ? target.AsSpan() : target.AsSpan(0, end);
        if (path.StartsWith("/", StringComparison.Ordinal))
        {
            return path;
        }

        // Absolute form: the host in it selects nothing (HTT-6).
        var authority = path.IndexOf("://", StringComparison.Ordinal);
        var slash = authority < 0 ? -1 : path[(authority + 3)..].IndexOf('/');
        return slash < 0 ? "/" : path[(authority + 3 + slash)..];
    }

    /// <summary>Step 1: one spelling for every character.</summary>
    private static bool TryDecode(ReadOnlySpan<char> path, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var builder = new StringBuilder(path.Length);
        var bytes = new ArrayBufferWriter<byte>(path.Length + 1);
        for (var i = 0; i < path.Length; i++)
        {
            var character = path[i];
            if (character is '\\' or <= ' ' or >= '\u007f')
            {
                return false;
            }

            if (character != '%')
            {
                builder.Append(character);
                bytes.Write([(byte)character]);
                continue;
            }

            if (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2]))
            {
                return false;
            }

            var octet = Convert.FromHexString(path.Slice(i + 1, 2))[0];
            if (octet is < 0x20 or 0x7f)
            {
                return false;
            }

            bytes.Write([octet]);
            if (Unreserved.Contains((char)octet))
            {
                builder.Append((char)octet);
            }
            else
            {
                builder.Append('%').Append(char.ToUpperInvariant(path[i + 1])).Append(char.ToUpperInvariant(path[i + 2]));
            }

            i += 2;
        }

        decoded = builder.ToString();
        return Utf8.IsValid(bytes.WrittenSpan);
    }

    /// <summary>Step 2: one way to every place.</summary>
    private static bool TryRemoveDotSegments(string path, [NotNullWhen(true)] out string? normal)
    {
        normal = null;
        var kept = new List<string>();
        var segments = path.Split('/');
        var endsOpen = false;
        foreach (var segment in segments)
        {
            if (IsAmbiguous(segment))
            {
                return false;
            }

            endsOpen = segment is "" or "." or "..";
            if (segment == ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (!endsOpen)
            {
                kept.Add(segment);
            }
        }

        normal = kept.Count == 0 ? "/" : $"/{string.Join('/', kept)}{(endsOpen ? "/" : "")}";
        return true;
    }

    /// <summary>A dot segment that another server might see and we do not: after a <c>;</c>, or set off by an escaped separator (HTT-3).</summary>
    private static bool IsAmbiguous(string segment)
    {
        if (!segment.Contains('.', StringComparison.Ordinal) || !(segment.Contains(';', StringComparison.Ordinal) || segment.Contains('%', StringComparison.Ordinal)))
        {
            return false;
        }

        var parts = segment.Split(EscapedSeparators, StringSplitOptions.None);
        return (parts.Length > 1 || segment.Contains(';', StringComparison.Ordinal)) && Array.Exists(parts, part => part.Split(';')[0] is "." or "..");
    }
}
