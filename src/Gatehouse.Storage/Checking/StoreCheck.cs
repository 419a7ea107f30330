using System.Globalization;
using Dapper;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Storage.Sqlite;

namespace Gatehouse.Storage.Checking;

/// <summary>One thing that was looked at.</summary>
/// <param name="IsFault">Something is wrong, or dangerous.</param>
/// <param name="What">What it is about.</param>
/// <param name="Text">What was found, and what to do about a fault.</param>
public sealed record Finding(bool IsFault, string What, string Text);

/// <summary>Looks at a store as a whole: its schema, its size, whether it is in order, and settings that a server depends on.</summary>
public static class StoreCheck
{
    private static readonly string[] Counted = ["account", "tenant", "membership", "session", "audit", "change", "signing_key"];

    /// <summary>Looks. Changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public static async Task<IReadOnlyList<Finding>> RunAsync(IStore store, CancellationToken cancellationToken) => store switch
    {
        PostgresStore postgres => await PostgresCheck.RunAsync(postgres.Database, cancellationToken),
        SqliteStore sqlite => sqlite.Database.Read(connection => new List<Finding>
        {
            new(IsFault: false, "schema", string.Create(CultureInfo.InvariantCulture, $"{connection.ExecuteScalar<int>("PRAGMA user_version")}, this program knows {SqliteMigrations.Latest}")),
            new(IsFault: false, "rows", Rows(table => connection.ExecuteScalar<long>($"SELECT count(*) FROM {table}"))),
            connection.ExecuteScalar<string>("PRAGMA quick_check(1)") is var damage && damage == "ok"
                ? new Finding(IsFault: false, "file", "in order")
                : new Finding(IsFault: true, "file", $"damaged ({damage}): restore it from a backup"),
            connection.QueryFirstOrDefault<string>("SELECT \"table\" FROM pragma_foreign_key_check") is { } broken
                ? new Finding(IsFault: true, "references", $"rows of {broken} belong to nothing: restore a backup")
                : new Finding(IsFault: false, "references", "in order"),
        }),
        _ => throw new ArgumentException($"A {store.GetType().Name} cannot be checked.", nameof(store)),
    };

    /// <summary>How many rows the tables have, in one line.</summary>
    internal static string Rows(Func<string, long> count) => string.Join(", ", Counted.Select(table => string.Create(CultureInfo.InvariantCulture, $"{table} {count(table)}")));
}
