using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>A certificate authority of one test run, and what it signs.</summary>
internal sealed class SsoCertificates : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly ConcurrentDictionary<string, X509Certificate2> _signed = new();

    public SsoCertificates(string name = "Tests")
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    /// <summary>The authority's own certificate as PEM.</summary>
    public string RootPem => _root.ExportCertificatePem();

    /// <summary>Signs a certificate for a server.</summary>
    /// <param name="host">The one name in it.</param>
    /// <param name="until">Its end.</param>
    public X509Certificate2 Sign(string host, DateTimeOffset? until = null) =>
        until is null ? _signed.GetOrAdd(host, name => Make(name, null)) : Make(host, until);

    private X509Certificate2 Make(string host, DateTimeOffset? until)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var bare = request.Create(_root, DateTimeOffset.UtcNow.AddDays(-1), until ?? DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(12));
        using var whole = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Writes a certificate and its key as PEM files.</summary>
    public (string Certificate, string Key) Write(string directory, string host)
    {
        using var signed = Make(host, null);
        var (certificate, key) = (Path.Combine(directory, $"{host}.crt"), Path.Combine(directory, $"{host}.key"));
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        using var rsa = signed.GetRSAPrivateKey()!;
        var bytes = rsa.ExportEncryptedPkcs8PrivateKey("x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1));
        using var plain = RSA.Create();
        plain.ImportEncryptedPkcs8PrivateKey("x", bytes, out _);
        File.WriteAllText(key, plain.ExportPkcs8PrivateKeyPem());
        return (certificate, key);
    }

    public void Dispose() => _root.Dispose();
}
