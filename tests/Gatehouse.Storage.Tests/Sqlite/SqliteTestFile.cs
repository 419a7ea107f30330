using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>A SQLite file of one test: stores on it, and a hand on the file past the store.</summary>
internal sealed class SqliteTestFile(string path) : IAsyncDisposable
{
    private readonly List<SqliteStore> _stores = [];

    public string Path { get; } = path;

    public SqliteStore Store(int busySeconds = 30)
    {
        var store = new SqliteStore(Path, new StoreOptions { BusySeconds = busySeconds }, new ManualClock());
        _stores.Add(store);
        return store;
    }

    public async Task<SqliteStore> OpenAsync(int busySeconds = 30)
    {
        var store = Store(busySeconds);
        await store.MigrateAsync(default);
        return store;
    }

    /// <summary>A connection that the store knows nothing of.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Takes the write lock, as another process would.</summary>
    public SqliteConnection Lock()
    {
        var connection = Connect();
        Execute(connection, "BEGIN IMMEDIATE");
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static NewAccount NewAccount(string name) => new(name, name, Account.LocalAuthority, null, Roles.None, []);

    public static AuditEvent Event() => new() { Time = new ManualClock().GetUtcNow(), Event = AuditEvents.AccountAdd, Outcome = AuditOutcomes.Accepted };

    public static async Task<Account?> AddAsync(SqliteStore store, string name) => await store.Accounts.AddAsync(NewAccount(name), Event(), default);

    public static async Task<IReadOnlyList<string>> NamesAsync(SqliteStore store) => [.. (await store.Accounts.ListAsync(default)).Select(account => account.Name)];

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }
}
