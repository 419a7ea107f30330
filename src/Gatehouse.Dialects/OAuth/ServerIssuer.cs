using System.Net;
using Gatehouse.Core.Tokens;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gatehouse.Dialects.OAuth;

/// <summary>The issuer: as configured, else where the server listens (HTT-168). Nothing of a request has a say.</summary>
internal sealed class ServerIssuer(OAuthOptions options, IServer? server = null) : IIssuer
{
    private readonly Lock _gate = new();
    private volatile string? _name = options.Issuer?.TrimEnd('/');

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">None is configured, and the server does not listen yet.</exception>
    public string Name => _name ?? Resolve();

    /// <summary>The issuer without its path: where the endpoints are.</summary>
    public string Origin => new Uri(Name).GetLeftPart(UriPartial.Authority);

    private string Resolve()
    {
        lock (_gate)
        {
            var addresses = server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            var address = addresses.FirstOrDefault(url => url.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) ?? addresses.FirstOrDefault();
            return _name ??= NameOf(address ?? throw new InvalidOperationException("There is no issuer yet: set Gatehouse:Dialects:OAuth:Issuer, or ask when the server listens."));
        }
    }

    private static string NameOf(string address)
    {
        // Kestrel takes '*' and '+' for all addresses; the parser wants a name.
        var url = new UriBuilder(address.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal));
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)))
        {
            url.Host = Dns.GetHostName();
        }

        return url.Uri.GetLeftPart(UriPartial.Authority);
    }
}
