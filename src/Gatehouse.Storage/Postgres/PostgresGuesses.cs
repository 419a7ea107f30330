using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <inheritdoc/>
internal sealed class PostgresGuesses(PostgresDatabase database, PostgresWriter writer, TimeProvider clock) : IGuessStore
{
    public ValueTask<(AccountGuesses Account, SourceGuesses Source)> ReadAsync(string accountKey, string source, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            var row = await connection.QuerySingleAsync<Row>(
                """
                SELECT a.count AS AccountCount, a.delayed, a.locked, a.touched, s.count AS SourceCount, s.since
                FROM (SELECT) one LEFT JOIN guess a ON a.key = @key LEFT JOIN guess_source s ON s.key = @source
                """,
                new { key = PostgresText.Storable(accountKey), source = PostgresText.Storable(source) });
            return (row.Account, row.Source);
        },
        cancellationToken);

    public ValueTask<T> ChangeAsync<T>(string accountKey, string source, Func<AccountGuesses, SourceGuesses, GuessStep<T>> step, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var (key, from) = (PostgresText.Storable(accountKey), PostgresText.Storable(source));

        // A row that is not there cannot be locked: it is made, and deleted again where nothing is left to count. Always the account first.
        var account = (await change.SingleAsync<Row>(
            """
            INSERT INTO guess AS g (key, count, touched) VALUES (@key, 0, @none)
            ON CONFLICT (key) DO UPDATE SET key = g.key RETURNING count AS AccountCount, delayed, locked, touched
            """,
            new { key, none = Row.Never }))!.Account;
        var counted = (await change.SingleAsync<Row>(
            """
            INSERT INTO guess_source AS g (key, count, since) VALUES (@from, 0, @none)
            ON CONFLICT (key) DO UPDATE SET key = g.key RETURNING count AS SourceCount, since
            """,
            new { from, none = Row.Never }))!.Source;
        var next = step(account, counted);
        await WriteAsync(change, key, next.Account);
        await WriteAsync(change, from, next.Source);
        if (next.Announce)
        {
            await AnnounceAccountOfAsync(change, key);
        }

        if (next.Audit is not null)
        {
            change.Write(next.Audit);
        }

        return next.Result;
    });

    public async ValueTask ClearAsync(string accountKey, AuditEvent audit, CancellationToken cancellationToken) => await writer.WriteAsync(async change =>
    {
        var key = PostgresText.Storable(accountKey);
        await change.ExecuteAsync("DELETE FROM guess WHERE key = @key", new { key });
        await AnnounceAccountOfAsync(change, key);
        change.Write(audit);
        return true;
    });

    public async ValueTask PurgeAsync(DateTimeOffset windowsBefore, DateTimeOffset unused, int limit, CancellationToken cancellationToken) => await writer.WriteAsync(async change =>
    {
        // Rows that somebody counts in right now are not old.
        await change.ExecuteAsync(
            "DELETE FROM guess_source WHERE key IN (SELECT key FROM guess_source WHERE since < @before FOR UPDATE SKIP LOCKED)",
            new { before = StoreTime.ToStore(windowsBefore) });
        await change.ExecuteAsync(
            """
            DELETE FROM guess WHERE key IN (
              SELECT g.key FROM guess g WHERE g.touched < @before AND NOT EXISTS (SELECT 1 FROM account a WHERE a.key = g.key) FOR UPDATE SKIP LOCKED)
            """,
            new { before = StoreTime.ToStore(unused) });
        return await change.ExecuteAsync(
            """
            DELETE FROM guess WHERE key IN (
              SELECT key FROM guess WHERE key IN (
                SELECT g.key FROM guess g WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.key = g.key) ORDER BY g.touched DESC OFFSET @limit)
              FOR UPDATE SKIP LOCKED)
            """,
            new { limit });
    });

    private static Task WriteAsync(PostgresChange change, string key, AccountGuesses guesses) => guesses is { Count: 0, DelayedUntil: null, LockedUntil: null }
        ? change.ExecuteAsync("DELETE FROM guess WHERE key = @key", new { key })
        : change.ExecuteAsync(
            "UPDATE guess SET count = @Count, delayed = @delayed, locked = @locked, touched = @touched WHERE key = @key",
            new { key, guesses.Count, delayed = StoreTime.ToStore(guesses.DelayedUntil), locked = StoreTime.ToStore(guesses.LockedUntil), touched = StoreTime.ToStore(guesses.Touched) });

    private static Task WriteAsync(PostgresChange change, string key, SourceGuesses guesses) => guesses.Count == 0
        ? change.ExecuteAsync("DELETE FROM guess_source WHERE key = @key", new { key })
        : change.ExecuteAsync("UPDATE guess_source SET count = @Count, since = @since WHERE key = @key", new { key, guesses.Count, since = StoreTime.ToStore(guesses.WindowStart) });

    private async Task AnnounceAccountOfAsync(PostgresChange change, string key)
    {
        if (await change.ScalarAsync<long?>("SELECT id FROM account WHERE key = @key", new { key }) is { } id)
        {
            change.AnnounceAccount(id, clock.GetUtcNow());
        }
    }

    private sealed class Row
    {
        /// <summary>Time of a row that was only made to be locked.</summary>
        public const long Never = 0;

        public int? AccountCount { get; init; }

        public long? Delayed { get; init; }

        public long? Locked { get; init; }

        public long? Touched { get; init; }

        public int? SourceCount { get; init; }

        public long? Since { get; init; }

        public AccountGuesses Account => this is { AccountCount: { } count, Touched: { } touched } && !(count == 0 && Delayed is null && Locked is null && touched == Never)
            ? new AccountGuesses(count, StoreTime.FromStore(Delayed), StoreTime.FromStore(Locked), StoreTime.FromStore(touched))
            : default;

        public SourceGuesses Source => this is { SourceCount: > 0 and var count, Since: { } since } ? new SourceGuesses(count, StoreTime.FromStore(since)) : default;
    }
}
