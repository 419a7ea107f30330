using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>Log messages of Kerberos and NTLM: event ids 5100 to 5199.</summary>
internal static partial class NegotiateLog
{
    [LoggerMessage(5100, LogLevel.Information, "A handshake was refused: {Why}")]
    public static partial void Refused(ILogger logger, string why);

    [LoggerMessage(5101, LogLevel.Warning, "A handshake could not be checked: {Why} Run 'gatehouse doctor'.")]
    public static partial void Unavailable(ILogger logger, string why);

    [LoggerMessage(5102, LogLevel.Warning, "A handshake was given up after {Seconds} s: the security library, or a domain controller behind it, does not answer.")]
    public static partial void TimedOut(ILogger logger, int seconds);

    [LoggerMessage(5103, LogLevel.Warning, "Handshakes are turned away: {Maximum} are under way (Gatehouse:Authorities:Negotiate:MaximumHandshakes).")]
    public static partial void TooMany(ILogger logger, int maximum);

    [LoggerMessage(5104, LogLevel.Error, "The security library failed unforeseen; the handshake was refused.")]
    public static partial void Unforeseen(ILogger logger, Exception exception);
}
