using System.Net.Sockets;
using Gatehouse.Core.Stores;
using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <summary>What errors mean: whether the store cannot be asked, and whether asking again makes sense.</summary>
internal static class PostgresFaults
{
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    private const string ReadOnly = PostgresErrorCodes.ReadOnlySqlTransaction;
    private const string IdleInTransactionTimeout = "25P03";
    private const string TransactionTimeout = "25P04";

    /// <summary>Whether an error says something about the store, and not about the statement.</summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        PostgresException postgres => IsOutage(postgres.SqlState),
        NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException => true,
        _ => false,
    };

    /// <summary>
    /// Whether a piece of work that has certainly not been committed may be done again: it lost against another transaction,
    /// or its connection broke, or the server steps down.
    /// </summary>
    public static bool IsWorthAnotherTry(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is ReadOnly
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation
            or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            || postgres.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException { InnerException: TimeoutException } => false,
        NpgsqlException npgsql => npgsql.InnerException is IOException or SocketException || npgsql.IsTransient,
        _ => exception is IOException or SocketException,
    };

    /// <summary>Whether it is a server that takes no writes (any more): the next try should look for another one.</summary>
    public static bool IsReadOnly(Exception exception) => exception is PostgresException { SqlState: ReadOnly };

    /// <summary>Whether the server itself says that the transaction is rolled back. Anything else that is thrown by a commit leaves its outcome open.</summary>
    public static bool IsRolledBack(Exception exception) => exception is PostgresException postgres && postgres.SqlState[..2] is not ("57" or "58" or "08" or "XX" or "F0");

    /// <summary>Says what an error means to the operator, without a word of the connection string.</summary>
    public static StoreUnavailableException Unavailable(Exception exception) => new($"The PostgreSQL store {Why(exception)}.", exception);

    private static bool IsOutage(string state) => state[..2] switch
    {
        // Connection, authentication, database, privileges and schema, resources, operator, system, damage.
        "08" or "28" or "3D" or "3F" or "53" or "57" or "58" or "XX" => true,
        _ => state is ReadOnly or TransactionTimeout
            or PostgresErrorCodes.LockNotAvailable or IdleInTransactionTimeout
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedTable,
    };

    private static string Why(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState[..2] switch
        {
            "28" => "refuses the user or its password; check the connection string and pg_hba.conf",
            "3D" => "has no database of this name; make it with createdb",
            "42" when postgres.SqlState == PostgresErrorCodes.InsufficientPrivilege => "does not let this user at its tables; make the user their owner",
            "42" or "3F" => "has no schema of this program; run 'gatehouse store migrate'",
            "25" when postgres.SqlState == ReadOnly => "is read-only; name the primary, or all servers with 'Host=a,b;Target Session Attributes=primary'",
            "53" when postgres.SqlState == PostgresErrorCodes.DiskFull => "cannot grow: the disk is full; make room",
            "53" => "has no connection or memory left; raise max_connections, or lower 'Maximum Pool Size' of each node",
            "55" or "57" when postgres.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => "was busy for longer than Gatehouse:Store:BusySeconds",
            "57" => "is starting or stopping; try again",
            "40" => "was busy: other changes came first each time; try again",
            _ => $"reports an error ({postgres.SqlState})",
        },
        OperationCanceledException or TimeoutException => "did not answer within Gatehouse:Store:BusySeconds",
        NpgsqlException { InnerException: TimeoutException } => "did not answer in time, or all connections of this node are in use",
        ObjectDisposedException => "is closed",
        _ => "cannot be reached; check that the server runs and that the connection string names its host and port",
    };
}
