using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>What was seen of a server's certificate, right or wrong.</summary>
/// <param name="Subject">Whose it is.</param>
/// <param name="Issuer">Who vouches for it.</param>
/// <param name="NotAfter">When it ends.</param>
/// <param name="Fault">Why it is not believed; null when it is.</param>
internal sealed record SeenCertificate(string Subject, string Issuer, DateTimeOffset NotAfter, string? Fault);

/// <summary>Which certificates are believed: a whole chain to a trusted authority, and the name of the host (ATK-72). There is no way to turn that off.</summary>
/// <param name="authorities">The only authorities that are trusted; empty for those of the system.</param>
internal sealed class LdapTls(ImmutableArray<X509Certificate2> authorities)
{
    /// <summary>Makes TLS out of a stream.</summary>
    /// <exception cref="AuthenticationException">The certificate is not believed, or the handshake failed.</exception>
    /// <exception cref="IOException">The server hung up.</exception>
    public async Task<(SslStream Stream, SeenCertificate Seen)> SecureAsync(Stream inner, string host, CancellationToken cancellationToken)
    {
        SeenCertificate? seen = null;
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    CertificateChainPolicy = Policy(),
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    {
                        seen = See(certificate as X509Certificate2, chain, errors, host);
                        return errors == SslPolicyErrors.None;
                    },
                },
                cancellationToken);
            return (stream, seen!);
        }
        catch (AuthenticationException exception)
        {
            await stream.DisposeAsync();
            throw seen?.Fault is { } fault ? new AuthenticationException(fault, exception) : exception;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static SeenCertificate See(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, string host)
    {
        if (certificate is null)
        {
            return new SeenCertificate("", "", default, "the server showed no certificate");
        }

        var faults = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            faults.Add($"it is not for the name '{host}'");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            faults.AddRange((chain?.ChainStatus ?? []).Select(status => Words(status.Status)).Distinct(StringComparer.Ordinal));
        }

        var fault = errors == SslPolicyErrors.None ? null : $"the certificate of {certificate.Subject} is not believed: {string.Join(", ", faults)}";
        return new SeenCertificate(certificate.Subject, certificate.Issuer, new DateTimeOffset(certificate.NotAfter), fault);
    }

    private static string Words(X509ChainStatusFlags status) => status switch
    {
        X509ChainStatusFlags.NotTimeValid => "it has expired, or its time has not come",
        X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain => "no trusted authority vouches for it",
        X509ChainStatusFlags.NotValidForUsage => "it is not meant for servers",
        _ => status.ToString(),
    };

    private X509ChainPolicy Policy()
    {
        // No answer about revocation in time would shut everybody out, and nothing is fetched from addresses that a certificate names.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (!authorities.IsEmpty)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            X509Certificate2[] named = [.. authorities];
            policy.CustomTrustStore.AddRange(named);
            policy.ExtraStore.AddRange(named);
        }

        return policy;
    }
}
