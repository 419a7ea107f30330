using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Sso;

/// <summary>Log messages of external single sign-on: event ids 5200 to 5299. None holds a password, a token or a secret.</summary>
internal static partial class SsoLog
{
    [LoggerMessage(5200, LogLevel.Warning, "The single sign-on {Authority} cannot be asked: {Reason}. Sign-ins through it are answered 503 until it can. Run 'gatehouse doctor'.")]
    public static partial void Unavailable(ILogger logger, string authority, string reason);

    [LoggerMessage(5201, LogLevel.Information, "The single sign-on {Authority} answers again.")]
    public static partial void Back(ILogger logger, string authority);

    [LoggerMessage(5202, LogLevel.Error, "The single sign-on {Authority} let somebody in, but does not say who it is: {Reason}. Check NameClaim, Scope and PersonFrom.")]
    public static partial void NobodyNamed(ILogger logger, string authority, string reason);

    [LoggerMessage(5203, LogLevel.Warning, "A token of the single sign-on {Authority} could not be ended there: {Reason}.")]
    public static partial void NotRevoked(ILogger logger, string authority, string reason);
}
