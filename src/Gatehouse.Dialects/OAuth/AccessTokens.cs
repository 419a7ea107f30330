using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Tokens;
using Gatehouse.Dialects.SubjectTokens;

namespace Gatehouse.Dialects.OAuth;

/// <summary>
/// Makes and reads access tokens: JWTs by RFC 9068, each with a session behind it (HTT-158). Upstreams check them by
/// themselves or by introspection; no dialect takes them at its paths (HTT-159).
/// </summary>
internal sealed class AccessTokens(JwtWriter writer, JwtReader reader, IIssuer issuer, OAuthOptions options) : ISubjectTokenReader
{
    private const string TokenType = "at+jwt";
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private JwtExpectation? _expectation;

    /// <summary>Ours, for one of our audiences: whoever may be named at a grant may show the token here.</summary>
    private JwtExpectation Expectation => _expectation ??= new JwtExpectation(TokenType, issuer.Name, [issuer.Name, .. options.Audiences]);

    /// <summary>Makes a token and the session behind it, which is not in the store yet.</summary>
    /// <returns>Null when no whole second of life is left for it.</returns>
    public IssuedAccess? Issue(AccessRequest request)
    {
        var issued = request.Now.ToUnixTimeSeconds();
        var expires = issued + options.AccessTokenSeconds;
        if (request.NotAfter is { } end)
        {
            expires = Math.Min(expires, end.ToUnixTimeSeconds());
        }

        if (expires <= request.Now.ToUnixTimeMilliseconds() / 1_000)
        {
            return null;
        }

        var id = PublicId.New(request.Now);
        var token = writer.Write(TokenType, PayloadOf(request, id, issued, expires).WrittenSpan);
        return new IssuedAccess(token, expires - issued, new Session
        {
            Id = id,
            Token = TokenHash.Of(token),
            Kind = SessionKind.OAuthAccess,
            AccountId = request.Account.Id,
            ClientId = request.Client.Id,
            Dialect = OAuthDialect.Id,
            Issued = request.Now,
            LastUsed = request.Now,
            Expires = DateTimeOffset.FromUnixTimeSeconds(expires),
            Source = CallerSource.TextOf(request.Source),
            Family = request.Family,
            Parent = request.Parent,
            Tenants = request.Tenant.Tenants,
            Attributes = FactsOf(request).ToAttributes(),
            Retention = Retention,
        });
    }

    /// <inheritdoc/>
    public SubjectToken? Read(string text) => options.Enabled && reader.TryRead(text, Expectation, out var verified, out var hash)
        ? new SubjectToken(hash, (session, account) => session.Kind == SessionKind.OAuthAccess && session.Id == verified.Id && account.Name == verified.Subject) { IsJwt = true }
        : null;

    private ArrayBufferWriter<byte> PayloadOf(AccessRequest request, PublicId id, long issued, long expires)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Plain);
        json.WriteStartObject();
        json.WriteString("iss", issuer.Name);
        json.WriteString("sub", request.Account.Name);
        json.WriteString("aud", request.Audience);
        json.WriteString("client_id", request.Client.Name);
        json.WriteNumber("iat", issued);
        json.WriteNumber("exp", expires);
        json.WriteString("jti", id.ToString());
        WriteIfThere(json, "scope", request.Scope.Text);
        WriteIfThere(json, "tenant", request.Tenant.Name);
        WriteIfThere(json, "dialect", request.Dialect);
        json.WriteEndObject();
        return buffer;
    }

    private static TokenFacts FactsOf(AccessRequest request) => new()
    {
        Client = request.Client.Name,
        Scope = request.Scope.Text,
        Audience = request.Audience,
        Dialect = request.Dialect,
        Chain = request.Chain,
    };

    private static void WriteIfThere(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}

/// <summary>An access token that shall be made.</summary>
/// <param name="Account">Whose it will be: <c>sub</c>.</param>
/// <param name="Client">Who asked for it: <c>client_id</c>.</param>
/// <param name="Audience">For whom: <c>aud</c>.</param>
/// <param name="Scope">What is granted.</param>
/// <param name="Tenant">To which tenant it is bound.</param>
/// <param name="Source">Address of the client.</param>
/// <param name="Now">The moment.</param>
internal sealed record AccessRequest(Account Account, Account Client, string Audience, ScopeList Scope, TenantBinding Tenant, IPAddress Source, DateTimeOffset Now)
{
    /// <summary>The end of what it is made from; null when that has none.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Hash of the token that it is made from.</summary>
    public TokenHash? Parent { get; init; }

    /// <summary>The refresh family that it belongs to.</summary>
    public PublicId? Family { get; init; }

    /// <summary>The dialect that somebody signed in through.</summary>
    public string? Dialect { get; init; }

    /// <summary>How many exchanges lie between it and a sign-in.</summary>
    public int Chain { get; init; }
}

/// <summary>A new access token.</summary>
/// <param name="Token">The JWT.</param>
/// <param name="ExpiresIn">How long it is valid, in seconds.</param>
/// <param name="Session">The session behind it.</param>
internal sealed record IssuedAccess(string Token, long ExpiresIn, Session Session)
{
    /// <summary>Nothing: the token has no business in logs.</summary>
    public override string ToString() => nameof(IssuedAccess);
}
