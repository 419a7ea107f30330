using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Which challenges go with a 401.</summary>
internal enum Challenges
{
    /// <summary>None.</summary>
    None,

    /// <summary>Every method that is enabled (MIC-87).</summary>
    All,

    /// <summary>Bearer alone, so that a browser page shows no pop-up (MIC-38).</summary>
    Bearer,

    /// <summary>Bearer, which says that the token that came is no good (MIC-77).</summary>
    InvalidToken,

    /// <summary>Negotiate alone: the first leg of a handshake (MIC-30).</summary>
    Negotiate,
}

/// <summary>One error of the dialect, whatever wrapping it is written in (contract section 10).</summary>
/// <param name="Status">HTTP status, before the wrapping has its say.</param>
/// <param name="Code">The product's code, or 90000 + status where it has none.</param>
/// <param name="Text">The product's text. Never repeats input (MIC-123).</param>
internal sealed record MicetroError(int Status, int Code, string Text)
{
    private const string UnreadableText = "The request could not be read.";

    /// <summary>The challenges of a 401.</summary>
    public Challenges Challenges { get; init; }

    /// <summary>The server's leg of a handshake, for <see cref="Challenges.Negotiate"/>.</summary>
    public byte[]? HandshakeToken { get; init; }

    /// <summary>How long to wait, for 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Methods of the endpoint, for 405.</summary>
    public string? Allow { get; init; }

    /// <summary>No wrapping changes the status: handshakes and HTTPS (MIC-47, MIC-65).</summary>
    public bool StatusHolds { get; init; }

    /// <summary>The SOAP fault code where it is neither the caller's nor the server's ordinary one.</summary>
    public string? FaultCode { get; init; }

    // 400
    public static MicetroError Unreadable { get; } = new(StatusCodes.Status400BadRequest, 90400, UnreadableText);

    public static MicetroError VersionMismatch { get; } = Unreadable with { FaultCode = "VersionMismatch" };

    public static MicetroError MustUnderstand { get; } = Unreadable with { FaultCode = "MustUnderstand" };

    public static MicetroError DocumentType { get; } = new(StatusCodes.Status400BadRequest, 90400, "Document type declarations are not allowed.");

    public static MicetroError Batch { get; } = new(StatusCodes.Status400BadRequest, 90400, "Batch calls are not supported.");

    public static MicetroError ParamsMustBeAnObject { get; } = new(StatusCodes.Status400BadRequest, 90400, "params must be an object.");

    public static MicetroError MoreThanOneAuthorization { get; } = new(StatusCodes.Status400BadRequest, 90400, "More than one Authorization header.");

    public static MicetroError HeaderAndSession { get; } =
        new(StatusCodes.Status400BadRequest, 90400, "Send either an Authorization header or the session parameter, not both.");

    public static MicetroError PasswordInUrl { get; } = new(StatusCodes.Status400BadRequest, 90400, "loginName and password must not be in the URL.");

    public static MicetroError SessionInUrl { get; } = new(StatusCodes.Status400BadRequest, 90400, "session must not be in the URL.");

    public static MicetroError SingleSignOnExcludes { get; } = new(StatusCodes.Status400BadRequest, 90400, "singleSignOn excludes loginName and password.");

    public static MicetroError Missing(string parameter) => new(StatusCodes.Status400BadRequest, 90400, $"Missing parameter: {parameter}.");

    public static MicetroError MustBeAString(string parameter) => new(StatusCodes.Status400BadRequest, 90400, $"Parameter {parameter} must be a string.");

    public static MicetroError GivenTwice(string parameter) => new(StatusCodes.Status400BadRequest, 90400, $"Parameter {parameter} is given twice.");

    public static MicetroError TooManySessions { get; } = new(StatusCodes.Status400BadRequest, 1030, "Too many open connections");

    public static MicetroError UnknownCentral { get; } = new(StatusCodes.Status400BadRequest, 515, "Unknown Central server.");

    // 401
    public static MicetroError BadCredentials(Challenges challenges) =>
        new(StatusCodes.Status401Unauthorized, 16394, "Invalid username or password.") { Challenges = challenges };

    public static MicetroError MissingSession { get; } = new(StatusCodes.Status401Unauthorized, 5002, "Missing Session ID.") { Challenges = Challenges.All };

    public static MicetroError StartHandshake { get; } = MissingSession with { Challenges = Challenges.Negotiate, StatusHolds = true };

    public static MicetroError ContinueHandshake(byte[]? token) => StartHandshake with { HandshakeToken = token };

    /// <summary>A handshake that came to nothing; 401 in every wrapping (HTT-63).</summary>
    public static MicetroError HandshakeRefused { get; } = BadCredentials(Challenges.All) with { StatusHolds = true };

    public static MicetroError InvalidSession { get; } =
        new(StatusCodes.Status401Unauthorized, 5003, "Invalid or expired session") { Challenges = Challenges.InvalidToken };

    // 403
    public static MicetroError HttpsRequired { get; } = new(StatusCodes.Status403Forbidden, 90403, "HTTPS is required.") { StatusHolds = true };

    public static MicetroError SingleSignOnNotEnabled { get; } = new(StatusCodes.Status403Forbidden, 90403, "Single sign-on is not enabled.");

    public static MicetroError CrossSite { get; } = new(StatusCodes.Status403Forbidden, 90403, "Cross-site requests need a Bearer token.");

    /// <summary>For an application that asks more of a caller than an identity; the dialect itself does not.</summary>
    public static MicetroError Forbidden { get; } = new(StatusCodes.Status403Forbidden, 90403, "Not allowed.");

    // 404 and up
    public static MicetroError NotFound { get; } = new(StatusCodes.Status404NotFound, 90404, "No such resource.");

    public static MicetroError MethodNotAllowed(string allow) => new(StatusCodes.Status405MethodNotAllowed, 90405, "Method not allowed.") { Allow = allow };

    public static MicetroError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, 90413, "The request body is too large.");

    public static MicetroError NotPlainUtf8 { get; } = new(StatusCodes.Status415UnsupportedMediaType, 90415, "The body must be plain UTF-8.");

    public static MicetroError Throttled(TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, 90429, "Too many login attempts. Try again later.") { RetryAfter = retryAfter };

    public static MicetroError Internal { get; } = new(StatusCodes.Status500InternalServerError, 90500, "Internal error.");

    public static MicetroError UpstreamSilent { get; } = new(StatusCodes.Status502BadGateway, 90502, "The upstream API did not answer.");

    public static MicetroError Unavailable(TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, 515, "The Central server cannot be reached.") { RetryAfter = retryAfter };

    /// <summary>The same as 403, for clients that would start a handshake at a 401 (MIC-29).</summary>
    public MicetroError AsForbidden() => Status == StatusCodes.Status401Unauthorized && !StatusHolds
        ? this with { Status = StatusCodes.Status403Forbidden, Challenges = Challenges.None }
        : this;
}
