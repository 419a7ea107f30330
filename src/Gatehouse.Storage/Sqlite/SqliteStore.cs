using Dapper;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>
/// State in one SQLite file. Several processes may use it at once (a server and the command line); they learn of each
/// other's changes through the change feed.
/// </summary>
public sealed class SqliteStore : IStore
{
    private readonly SqliteDatabase _database;
    private readonly SqliteWriter _writer;
    private readonly SqliteChangeFeed _changes;

    /// <summary>Names the file; nothing is opened yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How long to wait for a busy file.</param>
    /// <param name="clock">The time.</param>
    public SqliteStore(string path, StoreOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        _database = new SqliteDatabase(path);
        _writer = new SqliteWriter(_database, TimeSpan.FromSeconds(options.BusySeconds));
        _changes = new SqliteChangeFeed(_database, _writer);
        Accounts = new SqliteAccounts(_database, _writer, clock);
        Tenants = new SqliteTenants(_database, _writer, clock);
        Sessions = new SqliteSessions(_database, _writer, clock);
        Guesses = new SqliteGuesses(_database, _writer, clock);
        Audit = new SqliteAudit(_database, _writer);
        Keys = new SqliteKeys(_database, _writer, clock);
    }

    /// <inheritdoc/>
    public IAccountStore Accounts { get; }

    /// <inheritdoc/>
    public ITenantStore Tenants { get; }

    /// <inheritdoc/>
    public ISessionStore Sessions { get; }

    /// <inheritdoc/>
    public IGuessStore Guesses { get; }

    /// <inheritdoc/>
    public IAuditStore Audit { get; }

    /// <inheritdoc/>
    public IKeyStore Keys { get; }

    /// <inheritdoc/>
    public IChangeFeed Changes => _changes;

    /// <summary>The file, for what looks at the whole of it.</summary>
    internal SqliteDatabase Database => _database;

    /// <inheritdoc/>
    public async ValueTask MigrateAsync(CancellationToken cancellationToken)
    {
        // A store that is up to date is not written to: a command must not wait for a writer for nothing.
        if (_database.Read(Version) != SqliteMigrations.Latest)
        {
            await _writer.WriteAsync(SqliteMigrations.Apply);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> ReserveAsync(string counter, int count, CancellationToken cancellationToken) =>
        await _writer.WriteAsync(connection => connection.ExecuteScalar<long>(
            "INSERT INTO setting (name, value) VALUES (@name, @count) ON CONFLICT (name) DO UPDATE SET value = value + @count RETURNING value - @count + 1",
            new { name = $"counter {counter}", count }));

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken) =>
        await _writer.WriteAsync(connection => connection.Execute("UPDATE setting SET value = value + 1 WHERE name = 'probe'"));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        _changes.Dispose();
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int Version(SqliteConnection connection) => connection.ExecuteScalar<int>("PRAGMA user_version");
}
