using System.Globalization;
using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>What every change writes along, in its own transaction: the next sequence number, the feed, the audit.</summary>
internal static class SqliteJournal
{
    public static long NextSequence(this SqliteConnection connection) =>
        connection.ExecuteScalar<long>("UPDATE setting SET value = value + 1 WHERE name = 'sequence' RETURNING value");

    public static void Announce(this SqliteConnection connection, ChangeKind kind, string subject, DateTimeOffset now) =>
        connection.Execute(
            "INSERT INTO change (kind, subject, time) VALUES (@kind, @subject, @time)",
            new { kind = (int)kind, subject, time = StoreTime.ToStore(now) });

    public static void AnnounceAccount(this SqliteConnection connection, long id, DateTimeOffset now) =>
        connection.Announce(ChangeKind.Account, id.ToString(CultureInfo.InvariantCulture), now);

    public static void Write(this SqliteConnection connection, AuditEvent audit) =>
        connection.Execute(
            """
            INSERT INTO audit (time, event, outcome, account, name, dialect, method, tenant, source, session, reason, details)
            VALUES (@time, @Event, @Outcome, @Account, @Name, @Dialect, @Method, @Tenant, @Source, @Session, @Reason, @details)
            """,
            new
            {
                time = StoreTime.ToStore(audit.Time),
                audit.Event,
                audit.Outcome,
                audit.Account,
                audit.Name,
                audit.Dialect,
                audit.Method,
                audit.Tenant,
                audit.Source,
                audit.Session,
                audit.Reason,
                details = AuditDetails.ToStore(audit),
            });
}
