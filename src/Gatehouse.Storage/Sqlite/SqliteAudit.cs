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
            .Query<Row>(
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

    private sealed class Row
    {
        public long Number { get; init; }

        public long Time { get; init; }

        public string Event { get; init; } = "";

        public string Outcome { get; init; } = "";

        public string? Account { get; init; }

        public string? Name { get; init; }

        public string? Dialect { get; init; }

        public string? Method { get; init; }

        public string? Tenant { get; init; }

        public string? Source { get; init; }

        public string? Session { get; init; }

        public string? Reason { get; init; }

        public string? Details { get; init; }

        public AuditEvent ToEvent() => new AuditEvent
        {
            Number = Number,
            Time = StoreTime.FromStore(Time),
            Event = Event,
            Outcome = Outcome,
            Account = Account,
            Name = Name,
            Dialect = Dialect,
            Method = Method,
            Tenant = Tenant,
            Source = Source,
            Session = Session,
            Reason = Reason,
        }.WithDetails(Details);
    }
}
