using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteAudit(SqliteDatabase database, SqliteWriter writer) : IAuditStore
{
    public async ValueTask AppendAsync(IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
    {
        foreach (var audit in events)
        {
            connection.Write(audit);
        }

        return events.Count;
    });

    public ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(long after, DateTimeOffset? since, int limit, CancellationToken cancellationToken) => new(database.Read<IReadOnlyList<AuditEvent>>(connection =>
        [.. connection
            .Query<AuditRow>(
                """
                SELECT number, time, event, outcome, account, name, dialect, method, tenant, source, session, reason, details
                FROM audit WHERE number > @after AND time >= @since ORDER BY number LIMIT @limit
                """,
                new { after, since = StoreTime.ToStore(since) ?? 0, limit })
            .Select(row => row.ToEvent())]));

    public ValueTask<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
        connection.Execute(
            "DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE time < @before ORDER BY time LIMIT @limit)",
            new { before = StoreTime.ToStore(before), limit }));
}
