using System.Collections.Concurrent;
using System.Diagnostics;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gatehouse.Storage.Sqlite;

/// <summary>
/// The one writer of this process: a thread with a connection of its own. Changes that wait at the same moment share a
/// transaction and its flush to disk; each stands behind a savepoint, so that one that fails takes nothing along.
/// A change that has not begun within the busy time is given up, and certainly not done.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MaximumBatch = 128;
    private const int RetryMilliseconds = 10;
    private readonly BlockingCollection<Change> _queue = [];
    private readonly SqliteDatabase _database;
    private readonly TimeSpan _busy;
    private readonly Thread _thread;
    private SqliteConnection? _connection;

    public SqliteWriter(SqliteDatabase database, TimeSpan busy)
    {
        _database = database;
        _busy = busy;
        _thread = new Thread(Run) { IsBackground = true, Name = "store writer" };
        _thread.Start();
    }

    /// <summary>Makes a change and returns when it is on disk.</summary>
    /// <exception cref="StoreUnavailableException">It is not, and never will be.</exception>
    public async ValueTask<T> WriteAsync<T>(Func<SqliteConnection, T> change)
    {
        var queued = new Change<T>(change);
        try
        {
            _queue.Add(queued);
        }
        catch (InvalidOperationException exception)
        {
            throw new StoreUnavailableException("The store is closed.", exception);
        }

        return await queued.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The queue itself holds nothing to dispose of, and refuses what comes later.
        _queue.CompleteAdding();
        _thread.Join();
        _connection?.Dispose();
        _connection = null;
    }

    private void Run()
    {
        var batch = new List<Change>(MaximumBatch);
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            batch.Clear();
            batch.Add(first);
            while (batch.Count < MaximumBatch && _queue.TryTake(out var next))
            {
                batch.Add(next);
            }

            Write(batch);
        }
    }

    private void Write(List<Change> batch)
    {
        try
        {
            if (!TryBegin(batch))
            {
                return;
            }

            foreach (var change in batch)
            {
                Apply(change);
            }

            SqliteDatabase.Execute(_connection!, "COMMIT");
            batch.ForEach(change => change.Complete());
        }
        catch (Exception exception)
        {
            var unavailable = exception as StoreUnavailableException ?? _database.Unavailable(exception);
            Abandon();
            batch.ForEach(change => change.Fail(unavailable));
        }
    }

    /// <summary>Takes the write lock. Gives up those changes whose time runs out meanwhile.</summary>
    private bool TryBegin(List<Change> batch)
    {
        while (true)
        {
            try
            {
                _connection ??= _database.Open();
                SqliteDatabase.Execute(_connection, "BEGIN IMMEDIATE");
                return true;
            }
            catch (Exception exception) when (IsBusy(exception))
            {
                batch.RemoveAll(change => change.GiveUpAfter(_busy, exception, _database));
                if (batch.Count == 0)
                {
                    return false;
                }

                Thread.Sleep(RetryMilliseconds);
                TakeMore(batch);
            }
        }
    }

    private void TakeMore(List<Change> batch)
    {
        while (batch.Count < MaximumBatch && _queue.TryTake(out var next))
        {
            batch.Add(next);
        }
    }

    private void Apply(Change change)
    {
        SqliteDatabase.Execute(_connection!, "SAVEPOINT change");
        try
        {
            change.Apply(_connection!);
            SqliteDatabase.Execute(_connection!, "RELEASE change");
        }
        catch (Exception exception) when (exception is not SqliteException sqlite || !SqliteDatabase.IsOutage(sqlite))
        {
            SqliteDatabase.Execute(_connection!, "ROLLBACK TO change; RELEASE change");
            change.Fault = exception;
        }
    }

    private void Abandon()
    {
        // Closing rolls back; a fresh connection forgets whatever state the old one was in.
        _connection?.Dispose();
        _connection = null;
    }

    private static bool IsBusy(Exception exception)
    {
        var sqlite = exception as SqliteException ?? exception.InnerException as SqliteException;
        return sqlite?.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;
    }

    private abstract class Change
    {
        private readonly long _queued = Stopwatch.GetTimestamp();

        public Exception? Fault { get; set; }

        public abstract void Apply(SqliteConnection connection);

        public abstract void Complete();

        public abstract void Fail(Exception exception);

        public bool GiveUpAfter(TimeSpan busy, Exception exception, SqliteDatabase database)
        {
            if (Stopwatch.GetElapsedTime(_queued) < busy)
            {
                return false;
            }

            Fail(exception as StoreUnavailableException ?? database.Unavailable(exception));
            return true;
        }
    }

    private sealed class Change<T>(Func<SqliteConnection, T> apply) : Change
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _completion.Task;

        public override void Apply(SqliteConnection connection) => _result = apply(connection);

        public override void Complete()
        {
            if (Fault is null)
            {
                _completion.SetResult(_result!);
            }
            else
            {
                _completion.SetException(Fault);
            }
        }

        public override void Fail(Exception exception) => _completion.SetException(exception);
    }
}
