using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Ldap;

/// <summary>Log messages of directories: event ids 5000 to 5099.</summary>
internal static partial class LdapLog
{
    [LoggerMessage(5000, LogLevel.Error, "Directory {Authority}: {Server} cannot be asked ({Step}: {Why}). It is looked at again every {Seconds} s; 'gatehouse doctor' says more.")]
    public static partial void ServerLost(ILogger logger, string authority, string server, string step, string why, double seconds);

    [LoggerMessage(5001, LogLevel.Information, "Directory {Authority}: {Server} answers again.")]
    public static partial void ServerBack(ILogger logger, string authority, string server);

    [LoggerMessage(5002, LogLevel.Warning, "Directory {Authority} cannot be asked now ({Step}: {Why}); sign-ins to it are answered 503.")]
    public static partial void Unavailable(ILogger logger, string authority, string step, string why);

    [LoggerMessage(5003, LogLevel.Warning, "Directory {Authority}: the name {Name} is not taken: {Why}.")]
    public static partial void NotOnePerson(ILogger logger, string authority, string name, string why);
}
