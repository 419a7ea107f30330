using Microsoft.Extensions.Logging;

namespace Gatehouse.Gateway;

/// <summary>Log messages of the gateway: event ids 4000 to 4099. Never a path, a query or a header: callers put secrets there.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(4000, LogLevel.Debug, "Request {RequestId} got no answer from the upstream: {Error}.")]
    public static partial void AttemptFailed(ILogger logger, string requestId, string error);

    [LoggerMessage(4001, LogLevel.Warning, "Request {RequestId}: the upstream's answer broke off ({Error}); the caller's connection was aborted.")]
    public static partial void AnswerBrokeOff(ILogger logger, string requestId, string error);

    [LoggerMessage(4002, LogLevel.Warning, "Request {RequestId} could not be forwarded to {Upstream}: {Error}.")]
    public static partial void NotForwarded(ILogger logger, string requestId, string upstream, Forwarding.ForwardError error);

    [LoggerMessage(4010, LogLevel.Information, "{Count} routes are served.")]
    public static partial void RoutesServed(ILogger logger, int count);

    [LoggerMessage(4011, LogLevel.Warning, "Route {Route}: no sign-in at the upstream, none is tried for {Seconds} s. {Why}")]
    public static partial void NotSignedIn(ILogger logger, string route, int seconds, string why);

    [LoggerMessage(4012, LogLevel.Warning, "Route {Route}: the upstream refused a request under a new sign-in of {Account}; the caller was answered 502.")]
    public static partial void CredentialRefused(ILogger logger, string route, string account);
}
