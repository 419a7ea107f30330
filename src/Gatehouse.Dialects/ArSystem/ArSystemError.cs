using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>One error of the dialect: its status and the one object of its array (contract section 12).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Number">The product's number, or 10000 + status where it has none.</param>
/// <param name="Text">The product's text.</param>
/// <param name="Appended">What the text is about.</param>
internal sealed record ArSystemError(int Status, int Number, string Text, string? Appended = null)
{
    /// <summary>How long to wait, for 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Methods of the endpoint, for 405.</summary>
    public string? Allow { get; init; }

    /// <summary>What the operator learns and the caller does not.</summary>
    public string? Reason { get; init; }

    public static ArSystemError Malformed(string at) => new(StatusCodes.Status400BadRequest, 10400, "Malformed request", at);

    public static ArSystemError InvalidClientType { get; } = new(StatusCodes.Status400BadRequest, 8732, "Invalid client type", "X-AR-Client-Type");

    /// <summary>623, for whatever reason (ARS-70); appended is the user name at login and null elsewhere.</summary>
    public static ArSystemError AuthenticationFailed { get; } = new(StatusCodes.Status401Unauthorized, 623, "Authentication failed");

    public static ArSystemError MustBeAdministrator { get; } = new(StatusCodes.Status403Forbidden, 304, "Must have Administrator permissions to perform this operation");

    public static ArSystemError NoSuchUser(string name) => new(StatusCodes.Status403Forbidden, 612, "No such user exists", name);

    public static ArSystemError NotWithThisCredential { get; } = new(StatusCodes.Status403Forbidden, 10403, "Not allowed with this credential");

    public static ArSystemError NotFound { get; } = new(StatusCodes.Status404NotFound, 10404, "Not found");

    public static ArSystemError MethodNotAllowed(string allow) => new(StatusCodes.Status405MethodNotAllowed, 10405, "Method not allowed") { Allow = allow };

    public static ArSystemError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, 10413, "Request too large");

    public static ArSystemError UnsupportedMediaType { get; } = new(StatusCodes.Status415UnsupportedMediaType, 10415, "Unsupported media type");

    public static ArSystemError TooManyFailedLogins(TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, 10429, "Too many failed logins, try again later") { RetryAfter = retryAfter };

    public static ArSystemError ConnectedElsewhere(string account) =>
        new(StatusCodes.Status500InternalServerError, 9093, "User is currently connected from another machine or incompatible session", account);

    public static ArSystemError TakenOverRecently(string account) => new(StatusCodes.Status500InternalServerError, 9084, "User is currently connected from another machine", account);

    public static ArSystemError Internal { get; } = new(StatusCodes.Status500InternalServerError, 10500, "Internal error");

    public static ArSystemError UpstreamUnreachable { get; } = new(StatusCodes.Status502BadGateway, 90, "Cannot connect to the AR System server");

    public static ArSystemError Unavailable(TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, 8922, "Cannot connect to the authentication service") { RetryAfter = retryAfter };

    public static ArSystemError TimeoutDuringUpdate { get; } = new(StatusCodes.Status504GatewayTimeout, 92, "Timeout during database update");

    public static ArSystemError TimeoutDuringRetrieval { get; } = new(StatusCodes.Status504GatewayTimeout, 93, "Timeout during data retrieval");
}
