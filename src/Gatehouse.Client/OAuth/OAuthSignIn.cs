using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Client.OAuth;

/// <summary>Options of a client of an API that takes OAuth 2.0 access tokens.</summary>
public sealed class OAuthClientOptions : SignInOptions
{
    /// <summary>Where tokens come from, like <c>https://gate.example:8443/oauth/token</c>. The client's secret goes there only, the token to <see cref="SignInOptions.Address"/> only.</summary>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>Where a token is given back at the end (RFC 7009); null: it ends by itself.</summary>
    public Uri? RevocationEndpoint { get; set; }

    /// <summary>The client's id.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client's secret.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>What is asked for, space-separated; null for the server's choice.</summary>
    public string? Scope { get; set; }

    /// <summary>For whom the token is; null for the server's choice.</summary>
    public string? Audience { get; set; }

    private protected override void AddFaults(List<string> faults)
    {
        IsAddress(TokenEndpoint, nameof(TokenEndpoint), faults);
        if (RevocationEndpoint is not null)
        {
            IsAddress(RevocationEndpoint, nameof(RevocationEndpoint), faults);
        }

        Require(ClientId.Length > 0, $"{nameof(ClientId)} is missing.", faults);
        Require(ClientSecret.Length > 0, $"{nameof(ClientSecret)} is missing.", faults);
    }
}

/// <summary>OAuth 2.0's <c>client_credentials</c> (RFC 6749 section 4.4) with the client in <c>Basic</c>, then <c>Bearer</c> (RFC 6750).</summary>
/// <param name="options">Where, and who.</param>
public sealed class OAuthSignIn(OAuthClientOptions options) : ISignIn
{
    private readonly OAuthClientOptions _options = options.Checked();

    /// <inheritdoc/>
    public string Dialect => "oauth";

    /// <inheritdoc/>
    public string Name => _options.ClientId;

    /// <inheritdoc/>
    public Uri Scope => _options.Base;

    /// <inheritdoc/>
    public HttpRequestMessage SignIn() =>
        Ask(_options.TokenEndpoint!, ("grant_type", "client_credentials"), ("scope", _options.Scope), ("audience", _options.Audience));

    /// <inheritdoc/>
    public HttpRequestMessage? Renew(Grant old) => null;

    /// <inheritdoc/>
    public HttpRequestMessage? SignOut(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return _options.RevocationEndpoint is { } endpoint ? Ask(endpoint, ("token", grant.Secret)) : null;
    }

    /// <inheritdoc/>
    public Grant? Read(ReadOnlyMemory<byte> answer)
    {
        using var members = JsonDocument.Parse(answer);
        var token = members.RootElement.Text("access_token");
        return token.IsToken() && string.Equals(members.RootElement.Text("token_type"), "Bearer", StringComparison.OrdinalIgnoreCase)
            ? new Grant("Bearer", token!) { Life = members.RootElement.Whole("expires_in").Seconds(), Secret = token }
            : null;
    }

    // RFC 6749 section 2.3.1: id and secret are form-encoded before they are put into Basic.
    private HttpRequestMessage Ask(Uri endpoint, params (string Name, string? Value)[] form) =>
        new(HttpMethod.Post, endpoint)
        {
            Headers =
            {
                Authorization = new AuthenticationHeaderValue(
                    "Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{WebUtility.UrlEncode(_options.ClientId)}:{WebUtility.UrlEncode(_options.ClientSecret)}"))),
            },
            Content = new FormUrlEncodedContent(form.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Name, field.Value!))),
        };
}
