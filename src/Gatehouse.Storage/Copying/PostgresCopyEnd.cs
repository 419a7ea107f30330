using System.Runtime.CompilerServices;
using Dapper;
using Gatehouse.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Gatehouse.Storage.Copying;

/// <inheritdoc/>
internal sealed class PostgresCopyEnd(PostgresDatabase database) : ICopyTarget
{
    private const string Settings =
        """
        SELECT name, value FROM setting WHERE name <> 'changes-purged'
        UNION ALL SELECT 'changes-purged', greatest(coalesce((SELECT max(number) FROM change), 0), (SELECT value FROM setting WHERE name = 'changes-purged'))
        UNION ALL SELECT 'sequence', CASE WHEN is_called THEN last_value ELSE 0 END FROM sign_in_order
        UNION ALL SELECT 'last account', CASE WHEN is_called THEN last_value ELSE 0 END FROM account_number
        UNION ALL SELECT 'last tenant', CASE WHEN is_called THEN last_value ELSE 0 END FROM tenant_number
        UNION ALL SELECT 'last audit', CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_number
        """;

    // A row may wait for the one who sends it as long as it likes.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;

    private NpgsqlConnection Connection => _connection!;

    public Task BeginAsync(CancellationToken cancellationToken) => GuardedAsync(async () =>
    {
        _connection = await database.OpenListenerAsync(cancellationToken);
        _transaction = await _connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await ExecuteAsync("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0", null, cancellationToken);

        // Before anything is looked at: what is seen is what was committed when writers were kept out.
        await ExecuteAsync($"LOCK TABLE {string.Join(", ", CopiedTable.All.Select(table => table.Name))}, change IN EXCLUSIVE MODE", null, cancellationToken);
        return true;
    });

    public Task<long> CountAsync(CopiedTable table, CancellationToken cancellationToken) => GuardedAsync(() =>
        Connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) FROM ({Select(table)}) r", commandTimeout: 0, cancellationToken: cancellationToken)));

    public async IAsyncEnumerable<object?[]> ReadAsync(CopiedTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Select(table), Connection) { CommandTimeout = 0 };
        await using var reader = await GuardedAsync(() => command.ExecuteReaderAsync(cancellationToken));
        while (await GuardedAsync(() => reader.ReadAsync(cancellationToken)))
        {
            var row = new object?[table.Columns.Length];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = await reader.IsDBNullAsync(i, cancellationToken) ? null : reader.GetValue(i) is int small ? (long)small : reader.GetValue(i);
            }

            yield return row;
        }
    }

    public Task WriteAsync(CopiedTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken) =>
        GuardedAsync(() => table == CopiedTable.Settings ? WriteSettingsAsync(rows, cancellationToken) : ImportAsync(table, rows, cancellationToken));

    public Task CommitAsync(CancellationToken cancellationToken) => GuardedAsync(async () =>
    {
        await _transaction!.CommitAsync(cancellationToken);
        return true;
    });

    public async ValueTask DisposeAsync()
    {
        await (_transaction?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static string Select(CopiedTable table) => table == CopiedTable.Settings ? Settings : $"SELECT {table.ColumnList} FROM {table.Name}";

    private static async Task<T> GuardedAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (PostgresFaults.IsOutage(exception) && exception is not OperationCanceledException)
        {
            throw PostgresFaults.Unavailable(exception);
        }
    }

    private static NpgsqlDbType TypeOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Text => NpgsqlDbType.Text,
        ColumnKind.Number => NpgsqlDbType.Bigint,
        ColumnKind.SmallNumber => NpgsqlDbType.Integer,
        ColumnKind.Flag => NpgsqlDbType.Boolean,
        ColumnKind.Bytes => NpgsqlDbType.Bytea,
        _ => NpgsqlDbType.Array | NpgsqlDbType.Bigint,
    };

    private static object Stored(object value, ColumnKind kind) => kind switch
    {
        ColumnKind.Text => PostgresText.Storable((string)value),
        ColumnKind.SmallNumber => checked((int)(long)value),
        _ => value,
    };

    private async Task<bool> ImportAsync(CopiedTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        await using var import = await Connection.BeginBinaryImportAsync($"COPY {table.Name} ({table.ColumnList}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        import.Timeout = Longest;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            await import.StartRowAsync(cancellationToken);
            for (var i = 0; i < row.Length; i++)
            {
                await (row[i] is { } value
                    ? import.WriteAsync(Stored(value, table.Columns[i].Kind), TypeOf(table.Columns[i].Kind), cancellationToken)
                    : import.WriteNullAsync(cancellationToken));
            }
        }

        await import.CompleteAsync(cancellationToken);
        return true;
    }

    private async Task<bool> WriteSettingsAsync(IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            var (name, value) = ((string)row[0]!, (long)row[1]!);
            var sequence = name switch
            {
                CopiedNumbers.Sequence => "sign_in_order",
                CopiedNumbers.Changes => "change_number",
                _ when name.StartsWith(CopiedNumbers.Last, StringComparison.Ordinal) => name[CopiedNumbers.Last.Length..] + "_number",
                _ => null,
            };
            if (sequence is not null)
            {
                await ExecuteAsync("SELECT setval(@sequence::regclass, greatest(@value, 1), @value > 0)", new { sequence, value }, cancellationToken);
            }

            if (sequence is null || name == CopiedNumbers.Changes)
            {
                await ExecuteAsync("INSERT INTO setting (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", new { name, value }, cancellationToken);
            }
        }

        return true;
    }

    private Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken cancellationToken) =>
        Connection.ExecuteAsync(new CommandDefinition(sql, parameters, commandTimeout: 0, cancellationToken: cancellationToken));
}
