using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Core.Guessing;

/// <summary>Which callers count as one: an IPv4 address, or the /64 of an IPv6 address (HTT-97, ARS-56).</summary>
public static class CallerSource
{
    private const int PrefixBytes = 8;

    /// <summary>The key of an address: IPv4-mapped IPv6 is IPv4, <c>::1</c> is <c>127.0.0.1</c>, other IPv6 is its /64.</summary>
    public static string KeyOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        if (IPAddress.IsLoopback(address))
        {
            return IPAddress.Loopback.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(PrefixBytes).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    /// <summary>An address as lists, logs and the audit show it: mapped IPv4 as IPv4, no zone.</summary>
    public static string TextOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
            : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()).ToString()
            : address.ToString();
    }
}
