using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteGuesses(SqliteDatabase database, SqliteWriter writer, TimeProvider clock) : IGuessStore
{
    public ValueTask<(AccountGuesses Account, SourceGuesses Source)> ReadAsync(string accountKey, string source, CancellationToken cancellationToken) =>
        new(database.Read(connection => (ReadAccount(connection, accountKey), ReadSource(connection, source))));

    public ValueTask<T> ChangeAsync<T>(string accountKey, string source, Func<AccountGuesses, SourceGuesses, GuessStep<T>> step, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var (account, from) = (ReadAccount(connection, accountKey), ReadSource(connection, source));
        var next = step(account, from);
        if (next.Account != account)
        {
            Write(connection, accountKey, next.Account);
        }

        if (next.Source != from)
        {
            Write(connection, source, next.Source);
        }

        if (next.Announce)
        {
            AnnounceAccountOf(connection, accountKey);
        }

        if (next.Audit is not null)
        {
            connection.Write(next.Audit);
        }

        return next.Result;
    });

    public async ValueTask ClearAsync(string accountKey, AuditEvent audit, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
    {
        connection.Execute("DELETE FROM guess WHERE key = @accountKey", new { accountKey });
        AnnounceAccountOf(connection, accountKey);
        connection.Write(audit);
        return true;
    });

    public async ValueTask PurgeAsync(DateTimeOffset windowsBefore, DateTimeOffset unused, int limit, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
        connection.Execute(
            """
            DELETE FROM guess_source WHERE window < @windowsBefore;
            DELETE FROM guess WHERE touched < @unused AND key NOT IN (SELECT key FROM account);
            DELETE FROM guess WHERE key IN (
              SELECT key FROM guess WHERE key NOT IN (SELECT key FROM account) ORDER BY touched DESC LIMIT -1 OFFSET @limit);
            """,
            new { windowsBefore = StoreTime.ToStore(windowsBefore), unused = StoreTime.ToStore(unused), limit }));

    private static AccountGuesses ReadAccount(SqliteConnection connection, string key) =>
        connection.QuerySingleOrDefault<AccountRow>("SELECT count, delayed, locked, touched FROM guess WHERE key = @key", new { key }) is { } row
            ? new AccountGuesses((int)row.Count, StoreTime.FromStore(row.Delayed), StoreTime.FromStore(row.Locked), StoreTime.FromStore(row.Touched))
            : default;

    private static SourceGuesses ReadSource(SqliteConnection connection, string key) =>
        connection.QuerySingleOrDefault<SourceRow>("SELECT count, window FROM guess_source WHERE key = @key", new { key }) is { } row
            ? new SourceGuesses((int)row.Count, StoreTime.FromStore(row.Window))
            : default;

    private static void Write(SqliteConnection connection, string key, AccountGuesses guesses)
    {
        if (guesses is { Count: 0, DelayedUntil: null, LockedUntil: null })
        {
            connection.Execute("DELETE FROM guess WHERE key = @key", new { key });
            return;
        }

        connection.Execute(
            """
            INSERT INTO guess (key, count, delayed, locked, touched) VALUES (@key, @Count, @delayed, @locked, @touched)
            ON CONFLICT (key) DO UPDATE SET count = excluded.count, delayed = excluded.delayed, locked = excluded.locked, touched = excluded.touched
            """,
            new { key, guesses.Count, delayed = StoreTime.ToStore(guesses.DelayedUntil), locked = StoreTime.ToStore(guesses.LockedUntil), touched = StoreTime.ToStore(guesses.Touched) });
    }

    private static void Write(SqliteConnection connection, string key, SourceGuesses guesses)
    {
        if (guesses.Count == 0)
        {
            connection.Execute("DELETE FROM guess_source WHERE key = @key", new { key });
            return;
        }

        connection.Execute(
            "INSERT INTO guess_source (key, count, window) VALUES (@key, @Count, @window) ON CONFLICT (key) DO UPDATE SET count = excluded.count, window = excluded.window",
            new { key, guesses.Count, window = StoreTime.ToStore(guesses.WindowStart) });
    }

    private void AnnounceAccountOf(SqliteConnection connection, string key)
    {
        if (connection.ExecuteScalar<long?>("SELECT id FROM account WHERE key = @key", new { key }) is { } id)
        {
            connection.AnnounceAccount(id, clock.GetUtcNow());
        }
    }

    private sealed class AccountRow
    {
        public long Count { get; init; }

        public long? Delayed { get; init; }

        public long? Locked { get; init; }

        public long Touched { get; init; }
    }

    private sealed class SourceRow
    {
        public long Count { get; init; }

        public long Window { get; init; }
    }
}
