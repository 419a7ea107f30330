using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Authorities.Sso;

/// <summary>
/// The way to the single sign-on: TLS with certificate and name verified, no redirect followed, no proxy, no cookies, answers
/// of bounded size in bounded time over a bounded number of connections. Everything else is an outage.
/// </summary>
internal sealed class SsoConnection : IDisposable
{
    /// <summary>Largest answer that is read, in bytes: discovery documents and key sets are the largest.</summary>
    public const int MaximumBytes = 256 * 1024;

    private const int MaximumHeaderKilobytes = 32;

    // Names of servers move: a connection is not kept for ever.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    private readonly SsoOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;
    private readonly SemaphoreSlim _seats;
    private readonly Breaker _breaker;

    public SsoConnection(SsoOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _seats = new SemaphoreSlim(options.MaxConnections);
        _breaker = new Breaker(clock);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
            MaxConnectionsPerServer = options.MaxConnections,
            MaxResponseHeadersLength = MaximumHeaderKilobytes,
            PooledConnectionLifetime = ConnectionLife,
            SslOptions = TlsOf(options),
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>What TLS asks of the server's certificate.</summary>
    public static SslClientAuthenticationOptions TlsOf(SsoOptions options)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        if (options.Authorities.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(options.Authorities);
        }

        return new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, CertificateChainPolicy = policy };
    }

    /// <summary>Sends a request and reads its answer, whatever its status.</summary>
    /// <param name="make">Makes the request; it is sent once.</param>
    /// <param name="what">What is asked, in a word or two for the log.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="SsoUnavailableException">There was no answer, or one that is not to be believed.</exception>
    public async Task<SsoReply> AskAsync(Func<HttpRequestMessage> make, string what, CancellationToken cancellationToken)
    {
        if (!_breaker.TryEnter())
        {
            throw new SsoUnavailableException("it did not answer several times in a row, and is left alone for a moment");
        }

        try
        {
            var reply = await SendAsync(make, what, cancellationToken);

            // Its troubles of its own are a failure as much as silence; what it answers to us is not.
            if (reply.Status >= 500)
            {
                throw new SsoUnavailableException(string.Create(CultureInfo.InvariantCulture, $"{what} was answered with status {reply.Status}"));
            }

            _breaker.Succeeded();
            return reply;
        }
        catch (SsoUnavailableException)
        {
            _breaker.Failed();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _seats.Dispose();
    }

    private async Task<SsoReply> SendAsync(Func<HttpRequestMessage> make, string what, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds), _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var seated = false;
        try
        {
            await _seats.WaitAsync(both.Token);
            seated = true;
            using var request = make();
            using var response = await _http.SendAsync(request, both.Token);
            var body = await ReadAsync(response.Content, what, both.Token);
            return new SsoReply((int)response.StatusCode, body, response.Headers.Date);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SsoUnavailableException(string.Create(CultureInfo.InvariantCulture, $"{what} was not answered within {_options.TimeoutSeconds} s"));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException)
        {
            throw new SsoUnavailableException($"{what} failed: {WordsOf(exception)}", exception);
        }
        finally
        {
            if (seated)
            {
                _seats.Release();
            }
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, string what, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (body.Length + read > MaximumBytes)
            {
                throw new SsoUnavailableException(string.Create(CultureInfo.InvariantCulture, $"{what} was answered with more than {MaximumBytes / 1024} KiB"));
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    /// <summary>What went wrong, as the operator can use it: the innermost message, which names the certificate's fault or the socket's.</summary>
    private static string WordsOf(Exception exception)
    {
        while (exception is not AuthenticationException && exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message.ReplaceLineEndings(" ").TrimEnd('.');
    }
}
