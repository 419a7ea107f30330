using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Repositories;

/// <summary>One error of the dialect: its status and its message (contract section 8).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Message">The one member of its body.</param>
internal sealed record RepositoriesError(int Status, string Message)
{
    /// <summary>The challenge, for 401 and for nothing else (REP-21, HTT-30).</summary>
    public string? Challenge { get; private init; }

    /// <summary>A second challenge, where a handshake is offered.</summary>
    public string? Handshake { get; init; }

    /// <summary>How long to wait, for 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Methods of the endpoint, for 405.</summary>
    public string? Allow { get; private init; }

    public static RepositoriesError BadRequest { get; } = new(StatusCodes.Status400BadRequest, "Bad Request");

    /// <summary>At the login check only, where the product has 400 for what is 401 elsewhere (REP-73).</summary>
    public static RepositoriesError LoginFailed { get; } = new(StatusCodes.Status400BadRequest, "Failed to authenticate the client");

    public static RepositoriesError Unauthorized(string challenge) => new(StatusCodes.Status401Unauthorized, "Unauthorized") { Challenge = challenge };

    /// <summary>The server's leg of a handshake.</summary>
    public static RepositoriesError ContinueHandshake(string challenge) => new(StatusCodes.Status401Unauthorized, "Unauthorized") { Challenge = challenge };

    /// <summary>For an application that asks more of a caller than the membership; the dialect itself does not.</summary>
    public static RepositoriesError Forbidden { get; } = new(StatusCodes.Status403Forbidden, "Forbidden");

    public static RepositoriesError HttpsRequired { get; } = new(StatusCodes.Status403Forbidden, "HTTPS is required");

    public static RepositoriesError PasswordRequired { get; } = new(StatusCodes.Status403Forbidden, "A password is required");

    public static RepositoriesError NoSuchRepository { get; } = new(StatusCodes.Status404NotFound, "No repository with that name.");

    /// <summary>For an application that serves nothing under the path.</summary>
    public static RepositoriesError NotFound { get; } = new(StatusCodes.Status404NotFound, "Not Found");

    public static RepositoriesError MethodNotAllowed(string allow) => new(StatusCodes.Status405MethodNotAllowed, "Method Not Allowed") { Allow = allow };

    public static RepositoriesError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "Payload Too Large");

    public static RepositoriesError TooManyAttempts(TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, "Too many attempts, try again later") { RetryAfter = retryAfter };

    public static RepositoriesError Internal { get; } = new(StatusCodes.Status500InternalServerError, "Internal Server Error");

    public static RepositoriesError UpstreamUnreachable { get; } = new(StatusCodes.Status502BadGateway, "Bad Gateway");

    public static RepositoriesError Unavailable(TimeSpan retryAfter) => new(StatusCodes.Status503ServiceUnavailable, "Service Unavailable") { RetryAfter = retryAfter };

    public static RepositoriesError StoreUnavailable { get; } = Unavailable(TimeSpan.FromSeconds(5));

    public static RepositoriesError UpstreamTimedOut { get; } = new(StatusCodes.Status504GatewayTimeout, "Gateway Timeout");
}
