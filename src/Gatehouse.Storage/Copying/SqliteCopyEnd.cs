using System.Globalization;
using System.Runtime.CompilerServices;
using Gatehouse.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Copying;

/// <inheritdoc/>
internal sealed class SqliteCopyEnd(SqliteDatabase database) : ICopyTarget
{
    private static readonly string Settings =
        $"""
        SELECT name, value FROM setting WHERE name <> 'changes-purged'
        UNION ALL SELECT 'changes-purged', max(coalesce((SELECT max(number) FROM change), 0), (SELECT value FROM setting WHERE name = 'changes-purged'))
        UNION ALL SELECT '{CopiedNumbers.Last}' || name, seq FROM sqlite_sequence WHERE name IN ({string.Join(", ", CopiedNumbers.Numbered.Select(name => $"'{name}'"))})
        """;

    private static readonly string Sessions =
        $"""
        SELECT {string.Join(", ", CopiedTable.Sessions.Columns.Select(column => column.Name switch
        {
            "tenants" => "(SELECT group_concat(tenant_id) FROM (SELECT tenant_id FROM session_tenant WHERE session_id = s.id ORDER BY tenant_id))",
            "used" or "successor" or "sealed" => "r." + column.Name,
            var name => "s." + name,
        }))}
        FROM session s LEFT JOIN rotation r ON r.session_id = s.id
        """;

    // What has a table of its own here, and the names that the schema of this store gave.
    private static readonly string[] Rotation = ["id", "used", "successor", "sealed"];
    private SqliteConnection? _connection;

    private SqliteConnection Connection => _connection!;

    public Task BeginAsync(CancellationToken cancellationToken) => Task.FromResult(Guarded(() =>
    {
        _connection = database.Open();
        SqliteDatabase.Execute(_connection, "BEGIN IMMEDIATE");
        return true;
    }));

    public Task<long> CountAsync(CopiedTable table, CancellationToken cancellationToken) => Task.FromResult(Guarded(() =>
    {
        using var command = new SqliteCommand($"SELECT count(*) FROM ({Select(table)})", Connection);
        return (long)command.ExecuteScalar()!;
    }));

    public async IAsyncEnumerable<object?[]> ReadAsync(CopiedTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new SqliteCommand(Select(table), Connection);
        await using var reader = Guarded(command.ExecuteReader);
        while (Guarded(reader.Read))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return [.. table.Columns.Select((column, i) => reader.IsDBNull(i) ? null : Read(reader, i, column.Kind))];
        }
    }

    public async Task WriteAsync(CopiedTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        var columns = table.Columns.Select(column => column.Name).Where(name => table != CopiedTable.Sessions || name is not ("tenants" or "used" or "successor" or "sealed")).ToArray();
        await using var insert = Insert(table.Name, columns);
        await using var rotation = Insert("rotation", "session_id", "used", "successor", "sealed");
        await using var tenant = Insert("session_tenant", "session_id", "tenant_id");
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            var values = table.Columns.Zip(row).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
            if (table == CopiedTable.Settings)
            {
                WriteSetting((string)row[0]!, (long)row[1]!);
                continue;
            }

            Execute(insert, columns.Select(name => values[name]));
            if (table == CopiedTable.Sessions)
            {
                if (values["used"] is not null)
                {
                    Execute(rotation, Rotation.Select(name => values[name]));
                }

                foreach (var id in (long[]?)values["tenants"] ?? [])
                {
                    Execute(tenant, [values["id"], id]);
                }
            }
        }
    }

    public Task CommitAsync(CancellationToken cancellationToken) => Task.FromResult(Guarded(() =>
    {
        SqliteDatabase.Execute(Connection, "COMMIT");
        return true;
    }));

    public async ValueTask DisposeAsync() => await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);

    private static string Select(CopiedTable table) =>
        table == CopiedTable.Settings ? Settings
        : table == CopiedTable.Sessions ? Sessions
        : $"SELECT {string.Join(", ", table.Columns.Select(column => Local(table, column.Name)))} FROM {table.Name}";

    private static string Local(CopiedTable table, string column) => table == CopiedTable.Sources && column == "since" ? "window" : column;

    private static object Read(SqliteDataReader reader, int i, ColumnKind kind) => kind switch
    {
        ColumnKind.Text => reader.GetString(i),
        ColumnKind.Flag => reader.GetInt64(i) != 0,
        ColumnKind.Bytes => reader.GetFieldValue<byte[]>(i),
        ColumnKind.Numbers => reader.GetString(i).Split(',').Select(id => long.Parse(id, CultureInfo.InvariantCulture)).ToArray(),
        _ => reader.GetInt64(i),
    };

    private SqliteCommand Insert(string table, params string[] columns)
    {
        var neutral = CopiedTable.All.FirstOrDefault(known => known.Name == table);
        var names = columns.Select(column => neutral is null ? column : Local(neutral, column));
        var command = new SqliteCommand($"INSERT INTO {table} ({string.Join(", ", names)}) VALUES ({string.Join(", ", columns.Select((_, i) => $"$p{i}"))})", Connection);
        for (var i = 0; i < columns.Length; i++)
        {
            command.Parameters.Add(new SqliteParameter($"$p{i}", null));
        }

        return command;
    }

    private void Execute(SqliteCommand command, IEnumerable<object?> values)
    {
        foreach (var (value, i) in values.Select((value, i) => (value, i)))
        {
            command.Parameters[i].Value = value ?? DBNull.Value;
        }

        Guarded(command.ExecuteNonQuery);
    }

    private void WriteSetting(string name, long value)
    {
        var counted = name == CopiedNumbers.Changes ? "change" : name.StartsWith(CopiedNumbers.Last, StringComparison.Ordinal) ? name[CopiedNumbers.Last.Length..] : null;
        if (counted is not null)
        {
            using var last = new SqliteCommand("DELETE FROM sqlite_sequence WHERE name = $name; INSERT INTO sqlite_sequence (name, seq) VALUES ($name, $value)", Connection);
            last.Parameters.AddWithValue("$name", counted);
            last.Parameters.AddWithValue("$value", value);
            Guarded(last.ExecuteNonQuery);
        }

        if (counted is null || name == CopiedNumbers.Changes)
        {
            using var setting = new SqliteCommand("INSERT INTO setting (name, value) VALUES ($name, $value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Connection);
            setting.Parameters.AddWithValue("$name", name);
            setting.Parameters.AddWithValue("$value", value);
            Guarded(setting.ExecuteNonQuery);
        }
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException exception) when (SqliteDatabase.IsOutage(exception))
        {
            throw database.Unavailable(exception);
        }
    }
}
