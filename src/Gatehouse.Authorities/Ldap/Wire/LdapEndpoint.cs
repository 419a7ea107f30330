using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>How a connection is guarded.</summary>
internal enum LdapTransport
{
    /// <summary>TLS from the first byte (<c>ldaps://</c>).</summary>
    Ldaps,

    /// <summary>StartTLS before anything else (<c>ldap://</c>).</summary>
    StartTls,

    /// <summary>None: only towards the same computer, and only where the operator said so.</summary>
    Plain,
}

/// <summary>Where a server listens.</summary>
/// <param name="Host">Host name or address; its certificate must be for it.</param>
/// <param name="Port">TCP port.</param>
/// <param name="IsLdaps">TLS from the first byte.</param>
internal sealed record LdapEndpoint(string Host, int Port, bool IsLdaps)
{
    private const int LdapPort = 389;
    private const int LdapsPort = 636;

    /// <summary>Whether it is on this computer for certain.</summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Reads <c>ldaps://host[:port]</c> or <c>ldap://host[:port]</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out LdapEndpoint? endpoint)
    {
        endpoint = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("ldap" or "ldaps") || uri.Host.Length == 0
            || uri.PathAndQuery is not ("" or "/") || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            return false;
        }

        var isLdaps = uri.Scheme == "ldaps";
        endpoint = new LdapEndpoint(uri.IdnHost, uri.Port > 0 ? uri.Port : isLdaps ? LdapsPort : LdapPort, isLdaps);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(IsLdaps ? "ldaps" : "ldap")}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}
