using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Core.Operator;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Authorities.Sso;

/// <summary>Looks at a single sign-on without anybody's password: certificate, discovery, keys, client, grant, clock.</summary>
internal sealed class SsoExaminer(SsoAuthority authority, TimeProvider clock) : IExaminer
{
    private const int SoonDays = 14;
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ClocksDifferBadly = TimeSpan.FromMinutes(5);

    public string Name => authority.Name;

    public string Kind => "sso";

    public async ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var (options, connection, discovery, client) = authority.Parts;
        if (options.Issuer!.Scheme == Uri.UriSchemeHttps)
        {
            findings.Add(await ExamineCertificateAsync(options, cancellationToken));
        }

        Provider provider;
        try
        {
            provider = await discovery.GetAsync(cancellationToken);
            findings.Add(Good("discovery", $"{discovery.Address} is of the issuer {options.IssuerText}."));
        }
        catch (SsoUnavailableException exception)
        {
            findings.Add(Fault("discovery", $"{discovery.Address}: {exception.Message}.", "Check Issuer, the network and the server; nobody can sign in through it."));
            return findings;
        }

        findings.Add(await ExamineClockAsync(connection, discovery, cancellationToken));
        findings.Add(await ExamineKeysAsync(options, discovery, cancellationToken));
        findings.AddRange(ExamineEndpoints(options, provider));
        findings.Add(await ExamineClientAsync(client, provider, cancellationToken));
        findings.Add(await ExamineGrantAsync(client, provider, cancellationToken));
        return findings;
    }

    private async Task<Finding> ExamineCertificateAsync(SsoOptions options, CancellationToken cancellationToken)
    {
        const string Subject = "certificate";
        var host = options.Issuer!.IdnHost;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.TimeoutSeconds));
        try
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(host, options.Issuer.Port, limit.Token);
            await using var tls = new SslStream(tcp.GetStream());
            var ask = SsoConnection.TlsOf(options);
            ask.TargetHost = host;
            await tls.AuthenticateAsClientAsync(ask, limit.Token);
            using var certificate = X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.Export(X509ContentType.Cert));
            var until = certificate.NotAfter.ToUniversalTime();
            var rest = until - clock.GetUtcNow().UtcDateTime;
            var words = string.Create(CultureInfo.InvariantCulture, $"{host} has a certificate that is trusted, until {until:yyyy-MM-dd}.");
            return rest < TimeSpan.FromDays(SoonDays) ? Warning(Subject, words, "Have it renewed.") : Good(Subject, words);
        }
        catch (AuthenticationException exception)
        {
            return Fault(Subject, $"{host}: {exception.Message.ReplaceLineEndings(" ")}", "Set CaFile to the certificate of the authority that signed it, or have the server use the name in Issuer.");
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            return Fault(Subject, $"{host}:{options.Issuer.Port.ToString(CultureInfo.InvariantCulture)} does not answer: {exception.Message.ReplaceLineEndings(" ")}", "Check Issuer, the network and the server.");
        }
    }

    private async Task<Finding> ExamineClockAsync(SsoConnection connection, Discovery discovery, CancellationToken cancellationToken)
    {
        const string Subject = "clock";
        try
        {
            var reply = await connection.AskAsync(() => new HttpRequestMessage(HttpMethod.Get, discovery.Address), "the discovery document", cancellationToken);
            if (reply.Date is not { } theirs)
            {
                return Good(Subject, "The server does not say its time.");
            }

            var apart = (theirs - clock.GetUtcNow()).Duration();
            var words = string.Create(CultureInfo.InvariantCulture, $"The clocks differ by {Math.Round(apart.TotalSeconds)} s.");
            const string Remedy = "Let both machines follow the same time server: tokens end at the wrong moment.";
            return apart > ClocksDifferBadly ? Fault(Subject, words, Remedy) : apart > ClocksDiffer ? Warning(Subject, words, Remedy) : Good(Subject, words);
        }
        catch (SsoUnavailableException exception)
        {
            return Fault(Subject, exception.Message, "Try again.");
        }
    }

    private static async Task<Finding> ExamineKeysAsync(SsoOptions options, Discovery discovery, CancellationToken cancellationToken)
    {
        const string Subject = "keys";
        var areNeeded = options.TokenCheck == TokenCheck.Keys || options.PersonFrom == PersonSource.IdToken || options.Scope.Split(' ').Contains("openid", StringComparer.Ordinal);
        try
        {
            var keys = await discovery.GetKeysAsync(cancellationToken);
            var usable = keys.Count(key => options.Algorithms.Any(key.IsSupportedAlgorithm));
            return usable > 0
                ? Good(Subject, string.Create(CultureInfo.InvariantCulture, $"{usable} of its keys fit {string.Join(", ", options.Algorithms)}."))
                : new Finding(areNeeded ? FindingLevel.Fault : FindingLevel.Warning, Subject, $"None of its keys fits {string.Join(", ", options.Algorithms)}.", "Set Algorithms to what the server signs with; its keys need a kid.");
        }
        catch (SsoUnavailableException exception)
        {
            return Fault(Subject, exception.Message, "Check the server's jwks_uri.");
        }
    }

    private static IEnumerable<Finding> ExamineEndpoints(SsoOptions options, Provider provider)
    {
        if (options.PersonFrom == PersonSource.UserInfo && provider.UserInfoEndpoint is null)
        {
            yield return Fault("userinfo", "The server names no userinfo_endpoint.", "Set PersonFrom to 'id-token' or 'introspection'.");
        }

        if (provider.IntrospectionEndpoint is null && (options.TokenCheck == TokenCheck.Introspection || options.PersonFrom == PersonSource.Introspection))
        {
            yield return Fault("introspection", "The server names no introspection_endpoint.", "Set TokenCheck to 'keys' if its tokens are JSON Web Tokens.");
        }

        if (provider.RevocationEndpoint is null)
        {
            yield return Warning("revocation", "The server names no revocation_endpoint: a sign-out ends the session here, and the token there lives on until it expires.", "Give its tokens a short life.");
        }
    }

    private static async Task<Finding> ExamineClientAsync(SsoClient client, Provider provider, CancellationToken cancellationToken)
    {
        const string Subject = "client";
        if (provider.IntrospectionEndpoint is not { } address)
        {
            return Warning(Subject, "Without an introspection_endpoint the client's secret cannot be tried without a user.", "Sign in once.");
        }

        try
        {
            var reply = await client.PostAsync(address, "introspection", [new("token", "gatehouse-doctor")], cancellationToken);
            return reply.Status == 200 && reply.Object is not null
                ? Good(Subject, "The server knows this client and its secret.")
                : Fault(Subject, Words(reply), "Check ClientId, ClientSecret and ClientAuthentication, and that this client may use introspection.");
        }
        catch (SsoUnavailableException exception)
        {
            return Fault(Subject, exception.Message, "Check the server.");
        }
    }

    /// <summary>A grant without a name: nobody's guess, and the answer tells whether the grant itself is allowed.</summary>
    private static async Task<Finding> ExamineGrantAsync(SsoClient client, Provider provider, CancellationToken cancellationToken)
    {
        const string Subject = "password grant";
        try
        {
            var reply = await client.PostAsync(provider.TokenEndpoint, "the password grant", [new("grant_type", "password")], cancellationToken);
            if (SsoClient.ErrorCodeOf(reply) is "invalid_request" or "invalid_grant")
            {
                return provider.Grants.Count == 0 || provider.Grants.Contains("password", StringComparer.Ordinal)
                    ? Good(Subject, "The server does not forbid it to this client.")
                    : Warning(Subject, "The server does not list 'password' among its grants.", "Sign in once, to see whether it takes it.");
            }

            return Fault(Subject, Words(reply), "Allow this client the grant type 'password' at the server.");
        }
        catch (SsoUnavailableException exception)
        {
            return Fault(Subject, exception.Message, "Check the server.");
        }
    }

    private static string Words(SsoReply reply) =>
        string.Create(CultureInfo.InvariantCulture, $"It was answered with status {reply.Status} ({Core.Text.TypedText.Escape(Core.Text.TypedText.Cut(SsoClient.ErrorCodeOf(reply) ?? "no error code", 64))}).");

    private static Finding Good(string subject, string message) => new(FindingLevel.Good, subject, message);

    private static Finding Warning(string subject, string message, string remedy) => new(FindingLevel.Warning, subject, message, remedy);

    private static Finding Fault(string subject, string message, string remedy) => new(FindingLevel.Fault, subject, message, remedy);
}
