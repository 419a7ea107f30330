using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Authorities.Sso;

/// <summary>What is known of the single sign-on: its discovery document and its keys, renewed in bounded steps.</summary>
internal sealed class Discovery : IDisposable
{
    private const string WellKnown = "/.well-known/openid-configuration";
    private const int LeastRsaBits = 2_048;

    private static readonly RefreshPace ProviderPace = new(TimeSpan.FromMinutes(10), TimeSpan.FromDays(1), TimeSpan.FromSeconds(10));

    // A key that was withdrawn must not count for long; a key id that nobody knows must not become a flood.
    private static readonly RefreshPace KeyPace = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromSeconds(10));

    private readonly SsoOptions _options;
    private readonly SsoConnection _connection;
    private readonly Refreshed<Provider> _provider;
    private readonly Refreshed<IReadOnlyList<SecurityKey>> _keys;

    public Discovery(SsoOptions options, SsoConnection connection, TimeProvider clock)
    {
        (_options, _connection) = (options, connection);
        _provider = new(FetchProviderAsync, ProviderPace, clock);
        _keys = new(FetchKeysAsync, KeyPace, clock);
    }

    /// <summary>Where the discovery document stands.</summary>
    public Uri Address => new(_options.IssuerText.TrimEnd('/') + WellKnown);

    /// <summary>The discovery document.</summary>
    /// <exception cref="SsoUnavailableException">It cannot be had.</exception>
    public ValueTask<Provider> GetAsync(CancellationToken cancellationToken) => _provider.GetAsync(cancellationToken);

    /// <summary>All keys that may verify a signature.</summary>
    /// <exception cref="SsoUnavailableException">They cannot be had.</exception>
    public ValueTask<IReadOnlyList<SecurityKey>> GetKeysAsync(CancellationToken cancellationToken) => _keys.GetAsync(cancellationToken);

    /// <summary>The keys that have an id. An unknown one is looked for again at the server, but not often.</summary>
    /// <exception cref="SsoUnavailableException">The keys cannot be had.</exception>
    public async ValueTask<IReadOnlyList<SecurityKey>> FindKeysAsync(string kid, CancellationToken cancellationToken)
    {
        var keys = await _keys.GetAsync(cancellationToken);
        if (!keys.Any(key => key.KeyId == kid))
        {
            keys = await _keys.GetNewerThanAsync(keys, cancellationToken);
        }

        return [.. keys.Where(key => key.KeyId == kid)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        _keys.Dispose();
    }

    private async Task<Provider> FetchProviderAsync(CancellationToken cancellationToken) => Provider.Read(await FetchAsync(Address, "the discovery document", cancellationToken), _options);

    private async Task<IReadOnlyList<SecurityKey>> FetchKeysAsync(CancellationToken cancellationToken)
    {
        var provider = await GetAsync(cancellationToken);
        var text = await FetchAsync(provider.JwksUri, "the key set", cancellationToken);
        try
        {
            // Keys for encryption and shared keys verify nothing here (ATK-56); neither do short ones.
            return [.. JsonWebKeySet.Create(text).Keys.Where(key => key is { Kty: JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve, Use: null or "" or JsonWebKeyUseNames.Sig })
                .Where(key => key.KeyId is { Length: > 0 } && key.HasPrivateKey is false && (key.Kty != JsonWebAlgorithmsKeyTypes.RSA || key.KeySize >= LeastRsaBits))];
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or System.Text.Json.JsonException)
        {
            throw new SsoUnavailableException("the key set is no JSON Web Key Set", exception);
        }
    }

    private async Task<string> FetchAsync(Uri address, string what, CancellationToken cancellationToken)
    {
        var reply = await _connection.AskAsync(() => new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept", "application/json" } } }, what, cancellationToken);
        return reply.Status == 200 && reply.Object is not null
            ? Encoding.UTF8.GetString(reply.Body.Span)
            : throw new SsoUnavailableException(reply.Status == 200 ? $"{what} is no JSON object" : $"{what} was answered with status {reply.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
    }
}
