using System.Globalization;
using Gatehouse.Core.Stores;
using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <summary>One PostgreSQL database, on one server or several: connections to it.</summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _listeners;

    public PostgresDatabase(string connection, int busySeconds)
    {
        Busy = TimeSpan.FromSeconds(busySeconds);
        var text = PostgresConnectionText.Complete(connection, busySeconds);
        _source = Build(text, busySeconds);
        text.Pooling = false;
        text.KeepAlive = busySeconds;
        _listeners = Build(text, busySeconds);
    }

    /// <summary>How long a change waits for a busy store.</summary>
    public TimeSpan Busy { get; }

    /// <summary>Opens a connection of the pool.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _source.OpenConnectionAsync(cancellationToken);

    /// <summary>Opens a connection outside the pool, for what holds one for long.</summary>
    public ValueTask<NpgsqlConnection> OpenListenerAsync(CancellationToken cancellationToken) => _listeners.OpenConnectionAsync(cancellationToken);

    /// <summary>Reads. What reads only may be asked again: once, when a connection of the pool turns out to be broken or to lead to a server that stepped down.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> query, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await OpenAsync(cancellationToken);
                return await query(connection);
            }
            catch (Exception exception) when (tries == 1 && PostgresFaults.IsWorthAnotherTry(exception))
            {
                Forget();
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && PostgresFaults.IsOutage(exception))
            {
                throw PostgresFaults.Unavailable(exception);
            }
        }
    }

    /// <summary>Closes idle connections, and forgets which of several servers was the primary.</summary>
    public void Forget()
    {
        _source.Clear();
        (_source as NpgsqlMultiHostDataSource)?.ClearDatabaseStates();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _listeners.DisposeAsync();
    }

    // Set by statements and not as start-up options, which a connection pooler in between would refuse.
    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder text, int busySeconds)
    {
        // The server gives up by itself what its client does not end: a node that stops in the middle holds no lock for long.
        var settings = string.Create(CultureInfo.InvariantCulture, $"""
            SET statement_timeout = '{busySeconds}s';
            SET lock_timeout = '{busySeconds}s';
            SET idle_in_transaction_session_timeout = '{busySeconds}s';
            SET default_transaction_isolation = 'read committed';
            SET synchronous_commit = on;
            """);
        var builder = new NpgsqlDataSourceBuilder(text.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(settings, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(settings, connection);
                await command.ExecuteNonQueryAsync();
            });
        return builder.Build();
    }
}
