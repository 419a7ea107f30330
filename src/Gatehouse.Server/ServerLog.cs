using Microsoft.Extensions.Logging;

namespace Gatehouse.Server;

/// <summary>Log messages of the program: event ids 3000 to 3099.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(3000, LogLevel.Information, "Gatehouse {Version} listens on {Addresses}.")]
    public static partial void Listening(ILogger logger, string version, string addresses);

    [LoggerMessage(3001, LogLevel.Warning, "{What} can be read or written by others than its owner: chmod go-rwx.")]
    public static partial void LooseMode(ILogger logger, string what);

    [LoggerMessage(3010, LogLevel.Error, "The changed configuration is refused, and nothing of it is taken up: {Fault}")]
    public static partial void ReloadRefused(ILogger logger, string fault);

    [LoggerMessage(3011, LogLevel.Warning, "Changed, but taken up at the next start only: {Options}.")]
    public static partial void NotAtRunTime(ILogger logger, string options);
}
