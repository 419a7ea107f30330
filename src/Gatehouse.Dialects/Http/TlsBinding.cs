using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gatehouse.Dialects.Http;

/// <summary>The channel binding <c>tls-server-end-point</c> (RFC 5929, section 4): a hash of the certificate that this server showed.</summary>
public static class TlsBinding
{
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes("tls-server-end-point:");

    /// <summary>The binding of a request's own TLS connection.</summary>
    /// <returns>Empty without TLS; behind a trusted proxy the caller's TLS ends there, and its certificate is another one.</returns>
    public static byte[] Of(HttpContext context, TrustedProxies? proxies)
    {
        ArgumentNullException.ThrowIfNull(context);
        var peer = context.Connection.RemoteIpAddress;
        return peer is not null && proxies?.Contains(peer) == true ? []
            : context.Features.Get<ISslStreamFeature>()?.SslStream.LocalCertificate is X509Certificate2 certificate ? Of(certificate)
            : [];
    }

    /// <summary>The binding of a certificate: hashed as it is signed, but never by less than SHA-256.</summary>
    public static byte[] Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var data = certificate.RawDataMemory.Span;
        return [.. Prefix, .. certificate.SignatureAlgorithm.Value switch
        {
            // sha384WithRSAEncryption, ecdsa-with-SHA384
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(data),

            // sha512WithRSAEncryption, ecdsa-with-SHA512
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(data),
            _ => SHA256.HashData(data),
        }];
    }
}
