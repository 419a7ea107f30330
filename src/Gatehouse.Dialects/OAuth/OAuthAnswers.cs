using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gatehouse.Core.Tokens;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>Everything that the OAuth face writes, in the order of its contract.</summary>
internal static class OAuthAnswers
{
    private const string Challenge = "Basic realm=\"oauth\", charset=\"UTF-8\"";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] AuthenticationMethods = ["client_secret_basic", "client_secret_post"];

    /// <summary>HTT-145</summary>
    public static Task WriteTokenAsync(HttpContext context, TokenAnswer answer) => WriteSecretAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteString("access_token", answer.AccessToken);
        if (answer.IssuedTokenType is not null)
        {
            json.WriteString("issued_token_type", answer.IssuedTokenType);
        }

        json.WriteString("token_type", "Bearer");
        json.WriteNumber("expires_in", answer.ExpiresIn);
        if (answer.RefreshToken is not null)
        {
            json.WriteString("refresh_token", answer.RefreshToken);
        }

        if (answer.Scope is not null)
        {
            json.WriteString("scope", answer.Scope);
        }
    });

    /// <summary>HTT-136, HTT-137</summary>
    public static Task WriteErrorAsync(HttpContext context, OAuthError error)
    {
        var headers = context.Response.Headers;
        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            headers.WWWAuthenticate = Challenge;
        }

        if (error.Allow is not null)
        {
            headers.Allow = error.Allow;
        }

        if (error.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return WriteSecretAsync(context, error.Status, json =>
        {
            json.WriteString("error", error.Code);
            json.WriteString("error_description", error.Text);
        });
    }

    /// <summary>HTT-161</summary>
    public static Task WriteInactiveAsync(HttpContext context) => WriteSecretAsync(context, StatusCodes.Status200OK, json => json.WriteBoolean("active", value: false));

    /// <summary>HTT-160</summary>
    public static Task WriteActiveAsync(HttpContext context, ActiveToken token) => WriteSecretAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteBoolean("active", value: true);
        json.WriteString("sub", token.Account);
        json.WriteString("username", token.Account);
        json.WriteString("jti", token.Id.ToString());
        json.WriteNumber("iat", token.IssuedAt.ToUnixTimeSeconds());
        if (token.Expires is { } expires)
        {
            json.WriteNumber("exp", expires.ToUnixTimeSeconds());
        }

        WriteIfThere(json, "client_id", token.Facts.Client);
        WriteIfThere(json, "scope", token.Facts.Scope);
        WriteIfThere(json, "aud", token.Facts.Audience);
        WriteIfThere(json, "iss", token.Issuer);
        WriteIfThere(json, "token_type", token.TokenType);
        WriteIfThere(json, "dialect", token.Facts.Dialect);
        WriteIfThere(json, "tenant", token.Facts.Tenant);
    });

    /// <summary>HTT-164, HTT-165</summary>
    public static Task WriteRevokedAsync(HttpContext context)
    {
        ForbidStoring(context);
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>HTT-167</summary>
    public static Task WriteMetadataAsync(HttpContext context, string issuer, string origin, IReadOnlyList<string> grantTypes) => WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteString("issuer", issuer);
        json.WriteString("token_endpoint", origin + OAuthPaths.Token);
        json.WriteString("introspection_endpoint", origin + OAuthPaths.Introspect);
        json.WriteString("revocation_endpoint", origin + OAuthPaths.Revoke);
        json.WriteString("jwks_uri", origin + OAuthPaths.Keys);
        WriteList(json, "grant_types_supported", grantTypes);
        WriteList(json, "token_endpoint_auth_methods_supported", AuthenticationMethods);
        WriteList(json, "introspection_endpoint_auth_methods_supported", AuthenticationMethods);
        WriteList(json, "revocation_endpoint_auth_methods_supported", AuthenticationMethods);
    });

    /// <summary>HTT-169. The members are named one by one: nothing private can slip in.</summary>
    public static Task WriteKeysAsync(HttpContext context, IReadOnlyList<Es256Key> keys)
    {
        context.Response.Headers.CacheControl = "public, max-age=300";
        return WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray("keys");
            foreach (var key in keys)
            {
                json.WriteStartObject();
                json.WriteString("kty", "EC");
                json.WriteString("crv", "P-256");
                json.WriteString("x", key.X);
                json.WriteString("y", key.Y);
                json.WriteString("kid", key.Id);
                json.WriteString("use", "sig");
                json.WriteString("alg", "ES256");
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>Faults that no endpoint foresaw.</summary>
    public static Task WriteFaultAsync(HttpContext context, UnforeseenFault fault) => WriteErrorAsync(context, fault switch
    {
        UnforeseenFault.MalformedRequest => OAuthError.Malformed,
        UnforeseenFault.TooLarge => OAuthError.TooLarge,
        UnforeseenFault.StoreUnavailable => OAuthError.Unavailable(RetryStore),
        _ => OAuthError.Internal,
    });

    private static Task WriteSecretAsync(HttpContext context, int status, Action<Utf8JsonWriter> members)
    {
        ForbidStoring(context);
        return WriteAsync(context, status, members);
    }

    private static void ForbidStoring(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Pragma = "no-cache";
    }

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
        }
    }

    private static void WriteIfThere(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
    }
}

/// <summary>What a successful grant tells the client.</summary>
/// <param name="AccessToken"><c>access_token</c></param>
/// <param name="ExpiresIn"><c>expires_in</c></param>
/// <param name="Scope"><c>scope</c>; null when none was granted.</param>
internal sealed record TokenAnswer(string AccessToken, long ExpiresIn, string? Scope)
{
    /// <summary><c>refresh_token</c></summary>
    public string? RefreshToken { get; init; }

    /// <summary><c>issued_token_type</c></summary>
    public string? IssuedTokenType { get; init; }

    /// <summary>Nothing: tokens have no business in logs.</summary>
    public override string ToString() => nameof(TokenAnswer);
}
