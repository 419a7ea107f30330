using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gatehouse.Core.Audit;

namespace Gatehouse.Authorities.Sso;

/// <summary>What the single sign-on said to a name and a password.</summary>
internal abstract record GrantOutcome
{
    private GrantOutcome()
    {
    }

    /// <summary>They are right.</summary>
    /// <param name="AccessToken">The access token as it came.</param>
    /// <param name="IdToken">The ID token, if one came.</param>
    /// <param name="Expires">When the access token ends, if the answer said.</param>
    public sealed record Granted(string AccessToken, string? IdToken, DateTimeOffset? Expires) : GrantOutcome
    {
        /// <summary>Nothing: tokens have no business in logs.</summary>
        public override string ToString() => nameof(Granted);
    }

    /// <summary>They are wrong, or the account there may not sign in.</summary>
    /// <param name="Reason">One of <see cref="AuditReasons"/>.</param>
    public sealed record Refused(string Reason) : GrantOutcome;
}

/// <summary>The questions that are put to the single sign-on, one method each.</summary>
internal sealed class SsoClient(SsoOptions options, SsoConnection connection, Discovery discovery, TimeProvider clock)
{
    private const string InvalidGrant = "invalid_grant";
    private const int LongestLifeSeconds = 366 * 24 * 60 * 60;

    // Servers say in words why an account may not enter; the caller is told nothing of it, the operator is.
    private static readonly (string Word, string Reason)[] Words =
    [
        ("locked", AuditReasons.Locked),
        ("temporarily disabled", AuditReasons.Locked),
        ("disabled", AuditReasons.Disabled),
        ("expired", AuditReasons.Expired),
        ("not fully set up", AuditReasons.MustChange),
        ("must change", AuditReasons.MustChange),
    ];

    /// <summary>Asks for a token by name and password (RFC 6749, section 4.3).</summary>
    /// <exception cref="SsoUnavailableException">Nobody could say.</exception>
    public async Task<GrantOutcome> GrantAsync(string name, string password, CancellationToken cancellationToken)
    {
        var provider = await discovery.GetAsync(cancellationToken);
        var asked = clock.GetUtcNow();
        var reply = await PostAsync(
            provider.TokenEndpoint,
            "the password grant",
            [new("grant_type", "password"), new("username", name), new("password", password), new("scope", options.Scope)],
            cancellationToken);
        return reply.Status == 200 ? ReadGranted(reply, asked) : ReadRefused(reply);
    }

