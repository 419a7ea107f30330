using Dapper;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>The feed over SQLite: <c>PRAGMA data_version</c> tells, from shared memory, whether anybody else wrote.</summary>
internal sealed class SqliteChangeFeed(SqliteDatabase database, SqliteWriter writer) : IChangeFeed, IDisposable
{
    private readonly Lock _gate = new();
    private SqliteConnection? _connection;
    private long _version = -1;
    private long _readUpTo = -1;

    public ValueTask<long> GetLatestAsync(CancellationToken cancellationToken) => new(database.Read(Latest));

    public async ValueTask WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => await Task.Delay(longest, cancellationToken);

    public ValueTask<IReadOnlyList<Change>?> ReadAsync(long after, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            try
            {
                _connection ??= database.Open();
                var version = _connection.ExecuteScalar<long>("PRAGMA data_version");
                if (version == _version && after == _readUpTo)
                {
                    return new([]);
                }

                var changes = Read(_connection, after);
                _version = version;
                _readUpTo = changes is null ? -1 : changes.Count == 0 ? after : changes[^1].Number;
                return new(changes);
            }
            catch (SqliteException exception)
            {
                Close();
                throw database.Unavailable(exception);
            }
        }
    }

    public async ValueTask PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
    {
        var last = connection.ExecuteScalar<long?>("SELECT max(number) FROM change WHERE time < @before", new { before = StoreTime.ToStore(before) });
        if (last is null)
        {
            return 0;
        }

        connection.Execute("UPDATE setting SET value = @last WHERE name = 'changes-purged'", new { last });
        return connection.Execute("DELETE FROM change WHERE number <= @last", new { last });
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            Close();
        }
    }

    private static long Latest(SqliteConnection connection) =>
        connection.ExecuteScalar<long>("SELECT max(coalesce((SELECT max(number) FROM change), 0), (SELECT value FROM setting WHERE name = 'changes-purged'))");

    private static List<Change>? Read(SqliteConnection connection, long after)
    {
        // One statement, one snapshot: nothing is purged between the two answers.
        var rows = connection
            .Query<Row>(
                """
                SELECT 0 AS Number, 0 AS Kind, '' AS Subject, value AS Purged FROM setting WHERE name = 'changes-purged'
                UNION ALL
                SELECT number, kind, subject, 0 FROM change WHERE number > @after ORDER BY 1
                """,
                new { after })
            .AsList();
        return rows[0].Purged > after ? null : rows.Skip(1).Select(row => new Change(row.Number, (ChangeKind)row.Kind, row.Subject)).ToList();
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
        _version = -1;
    }

    private sealed class Row
    {
        public long Number { get; init; }

        public long Kind { get; init; }

        public string Subject { get; init; } = "";

        public long Purged { get; init; }
    }
}
