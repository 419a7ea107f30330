using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

[Contract("HTT-68")]
public sealed class TlsBindingTests
{
    [Fact]
    public void A_certificate_is_hashed_as_it_is_signed()
    {
        foreach (var (algorithm, hash) in new (HashAlgorithmName, Func<byte[], byte[]>)[]
        {
            (HashAlgorithmName.SHA256, SHA256.HashData),
            (HashAlgorithmName.SHA384, SHA384.HashData),
            (HashAlgorithmName.SHA512, SHA512.HashData),
        })
        {
            using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var rsa = RSA.Create(2048);
            foreach (var request in new[] { new CertificateRequest("CN=gate", ec, algorithm), new CertificateRequest("CN=gate", rsa, algorithm, RSASignaturePadding.Pkcs1) })
            {
                using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
                TlsBinding.Of(certificate).ShouldBe([.. Encoding.ASCII.GetBytes("tls-server-end-point:"), .. hash(certificate.RawData)]);
            }
        }
    }
}
