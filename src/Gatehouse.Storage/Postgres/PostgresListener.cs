using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <summary>Listens for the wake-up of the change feed, on a connection of its own that it opens again when it breaks.</summary>
internal sealed class PostgresListener(PostgresDatabase database) : IAsyncDisposable
{
    /// <summary>What writers notify.</summary>
    public const string Channel = "gatehouse_change";

    private static readonly TimeSpan Reopen = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _woken = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task? _listening;

    /// <summary>Returns at the next wake-up, or when the time is over: without a connection, the time alone counts.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _listening ??= Task.Run(ListenAsync, CancellationToken.None);
        }

        await _woken.WaitAsync(longest, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_listening is { } listening)
        {
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
        _woken.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenListenerAsync(_stop.Token);
                connection.Notification += (_, _) => Wake();
                await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
                {
                    await listen.ExecuteNonQueryAsync(_stop.Token);
                }

                // Something may have been said before we listened.
                Wake();
                while (true)
                {
                    await connection.WaitAsync(_stop.Token);
                }
            }
            catch (Exception exception) when (PostgresFaults.IsOutage(exception))
            {
                await Task.Delay(Reopen, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_woken.CurrentCount == 0)
            {
                _woken.Release();
            }
        }
    }
}
