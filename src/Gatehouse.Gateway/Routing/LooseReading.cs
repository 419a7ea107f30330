using System.Text;

namespace Gatehouse.Gateway.Routing;

/// <summary>
/// The path that a careless server could make of a normal one: escapes decoded as often as it goes, <c>\</c> taken for
/// <c>/</c>, matrix parameters and dots or blanks at the ends of segments dropped. It is never forwarded. It only shows
/// whether such a server would find itself on another route, with other requirements, than we do (ATK-25).
/// </summary>
internal static class LooseReading
{
    private const int MostRounds = 4;

    /// <summary>Reads a path in normal form.</summary>
    public static string Of(string path)
    {
        if (!path.AsSpan().ContainsAny("%;\\") && !path.Contains("./", StringComparison.Ordinal) && !path.EndsWith('.'))
        {
            return path;
        }

        var read = path;
        for (var round = 0; round < MostRounds && read.Contains('%', StringComparison.Ordinal); round++)
        {
            read = Decode(read);
        }

        var kept = new List<string>();
        foreach (var segment in read.Replace('\\', '/').Split('/'))
        {
            var name = segment.Split(';')[0];
            var plain = name is ".." ? name : name.TrimEnd('.', ' ');
            if (plain == "..")
            {
                kept.RemoveRange(Math.Max(0, kept.Count - 1), Math.Min(1, kept.Count));
            }
            else if (plain.Length > 0)
            {
                kept.Add(plain);
            }
        }

        return "/" + string.Join('/', kept);
    }

    /// <summary>One round; what is no escape, and what is above ASCII, stays.</summary>
    private static string Decode(string path)
    {
        var read = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '%' && i + 2 < path.Length && path[i + 1] is >= '0' and <= '7' && char.IsAsciiHexDigit(path[i + 2]))
            {
                read.Append((char)Convert.ToByte(path.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                read.Append(path[i]);
            }
        }

        return read.ToString();
    }
}
