using System.Globalization;
using Dapper;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Npgsql;

namespace Gatehouse.Storage.Checking;

/// <summary>What there is to look at in a PostgreSQL store.</summary>
internal static class PostgresCheck
{
    private const int OldestServer = 130_000;

    // Numbers must be ahead of everything that has one: after a careless restore of single tables they are not.
    private static readonly (string Sequence, string Highest)[] Numbers =
    [
        ("sign_in_order", "greatest((SELECT max(sequence) FROM session), (SELECT max(greatest(cutoff, password_version)) FROM account), (SELECT value FROM setting WHERE name = 'cutoff'))"),
        ("account_number", "(SELECT max(id) FROM account)"),
        ("tenant_number", "(SELECT max(id) FROM tenant)"),
        ("audit_number", "(SELECT max(number) FROM audit)"),
        ("change_number", "greatest((SELECT max(number) FROM change), (SELECT value FROM setting WHERE name = 'changes-purged'))"),
    ];

    public static async Task<IReadOnlyList<Finding>> RunAsync(PostgresDatabase database, CancellationToken cancellationToken)
    {
        var version = await PostgresMigrations.VersionAsync(database, cancellationToken);
        var findings = new List<Finding>
        {
            new(version.Number < PostgresMigrations.Latest || version.WorksWith > PostgresMigrations.Latest, "schema",
                string.Create(CultureInfo.InvariantCulture, $"{version.Number}, this program knows {PostgresMigrations.Latest}{(version.Number < PostgresMigrations.Latest ? ": run 'gatehouse store migrate'" : "")}")),
        };
        findings.AddRange(await database.ReadAsync(SettingsAsync, cancellationToken));
        findings.Add(await PoolingAsync(database, cancellationToken));
        if (version.Number > 0)
        {
            findings.AddRange(await database.ReadAsync(ContentAsync, cancellationToken));
        }

        return findings;
    }

    private static async Task<IReadOnlyList<Finding>> SettingsAsync(NpgsqlConnection connection)
    {
        var server = await connection.ExecuteScalarAsync<int>("SELECT current_setting('server_version_num')::integer");
        var inRecovery = await connection.ExecuteScalarAsync<bool>("SELECT pg_is_in_recovery()");
        var readOnly = await connection.ExecuteScalarAsync<bool>("SELECT current_setting('transaction_read_only')::boolean");
        var connections = await connection.ExecuteScalarAsync<int>("SELECT current_setting('max_connections')::integer");
        var pool = new NpgsqlConnectionStringBuilder(connection.ConnectionString).MaxPoolSize;
        var commit = await connection.ExecuteScalarAsync<string>("SHOW synchronous_commit");
        return
        [
            new(server < OldestServer, "server", string.Create(CultureInfo.InvariantCulture, $"PostgreSQL {server / 10_000}.{server % 10_000}{(server < OldestServer ? ": use 13 or later" : "")}")),
            new(inRecovery || readOnly, "role", inRecovery || readOnly ? "takes no writes: name the primary, or all servers and 'Target Session Attributes=primary'" : "primary"),
            await SettingAsync(connection, "fsync", "on", "what was confirmed may be lost by a power cut"),
            await SettingAsync(connection, "full_page_writes", "on", "a power cut may damage the database"),
            new(commit == "off", "synchronous_commit", commit == "off" ? "off: what was confirmed, revocations too, may be lost by a crash; something between here and the server overrides the 'on' of this program" : commit ?? ""),
            await SettingAsync(connection, "server_encoding", "UTF8", "make the database with --encoding=UTF8"),
            new(connections < 2 * pool, "connections", string.Create(CultureInfo.InvariantCulture,
                $"max_connections {connections}, this node takes up to {pool} and two more{(connections < 2 * pool ? ": two nodes do not fit; raise max_connections or lower 'Maximum Pool Size'" : "")}")),
        ];
    }

    private static async Task<Finding> SettingAsync(NpgsqlConnection connection, string name, string wanted, string danger)
    {
        var value = await connection.ExecuteScalarAsync<string>($"SHOW {name}");
        return new Finding(value != wanted, name, value == wanted ? wanted : $"{value}: {danger}");
    }

    /// <summary>
    /// A pooler that gives each transaction another server connection loses what a connection was told (time-outs, LISTEN).
    /// It shows when a second client is given the first one's server connection, or the first one another than before.
    /// </summary>
    private static async Task<Finding> PoolingAsync(PostgresDatabase database, CancellationToken cancellationToken)
    {
        const string Who = "SELECT pg_backend_pid()";
        try
        {
            await using var one = await database.OpenListenerAsync(cancellationToken);
            var first = await one.ExecuteScalarAsync<int>(Who);
            await using var two = await database.OpenListenerAsync(cancellationToken);
            await using var transaction = await two.BeginTransactionAsync(cancellationToken);
            var second = await two.ExecuteScalarAsync<int>(Who);
            var again = await one.ExecuteScalarAsync<int>(Who);
            return first == second || first != again
                ? new Finding(IsFault: true, "pooling", "a connection pooler in transaction or statement mode stands before the server: set pool_mode = session")
                : new Finding(IsFault: false, "pooling", "each connection keeps its server connection");
        }
        catch (Exception exception) when (PostgresFaults.IsOutage(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw PostgresFaults.Unavailable(exception);
        }
    }

    private static async Task<IReadOnlyList<Finding>> ContentAsync(NpgsqlConnection connection)
    {
        await connection.ExecuteAsync("SET statement_timeout = 0");
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        _ = StoreCheck.Rows(table => counts[table] = 0);
        foreach (var table in counts.Keys.ToList())
        {
            counts[table] = await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) FROM {table}", commandTimeout: 0));
        }

        var findings = new List<Finding> { new(IsFault: false, "rows", StoreCheck.Rows(table => counts[table])) };
        foreach (var (sequence, highest) in Numbers)
        {
            var behind = await connection.ExecuteScalarAsync<bool>(new CommandDefinition($"SELECT coalesce({highest}, 0) > CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}", commandTimeout: 0));
            if (behind)
            {
                findings.Add(new Finding(IsFault: true, sequence, "is behind the numbers in use: tables were restored without their sequences; restore the whole database"));
            }
        }

        var strays = await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT count(*) FROM audit_other", commandTimeout: 0));
        findings.Add(new Finding(IsFault: false, "audit", strays == 0
            ? "every event is in its month's partition"
            : string.Create(CultureInfo.InvariantCulture, $"{strays} events are in no month's partition: look at the clocks of the nodes")));
        return findings;
    }
}
