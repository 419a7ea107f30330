using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>One error of the dialect: its status and the two members of its object (contract section 9).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">For programs.</param>
/// <param name="Text">For people, and for clients that compare texts: exact to the dot.</param>
internal sealed record OperationalIntelligenceError(int Status, string Code, string Text)
{
    private const string MalformedRequest = "Malformed request";

    /// <summary>How long to wait, for 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Methods of the endpoint, for 405.</summary>
    public string? Allow { get; init; }

    /// <summary>A bearer was presented, read, and refused: the challenge says so (OI-99).</summary>
    public bool IsRefusedBearer { get; init; }

    // OI-90: the three texts that clients compare.
    public static OperationalIntelligenceError InvalidAuthorization { get; } =
        new(StatusCodes.Status401Unauthorized, "invalid-authorization-header", "Request has missing or invalid authorization header");

    public static OperationalIntelligenceError InvalidToken { get; } = new(StatusCodes.Status401Unauthorized, "invalid-token", "Invalid authentication token");

    public static OperationalIntelligenceError IdleTimeout { get; } = new(StatusCodes.Status401Unauthorized, "idle-timeout", "Access denied, inactivity time out.");

    // OI-91
    public static OperationalIntelligenceError InvalidCredentials { get; } = new(StatusCodes.Status401Unauthorized, "invalid-credentials", "Invalid credentials");

    // OI-92. The names are ours, never the caller's (OI-100).
    public static OperationalIntelligenceError MissingParameter(string name) => new(StatusCodes.Status400BadRequest, "missing-parameter", $"Missing parameter: {name}");

    public static OperationalIntelligenceError DuplicateParameter(string name) => new(StatusCodes.Status400BadRequest, "duplicate-parameter", $"Duplicate parameter: {name}");

    public static OperationalIntelligenceError MalformedParameter(string name) => new(StatusCodes.Status400BadRequest, "malformed-parameter", $"Malformed parameter: {name}");

    public static OperationalIntelligenceError MalformedBody { get; } = new(StatusCodes.Status400BadRequest, "malformed-parameter", MalformedRequest);

    public static OperationalIntelligenceError ParameterInUrl(string name) =>
        new(StatusCodes.Status400BadRequest, "parameter-in-url", $"Parameter not allowed in the URL: {name}");

    public static OperationalIntelligenceError UnsupportedGrant { get; } = new(StatusCodes.Status400BadRequest, "unsupported-grant", "Unsupported grant_type");

    public static OperationalIntelligenceError DuplicateAuthorization { get; } = new(StatusCodes.Status400BadRequest, "duplicate-authorization", MalformedRequest);

    public static OperationalIntelligenceError AmbiguousScope { get; } = new(StatusCodes.Status400BadRequest, "ambiguous-scope", MalformedRequest);

    // OI-93, texts of OI-85 and OI-86
    public static OperationalIntelligenceError TenantNotInScope { get; } =
        new(StatusCodes.Status403Forbidden, "tenant-not-in-scope", "Access denied, tenant is not in the scope of the token.");

    public static OperationalIntelligenceError GlobalNotPermitted { get; } =
        new(StatusCodes.Status403Forbidden, "global-not-permitted", "Access denied, global scope is not permitted.");

    /// <summary>A route of the gateway asks for a role or a tenant that the caller has not (HTT-29). The contract has no word for it.</summary>
    public static OperationalIntelligenceError NotPermitted { get; } = new(StatusCodes.Status403Forbidden, "not-permitted", "Access denied.");

    public static OperationalIntelligenceError HttpsRequired { get; } = new(StatusCodes.Status403Forbidden, "https-required", "HTTPS is required");

    // OI-94
    public static OperationalIntelligenceError NotFound { get; } = new(StatusCodes.Status404NotFound, "not-found", "Not found");

    public static OperationalIntelligenceError MethodNotAllowed(string allow) => new(StatusCodes.Status405MethodNotAllowed, "method-not-allowed", "Method not allowed") { Allow = allow };

    public static OperationalIntelligenceError UnsupportedMediaType { get; } =
        new(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "Unsupported media type");

    // OI-95 to OI-98, OI-134
    public static OperationalIntelligenceError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "too-large", "Request too large");

    public static OperationalIntelligenceError TooManyAttempts(TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, "too-many-attempts", "Too many attempts") { RetryAfter = retryAfter };

    public static OperationalIntelligenceError Internal { get; } = new(StatusCodes.Status500InternalServerError, "internal-error", "Internal error");

    public static OperationalIntelligenceError BadGateway { get; } = new(StatusCodes.Status502BadGateway, "bad-gateway", "Bad gateway");

    public static OperationalIntelligenceError Unavailable(TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, "unavailable", "Service unavailable") { RetryAfter = retryAfter };
}
