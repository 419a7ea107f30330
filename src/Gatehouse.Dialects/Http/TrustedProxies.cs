using System.Net;

namespace Gatehouse.Dialects.Http;

/// <summary>The peers whose word about the caller counts: addresses and CIDR ranges.</summary>
public sealed class TrustedProxies
{
    private readonly List<IPNetwork> _networks = [];

    /// <summary>Adds an address or a CIDR range.</summary>
    /// <returns>False when the text is neither.</returns>
    public bool TryAdd(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IPNetwork.TryParse(text, out var network))
        {
            _networks.Add(network);
            return true;
        }

        if (!IPAddress.TryParse(text, out var address) || !text.AsSpan().ContainsAny('.', ':'))
        {
            return false;
        }

        address = Unmapped(address);
        _networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
        return true;
    }

    /// <summary>Whether an address is one of them.</summary>
    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var unmapped = Unmapped(address);
        foreach (var network in _networks)
        {
            if (network.Contains(unmapped))
            {
                return true;
            }
        }

        return false;
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
