using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gatehouse.Core.Tokens;

/// <summary>
/// Signs who a caller is, for an upstream that wants to check it by itself (header <c>Gatehouse-Assertion</c>): a short-lived
/// JWT of its own kind, for one audience. The same identity gets the same assertion again during the first half of its
/// life, because a signature costs more than all the rest of a request.
/// </summary>
public sealed class AssertionSigner(JwtWriter writer, IIssuer issuer, TimeProvider clock)
{
    /// <summary>The kind of token: <c>typ</c>. Not that of an access token: neither passes for the other.</summary>
    public const string TokenType = "gatehouse-assertion+jwt";

    /// <summary>How long an assertion is valid, in seconds.</summary>
    public const int LifeSeconds = 60;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly AssertionCache _cache = new();

    /// <summary>An assertion about an identity.</summary>
    /// <param name="identity">Who calls.</param>
    /// <param name="audience">The upstream that it is for: <c>aud</c>.</param>
    /// <returns>A JWT that is valid for at least half of <see cref="LifeSeconds"/>.</returns>
    /// <exception cref="InvalidOperationException">The key ring was not loaded.</exception>
    public string Sign(Identity identity, string audience)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(audience);
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var key = new AssertionKey(identity, audience);
        if (_cache.Find(key, now) is { } remembered)
        {
            return remembered;
        }

        var assertion = writer.Write(TokenType, PayloadOf(identity, audience, now));
        _cache.Keep(key, assertion, now + (LifeSeconds / 2), now);
        return assertion;
    }

    private ReadOnlySpan<byte> PayloadOf(Identity identity, string audience, long now)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("iss", issuer.Name);
            json.WriteString("sub", identity.User);
            json.WriteString("aud", audience);
            json.WriteNumber("iat", now);
            json.WriteNumber("exp", now + LifeSeconds);
            json.WriteString("jti", PublicId.New(DateTimeOffset.FromUnixTimeSeconds(now)).ToString());
            json.WriteString("dialect", identity.Dialect);
            json.WriteString("method", identity.Method);
            WriteIfThere(json, "tenant", identity.Tenant);
            WriteIfThere(json, "scope", identity.Scope);
            json.WriteStartArray("tenants");
            foreach (var tenant in identity.Tenants)
            {
                json.WriteStringValue(tenant);
            }

            json.WriteEndArray();
            WriteIfThere(json, "impersonator", identity.Impersonator);
            WriteIfThere(json, "session", identity.Session?.ToString());
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private static void WriteIfThere(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
