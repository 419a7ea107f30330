using System.Diagnostics;
using Gatehouse.Core.Stores;
using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <summary>
/// Makes changes. A change that lost against another one, or whose connection broke before its commit was sent, has
/// certainly not been done and is done again, within the busy time. From the moment its commit is sent it is never
/// repeated: when the answer does not come, it is not reported as done.
/// </summary>
internal sealed class PostgresWriter(PostgresDatabase database)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes a change and returns when it is committed.</summary>
    /// <param name="change">Its work. May be called more than once.</param>
    /// <exception cref="StoreUnavailableException">It is not done, or nobody can say whether it is.</exception>
    public async ValueTask<T> WriteAsync<T>(Func<PostgresChange, Task<T>> change)
    {
        var started = Stopwatch.GetTimestamp();
        using var deadline = new CancellationTokenSource(database.Busy);
        Exception? previous = null;
        while (true)
        {
            try
            {
                return await TryAsync(change, deadline.Token);
            }
            catch (UnconfirmedCommitException exception)
            {
                database.Forget();
                throw new StoreUnavailableException("The PostgreSQL store did not confirm the change: it may have been done or not. Look before you repeat it.", exception);
            }
            catch (Exception exception) when (PostgresFaults.IsWorthAnotherTry(exception) && Stopwatch.GetElapsedTime(started) + Pause < database.Busy)
            {
                if (exception is not PostgresException || PostgresFaults.IsReadOnly(exception))
                {
                    database.Forget();
                }

                previous = exception;
                await Task.Delay(Pause);
            }
            catch (Exception exception) when (PostgresFaults.IsOutage(exception))
            {
                // When the time runs out in a further try, the fault of the one before says more.
                throw PostgresFaults.Unavailable(exception is OperationCanceledException && previous is not null ? previous : exception);
            }
        }
    }

    private async Task<T> TryAsync<T>(Func<PostgresChange, Task<T>> work, CancellationToken deadline)
    {
        var connection = await database.OpenAsync(deadline);
        try
        {
            await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, deadline);
            var change = new PostgresChange(connection, deadline);
            var result = await work(change);
            await change.CommitAsync();
            return result;
        }
        finally
        {
            await CloseAsync(connection);
        }
    }

    // Rolls back what is not committed. What this throws over a broken connection must not hide what broke it: above all
    // not that a commit was on its way.
    private static async ValueTask CloseAsync(NpgsqlConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception exception) when (PostgresFaults.IsOutage(exception))
        {
            // The server rolls back by itself when it notices.
        }
    }
}
