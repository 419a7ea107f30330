using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>One error of the OAuth face: its status and the two members of its object (RFC 6749 section 5.2).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">For programs.</param>
/// <param name="Text">For people: ASCII without <c>"</c> and <c>\</c>, and never anything that the caller sent (HTT-35, HTT-136).</param>
internal sealed record OAuthError(int Status, string Code, string Text)
{
    private const string InvalidRequestCode = "invalid_request";
    private const string TemporarilyUnavailableCode = "temporarily_unavailable";

    /// <summary>How long to wait, for 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Methods of the endpoint, for 405.</summary>
    public string? Allow { get; init; }

    // HTT-135, in its order
    public static OAuthError HttpsRequired { get; } = Invalid("HTTPS is required");

    public static OAuthError MethodNotAllowed(string allow) => new(StatusCodes.Status405MethodNotAllowed, InvalidRequestCode, "The method is not allowed here") { Allow = allow };

    public static OAuthError NotAForm { get; } = Invalid("The body must be application/x-www-form-urlencoded");

    public static OAuthError EncodedBody { get; } = new(StatusCodes.Status415UnsupportedMediaType, InvalidRequestCode, "The body must not have a content coding");

    public static OAuthError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, InvalidRequestCode, "The body is too large");

    public static OAuthError UnreadableForm { get; } = Invalid("The body cannot be read");

    public static OAuthError RepeatedParameter { get; } = Invalid("A parameter is repeated");

    // HTT-139
    public static OAuthError ParameterInQuery { get; } = Invalid("Parameters belong in the body");

    // HTT-13, HTT-142, HTT-143
    public static OAuthError SeveralAuthorizations { get; } = Invalid("There is more than one Authorization field");

    public static OAuthError TwoAuthentications { get; } = Invalid("The client must authenticate in one way only");

    public static OAuthError InvalidClient { get; } = new(StatusCodes.Status401Unauthorized, "invalid_client", "Client authentication failed");

    // HTT-144, HTT-147, HTT-148
    public static OAuthError UnsupportedGrantType { get; } = Bad("unsupported_grant_type", "The grant type is not supported");

    public static OAuthError UnauthorizedClient { get; } = Bad("unauthorized_client", "The client may not do this");

    // HTT-144, HTT-149, HTT-154, HTT-162. The names are ours, never the caller's.
    public static OAuthError MissingParameter(string name) => Invalid($"{name} is missing");

    // HTT-149, HTT-150
    public static OAuthError InvalidGrant { get; } = Bad("invalid_grant", "The grant is not valid");

    // HTT-151, HTT-152
    public static OAuthError InvalidScope { get; } = Bad("invalid_scope", "The scope is not valid");

    // HTT-156
    public static OAuthError InvalidTarget { get; } = Bad("invalid_target", "The audience is not known");

    public static OAuthError AudienceAndResource { get; } = Invalid("audience and resource exclude each other");

    // HTT-154, HTT-155
    public static OAuthError InvalidSubjectToken { get; } = Invalid("subject_token is not valid");

    public static OAuthError InvalidSubjectTokenType { get; } = Invalid("subject_token_type is not supported");

    public static OAuthError ActorToken { get; } = Invalid("actor_token is not supported");

    public static OAuthError InvalidRequestedTokenType { get; } = Invalid("requested_token_type is not supported");

    public static OAuthError NotFound { get; } = new(StatusCodes.Status404NotFound, InvalidRequestCode, "There is nothing here");

    public static OAuthError Malformed { get; } = Invalid("The request cannot be read");

    public static OAuthError Internal { get; } = new(StatusCodes.Status500InternalServerError, "server_error", "Internal error");

    // HTT-137
    public static OAuthError TooManyAttempts(TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, TemporarilyUnavailableCode, "Too many attempts") { RetryAfter = retryAfter };

    public static OAuthError Unavailable(TimeSpan retryAfter) => new(StatusCodes.Status503ServiceUnavailable, TemporarilyUnavailableCode, "Service unavailable") { RetryAfter = retryAfter };

    private static OAuthError Invalid(string text) => Bad(InvalidRequestCode, text);

    private static OAuthError Bad(string code, string text) => new(StatusCodes.Status400BadRequest, code, text);
}
