using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Log messages of the dialect: event ids 2200 to 2299.</summary>
internal static partial class OperationalIntelligenceLog
{
    /// <summary>OI-121: one line for every answer of the token endpoint. The query itself is never logged.</summary>
    [LoggerMessage(2200, LogLevel.Information, "token endpoint: status={status} tenant={tenant} account={account} client_txn_id={client_txn_id}")]
    public static partial void TokenAnswered(ILogger logger, int status, string? tenant, string? account, string? client_txn_id);

    /// <summary>OI-122: what the caller probably did wrong.</summary>
    [LoggerMessage(2201, LogLevel.Information, "A bearer was refused: hint={hint}")]
    public static partial void BearerHint(ILogger logger, string hint);

    /// <summary>OI-9</summary>
    [LoggerMessage(2202, LogLevel.Warning, "{Address} is plain HTTP and not loopback: passwords and tokens of Operational Intelligence cross the wire in the clear. Listen on HTTPS, or set Gatehouse:Dialects:OperationalIntelligence:AllowHttp to false.")]
    public static partial void PlainHttp(ILogger logger, string address);
}
