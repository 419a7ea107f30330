using System.Collections.Concurrent;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gatehouse.Storage.Sqlite;

/// <summary>One SQLite file: connections to it, and what its error codes mean.</summary>
internal sealed class SqliteDatabase(string path) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int OpenAttempts = 100;
    private const int RetryMilliseconds = 10;
    private readonly ConcurrentBag<SqliteConnection> _readers = [];

    /// <summary>Opens a connection. WAL: readers and the one writer do not wait for each other. FULL: what was confirmed survives a power cut.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened.</exception>
    public SqliteConnection Open()
    {
        SqliteConnection? connection = null;
        try
        {
            MakeOwnerOnly();
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
            connection.Open();
            Configure(connection);
            return connection;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw Unavailable(exception);
        }
    }

    /// <summary>Reads on a connection of the pool.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public T Read<T>(Func<SqliteConnection, T> query)
    {
        if (!_readers.TryTake(out var connection))
        {
            connection = Open();
        }

        try
        {
            var result = query(connection);
            _readers.Add(connection);
            return result;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw Unavailable(exception);
        }
    }

    /// <summary>Runs statements without a result, at once: a busy database is an error, not a wait.</summary>
    /// <exception cref="SqliteException">With SQLite's own code.</exception>
    public static void Execute(SqliteConnection connection, string sql)
    {
        var code = raw.sqlite3_exec(connection.Handle, sql);
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteException(raw.sqlite3_errmsg(connection.Handle).utf8_to_string(), code);
        }
    }

    /// <summary>Holds a file beside the store, which the system frees when the process ends; waits for others who hold it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be made.</exception>
    public async ValueTask<IAsyncDisposable> HoldAsync(string what, CancellationToken cancellationToken)
    {
        var file = $"{path}-{what}";
        while (true)
        {
            try
            {
                return new FileStream(
                    file,
                    new FileStreamOptions
                    {
                        Mode = FileMode.OpenOrCreate,
                        Access = FileAccess.ReadWrite,
                        Share = FileShare.None,
                        UnixCreateMode = OwnerOnly,
                    });
            }
            catch (IOException) when (File.Exists(file))
            {
                await Task.Delay(RetryMilliseconds, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unavailable(exception);
            }
        }
    }

    /// <summary>Whether an error says something about the store, and not about the statement.</summary>
    public static bool IsOutage(SqliteException exception) => exception.SqliteErrorCode is
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_FULL or raw.SQLITE_READONLY or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN
        or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_NOMEM or raw.SQLITE_PROTOCOL or raw.SQLITE_INTERRUPT or raw.SQLITE_PERM or raw.SQLITE_AUTH;

    /// <summary>Says what an error means to the operator.</summary>
    public StoreUnavailableException Unavailable(Exception exception)
    {
        var code = exception switch
        {
            SqliteException sqlite => sqlite.SqliteErrorCode,
            DirectoryNotFoundException => raw.SQLITE_CANTOPEN,
            UnauthorizedAccessException => raw.SQLITE_PERM,
            IOException => raw.SQLITE_IOERR,
            _ => raw.SQLITE_OK,
        };
        var why = code switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "is locked by another process; end that process or raise Gatehouse:Store:BusySeconds",
            raw.SQLITE_FULL => "cannot grow: the disk is full; make room",
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => "is read-only; make file and directory writable by this user",
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => "is damaged or no SQLite file; restore it from a backup",
            raw.SQLITE_CANTOPEN => "cannot be opened; check that its directory exists and is writable by this user",
            raw.SQLITE_IOERR => "cannot be read or written: the disk reports an error",
            _ => "cannot be used: " + exception.Message,
        };
        return new StoreUnavailableException($"The store {Path.GetFileName(path)} {why}.", exception);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_readers.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    // Whoever makes, opens first or closes last holds the whole file for a moment. SQLite does not wait for that by itself.
    private static void Configure(SqliteConnection connection)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;");
                return;
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED && attempt < OpenAttempts)
            {
                Thread.Sleep(RetryMilliseconds);
            }
        }
    }

    // SQLite gives its side files the mode of the main file (ATK-84).
    private void MakeOwnerOnly()
    {
        if (!File.Exists(path))
        {
            using var _ = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnly });
        }
    }
}
