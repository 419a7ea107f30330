using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <summary>
/// State in a PostgreSQL database (13 or later), for one node or many. They learn of each other's changes through the
/// change feed. Works through a connection pooler in session mode.
/// </summary>
public sealed class PostgresStore : IStore
{
    private readonly PostgresDatabase _database;
    private readonly PostgresWriter _writer;
    private readonly PostgresListener _listener;
    private readonly TimeProvider _clock;

    /// <summary>Names the database; nothing is opened yet.</summary>
    /// <param name="options">The connection string (<see cref="PostgresConnectionText.TryCheck"/>), and how long to wait for a busy store.</param>
    /// <param name="clock">The time.</param>
    public PostgresStore(StoreOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        _clock = clock;
        _database = new PostgresDatabase(options.Connection, options.BusySeconds);
        _writer = new PostgresWriter(_database);
        _listener = new PostgresListener(_database);
        Accounts = new PostgresAccounts(_database, _writer, clock);
        Tenants = new PostgresTenants(_database, _writer, clock);
        Sessions = new PostgresSessions(_database, _writer, clock);
        Guesses = new PostgresGuesses(_database, _writer, clock);
        Audit = new PostgresAudit(_database, _writer, clock);
        Keys = new PostgresKeys(_database, _writer, clock);
        Changes = new PostgresChangeFeed(_database, _writer, _listener);
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
    public IChangeFeed Changes { get; }

    /// <summary>The database, for what looks at the whole of it.</summary>
    internal PostgresDatabase Database => _database;

    /// <inheritdoc/>
    public async ValueTask MigrateAsync(CancellationToken cancellationToken)
    {
        await PostgresMigrations.ApplyAsync(_database, cancellationToken);
        await PostgresAuditPartitions.EnsureAsync(_writer, _clock.GetUtcNow());
    }

    /// <inheritdoc/>
    public async ValueTask<long> ReserveAsync(string counter, int count, CancellationToken cancellationToken) =>
        await _writer.WriteAsync(change => change.ScalarAsync<long>(
            "INSERT INTO setting AS s (name, value) VALUES (@name, @count) ON CONFLICT (name) DO UPDATE SET value = s.value + @count RETURNING value - @count + 1",
            new { name = $"counter {counter}", count = (long)count }));

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken) =>
        await _writer.WriteAsync(change => change.ExecuteAsync("UPDATE setting SET value = value + 1 WHERE name = 'probe'"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _database.DisposeAsync();
    }
}
