using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>Log messages of the dialect: event ids 2300 to 2399. None holds anything of a credential (PN-114).</summary>
internal static partial class ProactiveNetLog
{
    [LoggerMessage(2300, LogLevel.Warning, "{Address} is plain HTTP and not loopback: tokens and passwords of ProactiveNet callers cross the wire in the clear. Listen on HTTPS, or set Gatehouse:Dialects:ProactiveNet:AllowHttp to false.")]
    public static partial void PlainHttp(ILogger logger, string address);

    [LoggerMessage(2301, LogLevel.Warning, "Line {Line} of the file that Gatehouse:Dialects:ProactiveNet:PropertiesFile names has the key {Key} in another letter case; it is not read, as in the product. Write it exactly so.")]
    public static partial void MisspeltKey(ILogger logger, int line, string key);

    [LoggerMessage(2302, LogLevel.Information, "A Base64 credential from {Source} was refused for a control character at its end, as 'echo name:password | base64' makes one; use printf. hint=trailing-newline")]
    public static partial void TrailingNewline(ILogger logger, string source);

    [LoggerMessage(2303, LogLevel.Information, "A credential from {Source} was refused because it is name and password as they are; they belong in Base64. hint=not-encoded")]
    public static partial void NotEncoded(ILogger logger, string source);
}
