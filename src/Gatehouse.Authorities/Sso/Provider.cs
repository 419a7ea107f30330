using System.Diagnostics.CodeAnalysis;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Gatehouse.Authorities.Sso;

/// <summary>What the discovery document says, as far as it is used here (OpenID Connect Discovery 1.0, RFC 8414).</summary>
internal sealed record Provider
{
    public required Uri TokenEndpoint { get; init; }

    public required Uri JwksUri { get; init; }

    public Uri? UserInfoEndpoint { get; init; }

    public Uri? IntrospectionEndpoint { get; init; }

    public Uri? RevocationEndpoint { get; init; }

    /// <summary>Grants that it says it knows; empty where it does not say.</summary>
    public IReadOnlyCollection<string> Grants { get; init; } = [];

    /// <summary>Reads a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="options">The issuer that it must be of, and what URLs are allowed.</param>
    /// <exception cref="SsoUnavailableException">It is of another issuer, or cannot be used.</exception>
    public static Provider Read(string text, SsoOptions options)
    {
        OpenIdConnectConfiguration document;
        try
        {
            document = OpenIdConnectConfiguration.Create(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or System.Text.Json.JsonException)
        {
            throw new SsoUnavailableException("the discovery document is no JSON object with the members that it should have", exception);
        }

        // Exactly: a document of somebody else must not speak for this issuer (RFC 8414, section 3.3).
        if (document.Issuer != options.IssuerText)
        {
            throw new SsoUnavailableException($"the discovery document is of the issuer '{Core.Text.TypedText.Escape(Core.Text.TypedText.Cut(document.Issuer ?? "", 200))}', and Issuer says '{options.IssuerText}'");
        }

        return new Provider
        {
            TokenEndpoint = Required(document.TokenEndpoint, "token_endpoint", options),
            JwksUri = Required(document.JwksUri, "jwks_uri", options),
            UserInfoEndpoint = Optional(document.UserInfoEndpoint, "userinfo_endpoint", options),
            IntrospectionEndpoint = Optional(document.IntrospectionEndpoint, "introspection_endpoint", options),
            RevocationEndpoint = Optional(document.RevocationEndpoint ?? TextOf(document, "revocation_endpoint"), "revocation_endpoint", options),
            Grants = [.. document.GrantTypesSupported],
        };
    }

    [SuppressMessage("Globalization", "CA1305", Justification = "A text already.")]
    private static string? TextOf(OpenIdConnectConfiguration document, string name) =>
        document.AdditionalData.TryGetValue(name, out var value) ? value?.ToString() : null;

    private static Uri Required(string? text, string name, SsoOptions options) =>
        Optional(text, name, options) ?? throw new SsoUnavailableException($"the discovery document names no {name}");

    private static Uri? Optional(string? text, string name, SsoOptions options)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var url) && SsoOptions.IsSafe(url, options.AllowLoopbackHttp)
            ? url
            : throw new SsoUnavailableException($"the discovery document names a {name} that is not https");
    }
}
