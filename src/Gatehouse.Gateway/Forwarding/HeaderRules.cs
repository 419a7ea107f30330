using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// Which header fields pass the gate. Names are judged as a reader judges them who takes <c>_</c> for <c>-</c>, as many
/// upstreams do (ATK-36): what may not come in as <c>Remote-User</c> may not come in as <c>remote_user</c> either.
/// </summary>
internal static class HeaderRules
{
    private static readonly string[] IdentityPrefixes = ["Remote-", "X-Remote-", "X-Forwarded-", "X-Auth-Request-", "X-Gatehouse-", "Gatehouse-"];

    /// <summary>Of one leg only (RFC 9110 section 7.6.1), or about the framing, which is made anew on each leg.</summary>
    private static readonly FrozenSet<string> OfOneLeg = FrozenSet.ToFrozenSet(
        [
            "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Content-Length", "Upgrade", "HTTP2-Settings",
            "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>What the caller says that an upstream must not hear: credentials (ATK-40), who he is, and that another path was meant (ATK-30).</summary>
    private static readonly FrozenSet<string> OfTheCaller = FrozenSet.ToFrozenSet(
        ["Authorization", "Host", "Forwarded", "X-Real-IP", "X-Original-URL", "X-Rewrite-URL"], StringComparer.OrdinalIgnoreCase);

    /// <summary>What an upstream says that a caller must not hear: <c>Alt-Svc</c> would lead him past the gate.</summary>
    private static readonly FrozenSet<string> OfTheUpstream = FrozenSet.ToFrozenSet(["Alt-Svc"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a field of the caller's is not sent on.</summary>
    public static bool StaysBeforeGate(string name)
    {
        var read = AsUpstreamsRead(name);
        return OfOneLeg.Contains(read) || OfTheCaller.Contains(read) || Array.Exists(IdentityPrefixes, prefix => read.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a field of the upstream's is not passed on.</summary>
    public static bool StaysBehindGate(string name) => OfOneLeg.Contains(name) || OfTheUpstream.Contains(name);

    /// <summary>Whether a trailer field is not passed on: nothing that an answer's reader decides by may come after its body (RFC 9110 section 6.5.1).</summary>
    public static bool IsNoTrailer(string name) =>
        StaysBehindGate(name) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) || name.ToUpperInvariant() is "SET-COOKIE" or "CACHE-CONTROL" or "WWW-AUTHENTICATE" or "LOCATION";

    /// <summary>A name as it is read by who takes <c>_</c> for <c>-</c>.</summary>
    public static string AsUpstreamsRead(string name) => name.Contains('_', StringComparison.Ordinal) ? name.Replace('_', '-') : name;

    /// <summary>The fields that <c>Connection</c> names: they are of this leg only.</summary>
    public static HashSet<string>? NamedBy(StringValues connection)
    {
        HashSet<string>? names = null;
        foreach (var value in connection)
        {
            foreach (var name in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                (names ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(name);
            }
        }

        return names;
    }

    /// <summary>Whether a value holds what would end its line somewhere else.</summary>
    public static bool BreaksLine(string value) => value.AsSpan().ContainsAny('\r', '\n', '\0');

    /// <summary>Whether a value holds a control character, a tab aside.</summary>
    public static bool HasControl(string value)
    {
        foreach (var character in value)
        {
            if (character is (< ' ' and not '\t') or '\u007f')
            {
                return true;
            }
        }

        return false;
    }
}
