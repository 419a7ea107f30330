using System.Globalization;
using Dapper;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>
/// The schema, as numbered scripts that are applied once, in order, in one transaction. To change the schema: add
/// <c>Migrations/NNNN_what.sql</c> with the next number; never edit one that was released.
/// </summary>
internal static class SqliteMigrations
{
    private static readonly (int Number, string Resource)[] Scripts =
    [
        .. typeof(SqliteMigrations).Assembly.GetManifestResourceNames()
            .Where(name => name.Contains(".Sqlite.Migrations.", StringComparison.Ordinal))
            .Select(name => (NumberOf(name), name))
            .Order(),
    ];

    /// <summary>Number of the latest script.</summary>
    public static int Latest => Scripts[^1].Number;

    /// <summary>Applies what is missing. Runs in the writer's transaction.</summary>
    /// <exception cref="StoreUnavailableException">The store was made by a newer program.</exception>
    public static int Apply(SqliteConnection connection)
    {
        var version = connection.ExecuteScalar<int>("PRAGMA user_version");
        if (version > Latest)
        {
            throw new StoreUnavailableException($"The store has schema {version}, this program knows {Latest}: run the newer program that made it.");
        }

        foreach (var (number, resource) in Scripts.Where(script => script.Number > version))
        {
            using var reader = new StreamReader(typeof(SqliteMigrations).Assembly.GetManifestResourceStream(resource)!);
            SqliteDatabase.Execute(connection, reader.ReadToEnd());
            SqliteDatabase.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {number}"));
        }

        return Latest;
    }

    private static int NumberOf(string resource)
    {
        var file = resource[(resource.IndexOf(".Migrations.", StringComparison.Ordinal) + ".Migrations.".Length)..];
        return int.Parse(file.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
