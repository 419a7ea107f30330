using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Storage.Sqlite;

namespace Gatehouse.Storage;

/// <summary>Chooses where state lives.</summary>
public static class StoreFactory
{
    /// <summary>The configured PostgreSQL database, or the SQLite file where none is configured. Nothing is opened yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="file">The SQLite file.</param>
    /// <param name="clock">The time.</param>
    public static IStore Create(StoreOptions options, string file, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Connection.Length > 0 ? new PostgresStore(options, clock) : new SqliteStore(file, options, clock);
    }
}
