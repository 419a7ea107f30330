using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Authorities.Sso;

/// <summary>Verifies JSON Web Tokens of the single sign-on with its own keys: algorithm, issuer, audience and times as the options say.</summary>
internal sealed class SignedTokens(SsoOptions options, Discovery discovery, TimeProvider clock)
{
    private static readonly TimeSpan ClocksMayDifferBy = TimeSpan.FromSeconds(60);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = TokenShape.MaximumLength };

    /// <summary>The claims of an access token; null when it is not one that holds.</summary>
    /// <exception cref="SsoUnavailableException">The keys cannot be had.</exception>
    public ValueTask<JsonElement?> ReadAccessTokenAsync(string token, CancellationToken cancellationToken) =>
        ReadAsync(token, options.ExpectedAudience, options.TokenTypes, cancellationToken);

    /// <summary>The claims of an ID token; null when it is not one that holds.</summary>
    /// <exception cref="SsoUnavailableException">The keys cannot be had.</exception>
    public async ValueTask<JsonElement?> ReadIdTokenAsync(string token, CancellationToken cancellationToken)
    {
        if (await ReadAsync(token, options.ClientId, types: null, cancellationToken) is not { } claims)
        {
            return null;
        }

        // Made out to several, it must have been made out for us (OpenID Connect Core 1.0, section 3.1.3.7).
        var party = SsoReply.TextOf(claims, "azp");
        return party is null || party == options.ClientId ? claims : null;
    }

    private async ValueTask<JsonElement?> ReadAsync(string token, string audience, IReadOnlyList<string>? types, CancellationToken cancellationToken)
    {
        if (TokenShape.Read(token) is not { } shape)
        {
            return null;
        }

        var keys = await discovery.FindKeysAsync(shape.KeyId, cancellationToken);
        if (keys.Count == 0)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = options.Algorithms,
            ValidIssuer = options.IssuerText,
            ValidAudience = audience,
            ValidTypes = types,
            IssuerSigningKeys = keys,
            TryAllIssuerSigningKeys = false,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (_, _, _, _) => IsNow(shape.Claims),
        });
        return result.IsValid ? shape.Claims : null;
    }

    /// <summary>HTT-129: refused at exp, before nbf, and with iat more than a minute ahead.</summary>
    private bool IsNow(JsonElement claims)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return now < claims.GetProperty("exp").GetInt64()
            && (!claims.TryGetProperty("nbf", out var notBefore) || now >= notBefore.GetInt64())
            && (!claims.TryGetProperty("iat", out var issued) || issued.GetInt64() <= now + (long)ClocksMayDifferBy.TotalSeconds);
    }
}
