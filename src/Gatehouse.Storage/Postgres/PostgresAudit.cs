using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <inheritdoc/>
internal sealed class PostgresAudit(PostgresDatabase database, PostgresWriter writer, TimeProvider clock) : IAuditStore
{
    // Transactions that may hold a number which nobody sees yet: those of other sessions that write, or may be about to.
    private const string OthersWrite =
        """
        EXISTS (SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
            AND (backend_xid IS NOT NULL OR (state = 'active' AND xact_start > clock_timestamp() - interval '1 minute')))
        """;

    public async ValueTask AppendAsync(IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken) => await writer.WriteAsync(change =>
    {
        foreach (var audit in events)
        {
            change.Write(audit);
        }

        return Task.FromResult(events.Count);
    });

    /// <inheritdoc/>
    /// <remarks>
    /// Sign-ins commit in any order, so a reader who follows could pass by a number that is still on its way. Where a number is
    /// missing, and another session was writing when the last drawn number was noted, the page ends before the gap; nobody
    /// writing means that the number is lost for good, to a change that was rolled back or to a deletion.
    /// </remarks>
    public ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(long after, DateTimeOffset? since, int limit, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<AuditEvent>>(
        async connection =>
        {
            var drawn = await connection.ExecuteScalarAsync<long>("SELECT last_value FROM audit_number");
            var settled = !await connection.ExecuteScalarAsync<bool>("SELECT " + OthersWrite);
            var rows = await connection.QueryAsync<AuditRow>(
                """
                SELECT number, time, event, outcome, account, name, dialect, method, tenant, source, session, reason, details
                FROM audit WHERE number > @after AND number <= @drawn AND time >= @since ORDER BY number LIMIT @limit
                """,
                new { after, drawn, since = StoreTime.ToStore(since) ?? 0, limit });
            return [.. (settled ? rows : BeforeGap(rows, after)).Select(row => row.ToEvent())];
        },
        cancellationToken);

    public async ValueTask<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        await PostgresAuditPartitions.EnsureAsync(writer, clock.GetUtcNow());
        await PostgresAuditPartitions.DropAsync(writer, before);
        return await writer.WriteAsync(change => change.ExecuteAsync(
            """
            WITH old AS (SELECT number, time FROM audit WHERE time < @before ORDER BY time LIMIT @limit FOR UPDATE SKIP LOCKED)
            DELETE FROM audit a USING old o WHERE a.number = o.number AND a.time = o.time
            """,
            new { before = StoreTime.ToStore(before), limit }));
    }

    // What comes first has nothing before it that the caller could have missed.
    private static IEnumerable<AuditRow> BeforeGap(IEnumerable<AuditRow> rows, long after)
    {
        var last = after;
        foreach (var row in rows)
        {
            if (last > 0 && row.Number > last + 1)
            {
                yield break;
            }

            last = row.Number;
            yield return row;
        }
    }
}
