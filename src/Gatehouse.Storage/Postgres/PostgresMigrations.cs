using System.Globalization;
using Dapper;
using Gatehouse.Core.Stores;
using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <summary>
/// The schema, as numbered scripts that are applied once, in order, each start's in one transaction, by one node. To change
/// the schema: add <c>Migrations/NNNN_what.sql</c> with the next number; never edit one that was released. Its first line
/// says with which schema number a program must have come to go on working beside it: <c>-- works-with: 1</c> for what only
/// adds, its own number for what older programs would break on. Those refuse to start.
/// </summary>
internal static class PostgresMigrations
{
    private const string FirstLine = "-- works-with: ";

    private static readonly (int Number, string Resource)[] Scripts =
    [
        .. typeof(PostgresMigrations).Assembly.GetManifestResourceNames()
            .Where(name => name.Contains(".Postgres.Migrations.", StringComparison.Ordinal))
            .Select(name => (NumberOf(name), name))
            .Order(),
    ];

    /// <summary>Number of the latest script.</summary>
    public static int Latest => Scripts[^1].Number;

    /// <summary>Number of the store's schema, 0 without one, and the lowest that a program must know.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public static ValueTask<(int Number, int WorksWith)> VersionAsync(PostgresDatabase database, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => VersionAsync(connection), cancellationToken);

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked, or it was made by a newer program that this one cannot work beside.</exception>
    public static async ValueTask ApplyAsync(PostgresDatabase database, CancellationToken cancellationToken)
    {
        // A store that is up to date is not written to.
        if (IsCurrent(await VersionAsync(database, cancellationToken)))
        {
            return;
        }

        await database.ReadAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await connection.ExecuteAsync("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
                await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(@Space, @Migration)", new { PostgresLocks.Space, PostgresLocks.Migration }, cancellationToken);
                await CheckEncodingAsync(connection);
                var version = await VersionAsync(connection);
                if (!IsCurrent(version))
                {
                    await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS gatehouse_schema (number integer PRIMARY KEY, works_with integer NOT NULL)", null, cancellationToken);
                    foreach (var (number, resource) in Scripts.Where(script => script.Number > version.Number))
                    {
                        await ApplyAsync(connection, number, resource, cancellationToken);
                    }
                }

                await transaction.CommitAsync(cancellationToken);
                return true;
            },
            cancellationToken);
    }

    private static bool IsCurrent((int Number, int WorksWith) version) => version.WorksWith > Latest
        ? throw new StoreUnavailableException($"The store has schema {version.Number}, this program knows {Latest}, and programs older than {version.WorksWith} cannot work beside it: run the newer program that made it.")
        : version.Number >= Latest;

    private static async Task ApplyAsync(NpgsqlConnection connection, int number, string resource, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(typeof(PostgresMigrations).Assembly.GetManifestResourceStream(resource)!);
        var script = await reader.ReadToEndAsync(cancellationToken);
        var worksWith = int.Parse(script.AsSpan(FirstLine.Length, script.IndexOf('\n', StringComparison.Ordinal) - FirstLine.Length), NumberStyles.None, CultureInfo.InvariantCulture);
        await ExecuteAsync(connection, script, null, cancellationToken);
        await ExecuteAsync(connection, "INSERT INTO gatehouse_schema (number, works_with) VALUES (@number, @worksWith)", new { number, worksWith }, cancellationToken);
    }

    private static async Task<(int Number, int WorksWith)> VersionAsync(NpgsqlConnection connection) =>
        await connection.ExecuteScalarAsync<bool>("SELECT to_regclass('gatehouse_schema') IS NOT NULL")
            ? await connection.QuerySingleAsync<(int, int)>("SELECT coalesce(max(number), 0), coalesce(max(works_with), 0) FROM gatehouse_schema")
            : (0, 0);

    private static async Task CheckEncodingAsync(NpgsqlConnection connection)
    {
        var encoding = await connection.ExecuteScalarAsync<string>("SHOW server_encoding");
        if (encoding != "UTF8")
        {
            throw new StoreUnavailableException($"The database has encoding {encoding}: make one with 'createdb --encoding=UTF8 --template=template0'.");
        }
    }

    // A migration of a large table may take its time.
    private static Task ExecuteAsync(NpgsqlConnection connection, string sql, object? parameters, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(sql, parameters, commandTimeout: 0, cancellationToken: cancellationToken));

    private static int NumberOf(string resource)
    {
        var file = resource[(resource.IndexOf(".Migrations.", StringComparison.Ordinal) + ".Migrations.".Length)..];
        return int.Parse(file.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
