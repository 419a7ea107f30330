using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>One error of the dialect: its status and its text, in the order of the contract's section 10.</summary>
/// <param name="Status">HTTP status; the envelope repeats it.</param>
/// <param name="Message">The envelope's <c>statusMsg</c>.</param>
internal sealed record ProactiveNetError(int Status, string Message)
{
    /// <summary>How long to wait, for 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Methods of the endpoint, for 405.</summary>
    public string? Allow { get; init; }

    public static ProactiveNetError AuthenticationFailed { get; } =
        new(StatusCodes.Status401Unauthorized, "Authentication failed. Invalid Username/Password OR Invalid/Expired Token.");

    /// <summary>PN-88: the later front server's words at its own endpoints.</summary>
    public static ProactiveNetError InvalidToken { get; } = new(StatusCodes.Status401Unauthorized, "Invalid/expired token");

    /// <summary>PN-88.</summary>
    public static ProactiveNetError TokenMissing { get; } = new(StatusCodes.Status400BadRequest, "Token is missing");

    public static ProactiveNetError AccessDenied { get; } = new(StatusCodes.Status403Forbidden, "Access denied. You are not authorized to perform this operation.");

    public static ProactiveNetError HttpsRequired { get; } = new(StatusCodes.Status403Forbidden, "Access denied. HTTPS is required.");

    public static ProactiveNetError MoreThanOneCredential { get; } = BadRequest("more than one credential");

    public static ProactiveNetError MalformedJson { get; } = BadRequest("malformed JSON");

    public static ProactiveNetError MalformedMessage { get; } = BadRequest("malformed message");

    public static ProactiveNetError NotAllowedInUrl { get; } = BadRequest("parameter not allowed in the URL");

    public static ProactiveNetError NotFound { get; } = new(StatusCodes.Status404NotFound, "Not Found");

    public static ProactiveNetError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "Request Entity Too Large");

    public static ProactiveNetError UnsupportedMediaType { get; } = new(StatusCodes.Status415UnsupportedMediaType, "Unsupported Media Type");

    public static ProactiveNetError Internal { get; } = new(StatusCodes.Status500InternalServerError, "Internal Server Error");

    public static ProactiveNetError BadGateway { get; } = new(StatusCodes.Status502BadGateway, "Bad Gateway");

    public static ProactiveNetError Missing(string parameter) => BadRequest($"missing parameter {parameter}");

    public static ProactiveNetError Duplicate(string parameter) => BadRequest($"duplicate parameter {parameter}");

    public static ProactiveNetError Malformed(string parameter) => BadRequest($"malformed parameter {parameter}");

    public static ProactiveNetError MethodNotAllowed(string allow) => new(StatusCodes.Status405MethodNotAllowed, "Method Not Allowed") { Allow = allow };

    public static ProactiveNetError TooManyRequests(TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, "Too Many Requests") { RetryAfter = retryAfter };

    public static ProactiveNetError Unavailable(TimeSpan retryAfter) => new(StatusCodes.Status503ServiceUnavailable, "Service Unavailable") { RetryAfter = retryAfter };

    private static ProactiveNetError BadRequest(string reason) => new(StatusCodes.Status400BadRequest, $"Bad Request: {reason}");
}
