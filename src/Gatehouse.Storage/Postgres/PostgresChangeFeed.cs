using Dapper;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <summary>The feed over PostgreSQL. Why a reader misses nothing: <see cref="PostgresLocks"/>.</summary>
internal sealed class PostgresChangeFeed(PostgresDatabase database, PostgresWriter writer, PostgresListener listener) : IChangeFeed
{
    // Grows by one with each promotion of a standby and each restore to a point in time. A standby itself has none to show.
    private const string Timeline = "CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END";

    private const string Latest = "greatest(coalesce((SELECT max(number) FROM change), 0), (SELECT value FROM setting WHERE name = 'changes-purged'))";

    private volatile string _timeline = "";

    public ValueTask<long> GetLatestAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.ExecuteScalarAsync<long>("SELECT " + Latest), cancellationToken);

    public async ValueTask WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => await listener.WaitAsync(longest, cancellationToken);

    public ValueTask<IReadOnlyList<Change>?> ReadAsync(long after, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<Change>?>(
        async connection =>
        {
            // One statement, one snapshot: nothing is purged between the two answers.
            var rows = (await connection.QueryAsync<Row>(
                $"""
                SELECT 0 AS Number, 0 AS Kind, {Timeline} AS Subject, value AS Purged, {Latest} AS Latest FROM setting WHERE name = 'changes-purged'
                UNION ALL
                SELECT number, kind, subject, 0, 0 FROM change WHERE number > @after ORDER BY 1
                """,
                new { after })).AsList();

            // A standby that took over, or a backup that was restored, may lack the end of what the reader knows, and have given
            // the same numbers to other changes since.
            var (before, timeline) = (_timeline, rows[0].Subject);
            _timeline = timeline;
            return rows[0].Purged > after || rows[0].Latest < after || (before.Length > 0 && before != timeline)
                ? null
                : rows.Skip(1).Select(row => new Change(row.Number, (ChangeKind)row.Kind, row.Subject)).ToList();
        },
        cancellationToken);

    public async ValueTask PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) => await writer.WriteAsync(async change =>
    {
        var last = await change.ScalarAsync<long?>("SELECT max(number) FROM change WHERE time < @before", new { before = StoreTime.ToStore(before) });
        if (last is null)
        {
            return 0;
        }

        await change.ExecuteAsync("UPDATE setting SET value = greatest(value, @last) WHERE name = 'changes-purged'", new { last });
        return await change.ExecuteAsync("DELETE FROM change WHERE number <= @last", new { last });
    });

    private sealed class Row
    {
        public long Number { get; init; }

        public int Kind { get; init; }

        public string Subject { get; init; } = "";

        public long Purged { get; init; }

        public long Latest { get; init; }
    }
}