    /// <summary>Asks who an access token belongs to (OpenID Connect Core 1.0, section 5.3).</summary>
    /// <exception cref="SsoUnavailableException">Nobody could say.</exception>
    public async Task<JsonElement> GetUserInfoAsync(string accessToken, CancellationToken cancellationToken)
    {
        var provider = await discovery.GetAsync(cancellationToken);
        var address = provider.UserInfoEndpoint ?? throw new SsoUnavailableException("the discovery document names no userinfo_endpoint; set PersonFrom to 'id-token' or 'introspection'");
        var reply = await connection.AskAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept", "application/json" } } };

                // As it came: a token need not have the form that a typed header would check for.
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {accessToken}");
                return request;
            },
            "userinfo",
            cancellationToken);
        return ObjectOf(reply, "userinfo");
    }

    /// <summary>Asks what a token is worth (RFC 7662).</summary>
    /// <returns>What is said of a token that holds; null for one that does not.</returns>
    /// <exception cref="SsoUnavailableException">Nobody could say.</exception>
    public async Task<JsonElement?> IntrospectAsync(string token, CancellationToken cancellationToken)
    {
        var provider = await discovery.GetAsync(cancellationToken);
        var address = provider.IntrospectionEndpoint ?? throw new SsoUnavailableException("the discovery document names no introspection_endpoint; set TokenCheck to 'keys' if its tokens are JSON Web Tokens");
        var said = ObjectOf(await PostAsync(address, "introspection", TokenFields(token), cancellationToken), "introspection");
        var active = said.TryGetProperty("active", out var value) ? value.ValueKind : JsonValueKind.Undefined;
        if (active is not (JsonValueKind.True or JsonValueKind.False))
        {
            throw new SsoUnavailableException("introspection was answered without 'active'");
        }

        // One of another issuer is none of this one's, whatever a shared endpoint says (ATK-18).
        var isForeign = said.TryGetProperty("iss", out var issuer) && !(issuer.ValueKind == JsonValueKind.String && issuer.GetString() == options.IssuerText);
        return active == JsonValueKind.True && !isForeign && !(ExpiryOf(said) <= clock.GetUtcNow()) ? said : null;
    }

    /// <summary>Ends a token (RFC 7009). Nothing happens where the server has no such endpoint.</summary>
    /// <returns>What the server has against it; null when the token has ended or cannot be ended there at all.</returns>
    /// <exception cref="SsoUnavailableException">Nobody could say.</exception>
    public async Task<string?> RevokeAsync(string token, CancellationToken cancellationToken)
    {
        var provider = await discovery.GetAsync(cancellationToken);
        if (provider.RevocationEndpoint is not { } address)
        {
            return null;
        }

        var reply = await PostAsync(address, "revocation", TokenFields(token), cancellationToken);
        return reply.Status switch
        {
            200 or 204 => null,
            400 => ErrorOf(reply),
            _ => throw Unexpected(reply, "revocation"),
        };
    }

    /// <summary>When a token ends, by what introspection said of it.</summary>
    public static DateTimeOffset? ExpiryOf(JsonElement said) =>
        said.TryGetProperty("exp", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>Posts a form as this client.</summary>
    /// <exception cref="SsoUnavailableException">There was no answer.</exception>
    public Task<SsoReply> PostAsync(Uri address, string what, IReadOnlyList<KeyValuePair<string, string>> fields, CancellationToken cancellationToken) => connection.AskAsync(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, address) { Headers = { { "Accept", "application/json" } } };
            if (options.ClientAuthentication == ClientAuthentication.Post)
            {
                fields = [.. fields, new("client_id", options.ClientId), new("client_secret", options.ClientSecret)];
            }
            else
            {
                // Form-encoded first (RFC 6749, section 2.3.1): the secret may hold a colon.
                var pair = $"{Uri.EscapeDataString(options.ClientId)}:{Uri.EscapeDataString(options.ClientSecret)}";
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
            }

            request.Content = new FormUrlEncodedContent(fields);
            return request;
        },
        what,
        cancellationToken);

    /// <summary>The error code of an answer, as far as it can be shown; null when there is none.</summary>
    public static string? ErrorCodeOf(SsoReply reply) => reply.Object is { } said ? SsoReply.TextOf(said, "error") : null;

    private static KeyValuePair<string, string>[] TokenFields(string token) => [new("token", token), new("token_type_hint", "access_token")];

    private static GrantOutcome.Granted ReadGranted(SsoReply reply, DateTimeOffset asked)
    {
        var said = ObjectOf(reply, "the password grant");
        if (SsoReply.TextOf(said, "access_token") is not { Length: > 0 } token)
        {
            throw new SsoUnavailableException("the password grant was answered without an access_token");
        }

        // RFC 6749, appendix A.12. Nothing else may come near a header.
        if (token.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new SsoUnavailableException("the password grant was answered with an access_token that holds other than visible ASCII");
        }

        return new GrantOutcome.Granted(token, SsoReply.TextOf(said, "id_token"), LifeOf(said) is { } life ? asked + life : null);
    }

    /// <summary>Some servers write the number as a text.</summary>
    private static TimeSpan? LifeOf(JsonElement said)
    {
        if (!said.TryGetProperty("expires_in", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestLifeSeconds))
            : throw new SsoUnavailableException("the password grant was answered with an expires_in that is no time");
    }

    private static GrantOutcome.Refused ReadRefused(SsoReply reply)
    {
        // By its standard 400; there are servers that say 401. Everything else is not about the password (HTT-99).
        if (reply.Status is not (400 or 401) || ErrorCodeOf(reply) != InvalidGrant)
        {
            throw Unexpected(reply, "the password grant");
        }

        var words = reply.Object is { } said ? SsoReply.TextOf(said, "error_description") ?? "" : "";
        return new GrantOutcome.Refused(Array.Find(Words, row => words.Contains(row.Word, StringComparison.OrdinalIgnoreCase)).Reason ?? AuditReasons.BadCredentials);
    }

    private static JsonElement ObjectOf(SsoReply reply, string what) =>
        reply.Status != 200 ? throw Unexpected(reply, what) : reply.Object ?? throw new SsoUnavailableException($"{what} was answered with something that is no JSON object");

    private static string ErrorOf(SsoReply reply) => Core.Text.TypedText.Escape(Core.Text.TypedText.Cut(ErrorCodeOf(reply) ?? "no error code", 64));

    private static SsoUnavailableException Unexpected(SsoReply reply, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what} was answered with status {reply.Status} ({ErrorOf(reply)})"));
}
