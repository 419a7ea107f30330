using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>A certificate authority of the test's own, and the certificates that it gives to servers: right ones and wrong ones.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _root;

    /// <summary>Makes the authority.</summary>
    public TestAuthority(string name = "Gatehouse test authority")
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _root = request.CreateSelfSigned(Now.AddDays(-400), Now.AddDays(400));
    }

    /// <summary>The authority's certificate.</summary>
    public string Pem => _root.ExportCertificatePem() + "\n";

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Writes the authority's certificate to a file.</summary>
    public string WriteTo(string file)
    {
        File.WriteAllText(file, Pem);
        return file;
    }

    /// <summary>Gives a server a certificate and a key, as PEM.</summary>
    /// <param name="name">Host name or address that it is for.</param>
    /// <param name="validUntil">End of its life; null is in a year.</param>
    public (string Certificate, string Key) Issue(string name, DateTimeOffset? validUntil = null)
    {
        using var key = RSA.Create(2048);
        var request = RequestFor(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var until = validUntil ?? Now.AddDays(365);
        using var certificate = request.Create(_root, Now.AddDays(-399), until, RandomNumberGenerator.GetBytes(12));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>A certificate that nobody vouches for.</summary>
    public static (string Certificate, string Key) SelfSigned(string name)
    {
        using var key = RSA.Create(2048);
        using var certificate = RequestFor(name, key).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(365));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    private static CertificateRequest RequestFor(string name, RSA key)
    {
        var request = new CertificateRequest(string.Create(CultureInfo.InvariantCulture, $"CN={name}"), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        return request;
    }
}
