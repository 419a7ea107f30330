using Microsoft.Extensions.Logging;

namespace Gatehouse.Core;

/// <summary>Log messages of the core: event ids 1000 to 1099.</summary>
internal static partial class CoreLog
{
    [LoggerMessage(1000, LogLevel.Error, "The change feed cannot be read; memory is not believed for long. Check the store.")]
    public static partial void FeedLost(ILogger logger, Exception exception);

    [LoggerMessage(1001, LogLevel.Information, "The change feed is read again.")]
    public static partial void FeedBack(ILogger logger);

    [LoggerMessage(1002, LogLevel.Error, "{Count} audit events wait for the store; they are kept and tried again.")]
    public static partial void AuditWaits(ILogger logger, int count, Exception exception);

    [LoggerMessage(1003, LogLevel.Critical, "{Count} audit events were lost: the store did not take them for too long.")]
    public static partial void AuditLost(ILogger logger, long count);

    [LoggerMessage(1004, LogLevel.Warning, "Last uses of {Count} sessions could not be written; tried again later.")]
    public static partial void UsesNotWritten(ILogger logger, int count, Exception exception);

    [LoggerMessage(1005, LogLevel.Warning, "Housekeeping of the store failed; tried again later.")]
    public static partial void HousekeepingFailed(ILogger logger, Exception exception);

    [LoggerMessage(1006, LogLevel.Information, "audit {Kind} {Outcome} account={Account} name={Name} dialect={Dialect} method={Method} tenant={Tenant} source={Source} session={Session} reason={Reason}")]
    public static partial void Audited(
        ILogger logger, string kind, string outcome, string? account, string? name, string? dialect, string? method, string? tenant, string? source, string? session, string? reason);

    [LoggerMessage(1007, LogLevel.Error, "A wrong password for {Name} could not be confirmed in the store; it stays counted.")]
    public static partial void GuessNotSettled(ILogger logger, string name, Exception exception);

    [LoggerMessage(1008, LogLevel.Information, "A key of the ring {Purpose} was made; it is used from {Active:O} on.")]
    public static partial void KeyMade(ILogger logger, string purpose, DateTimeOffset active);

    [LoggerMessage(1010, LogLevel.Warning, "The authority {Authority} let somebody in as {Name} who is not the person of that account; refused. If the account was given to somebody else, remove it with 'gatehouse account remove'.")]
    public static partial void ForeignPerson(ILogger logger, string authority, string name);

    [LoggerMessage(1009, LogLevel.Warning, "The store cannot be asked.")]
    public static partial void StoreUnavailable(ILogger logger, Exception exception);
}
