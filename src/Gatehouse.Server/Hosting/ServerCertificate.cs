using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Core.Keys;
using Gatehouse.Server.Configuration;

namespace Gatehouse.Server.Hosting;

/// <summary>The certificate of the server: the configured one, or a self-signed pair that is made at first start, so that HTTPS works at once (ARS-4).</summary>
internal static class ServerCertificate
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(825);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);
    private static readonly TimeSpan SlowClocks = TimeSpan.FromHours(1);

    /// <summary>Loads it; makes or renews the self-signed pair when needed.</summary>
    /// <exception cref="CryptographicException">A file holds no usable certificate or key.</exception>
    public static X509Certificate2 Load(ServerOptions options, DataDirectory directory, TimeProvider clock)
    {
        if (options is { CertificateFile: { } certificateFile, KeyFile: { } keyFile })
        {
            return X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        }

        var (own, ownKey) = (directory.CertificateFile, directory.CertificateKeyFile);
        if (!File.Exists(own) || !File.Exists(ownKey))
        {
            Make(own, ownKey, clock.GetUtcNow());
        }

        var certificate = X509Certificate2.CreateFromPemFile(own, ownKey);
        if (clock.GetUtcNow() < new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) - RenewBefore)
        {
            return certificate;
        }

        certificate.Dispose();
        Make(own, ownKey, clock.GetUtcNow());
        return X509Certificate2.CreateFromPemFile(own, ownKey);
    }

    private static void Make(string certificateFile, string keyFile, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var host = Dns.GetHostName();
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(host);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var certificate = request.CreateSelfSigned(now - SlowClocks, now + Life);

        // The pair is new together: a half of an older one would not fit.
        File.Delete(keyFile);
        File.Delete(certificateFile);
        OwnerOnlyFile.Write(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        OwnerOnlyFile.Write(certificateFile, certificate.ExportCertificatePem() + "\n");
    }
}
