using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePort
{
    /// <summary>One on 127.0.0.1.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
