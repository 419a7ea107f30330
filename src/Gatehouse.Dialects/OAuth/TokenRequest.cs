using Gatehouse.Core.Tokens;

namespace Gatehouse.Dialects.OAuth;

/// <summary>A grant as it was asked for: each of its parameters there, known, and of its kind.</summary>
/// <param name="Audience">For whom the access token shall be (HTT-156).</param>
internal abstract record TokenRequest(string Audience)
{
    public const string GrantType = "grant_type";
    public const string ClientCredentials = "client_credentials";
    public const string Password = "password";
    public const string RefreshTokenGrant = "refresh_token";
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    public const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    public const string JwtType = "urn:ietf:params:oauth:token-type:jwt";

    private const string UserName = "username";
    private const string RefreshTokenParameter = "refresh_token";
    private const string SubjectTokenParameter = "subject_token";
    private const string SubjectTokenType = "subject_token_type";
    private const string ActorToken = "actor_token";
    private const string RequestedTokenType = "requested_token_type";
    private const string AudienceParameter = "audience";
    private const string Resource = "resource";
    private const string Scope = "scope";

    /// <summary>The parameters of the endpoint.</summary>
    public static IReadOnlyList<string> Parameters { get; } =
    [
        GrantType, ClientCredential.IdParameter, ClientCredential.SecretParameter, UserName, Password, RefreshTokenParameter, SubjectTokenParameter, SubjectTokenType,
        ActorToken, "actor_token_type", RequestedTokenType, AudienceParameter, Resource, Scope,
    ];

    /// <summary>The client for itself.</summary>
    public sealed record ByClient(string Audience, ScopeList Scopes) : TokenRequest(Audience);

    /// <summary>A user's name and password.</summary>
    public sealed record ByPassword(string Audience, ScopeList Scopes, string TypedName, string Secret) : TokenRequest(Audience)
    {
        /// <summary>Nothing: the password has no business in logs.</summary>
        public override string ToString() => nameof(ByPassword);
    }

    /// <summary>A refresh token.</summary>
    public sealed record ByRefreshToken(string Audience, ScopeList? Scopes, string Token) : TokenRequest(Audience)
    {
        /// <summary>Nothing: the token has no business in logs.</summary>
        public override string ToString() => nameof(ByRefreshToken);
    }

    /// <summary>Somebody's token.</summary>
    public sealed record ByExchange(string Audience, ScopeList Scopes, string SubjectToken, bool MustBeJwt, string IssuedType) : TokenRequest(Audience)
    {
        /// <summary>Nothing: the token has no business in logs.</summary>
        public override string ToString() => nameof(ByExchange);
    }

    /// <summary>Reads the parameters of a grant that the client may use.</summary>
    public static (TokenRequest? Request, OAuthError? Error) Read(OAuthForm form, string grantType, OAuthOptions options, IIssuer issuer)
    {
        if (FaultOf(form, grantType) is { } fault)
        {
            return (null, fault);
        }

        var (audience, error) = ReadTarget(form, options, issuer);
        if (audience is null)
        {
            return (null, error);
        }

        if (grantType == RefreshTokenGrant)
        {
            // What may be asked for is what was granted then, not what could be granted now (HTT-151).
            var asked = form[Scope] is { } text ? new ScopeList([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)]) : null;
            return (new ByRefreshToken(audience, asked, form[RefreshTokenParameter]!), null);
        }

        if (ScopeList.Read(form[Scope], options.Scopes) is not { } scopes)
        {
            return (null, OAuthError.InvalidScope);
        }

        return (grantType switch
        {
            ClientCredentials => new ByClient(audience, scopes),
            Password => new ByPassword(audience, scopes, form[UserName]!, form[Password]!),
            _ => new ByExchange(audience, scopes, form[SubjectTokenParameter]!, form[SubjectTokenType] == JwtType, form[RequestedTokenType] ?? AccessTokenType),
        }, null);
    }

    private static OAuthError? FaultOf(OAuthForm form, string grantType) => grantType switch
    {
        Password => form[UserName] is null ? OAuthError.MissingParameter(UserName) : form[Password] is null ? OAuthError.MissingParameter(Password) : null,
        RefreshTokenGrant => form[RefreshTokenParameter] is null ? OAuthError.MissingParameter(RefreshTokenParameter) : null,
        TokenExchange => ExchangeFaultOf(form),
        _ => null,
    };

    private static OAuthError? ExchangeFaultOf(OAuthForm form) =>
        form[SubjectTokenParameter] is null ? OAuthError.MissingParameter(SubjectTokenParameter)
        : form[SubjectTokenType] is null ? OAuthError.MissingParameter(SubjectTokenType)
        : form[SubjectTokenType] is not (AccessTokenType or JwtType) ? OAuthError.InvalidSubjectTokenType
        : form[ActorToken] is not null ? OAuthError.ActorToken
        : form[RequestedTokenType] is not (null or AccessTokenType or JwtType) ? OAuthError.InvalidRequestedTokenType
        : null;

    private static (string? Audience, OAuthError? Error) ReadTarget(OAuthForm form, OAuthOptions options, IIssuer issuer)
    {
        var (audience, resource) = (form[AudienceParameter], form[Resource]);
        if (audience is not null && resource is not null)
        {
            return (null, OAuthError.AudienceAndResource);
        }

        var target = audience ?? resource ?? issuer.Name;
        return target == issuer.Name || options.Audiences.Contains(target, StringComparer.Ordinal) ? (target, null) : (null, OAuthError.InvalidTarget);
    }
}
