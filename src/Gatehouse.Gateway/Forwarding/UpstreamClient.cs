using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// The one HTTP client towards upstreams, with its pools of connections. It does nothing by itself: no redirects, no
/// cookies, no credentials (ATK-76), no decompression, no proxy of the environment, no header fields of its own.
/// </summary>
public static class UpstreamClient
{
    // So that a name that moved to another address is looked up again.
    private static readonly TimeSpan LongestConnection = TimeSpan.FromMinutes(10);

    /// <summary>Makes the client.</summary>
    public static HttpMessageInvoker Create(GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(options.ConnectSeconds),
            MaxConnectionsPerServer = options.MaxConnections,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(options.IdleConnectionSeconds),
            PooledConnectionLifetime = LongestConnection,

            // Who has gone is not read for: the upstream sees at once that nobody listens.
            MaxResponseDrainSize = 0,

            // One character is one byte, as in Kestrel: what is no ASCII goes through as it came.
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        };
        if (options.UpstreamCa is { } authorities)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = TrustOnly(authorities) };
        }

        return new HttpMessageInvoker(handler);
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
