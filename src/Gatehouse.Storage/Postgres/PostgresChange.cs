using System.Data;
using System.Globalization;
using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Npgsql;
using NpgsqlTypes;

namespace Gatehouse.Storage.Postgres;

/// <summary>
/// One transaction that changes something. What goes into the feed and into the audit is gathered and written by the
/// commit, in one round trip: no client stands still while it holds the lock of the feed.
/// </summary>
internal sealed class PostgresChange(NpgsqlConnection connection, CancellationToken deadline)
{
    private const string InsertChange =
        "INSERT INTO change (kind, subject, time) SELECT kind, subject, time FROM unnest($1, $2, $3) WITH ORDINALITY AS entry (kind, subject, time, place) ORDER BY place";

    private const string InsertAudit =
        """
        INSERT INTO audit (time, event, outcome, account, name, dialect, method, tenant, source, session, reason, details)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    private static readonly string LockFeed = string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({PostgresLocks.Space}, {PostgresLocks.Feed})");
    private readonly List<(ChangeKind Kind, string Subject, DateTimeOffset Time)> _announced = [];
    private readonly List<AuditEvent> _audit = [];
    private bool _isUnsure;

    public Task<int> ExecuteAsync(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    public Task<T?> ScalarAsync<T>(string sql, object? parameters = null) => connection.ExecuteScalarAsync<T>(Command(sql, parameters));

    public Task<T?> SingleAsync<T>(string sql, object? parameters = null) => connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters));

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) => (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>The next number of the order of sign-ins and cut-offs. Only under the locks that <see cref="PostgresLocks"/> names.</summary>
    public async Task<long> NextSequenceAsync() => await ScalarAsync<long>("SELECT nextval('sign_in_order')");

    /// <summary>Takes a lock of the store until the commit; alone, or beside others who share it.</summary>
    public Task LockAsync(int which, bool shared = false) =>
        ExecuteAsync($"SELECT pg_advisory_xact_lock{(shared ? "_shared" : "")}(@Space, @which)", new { PostgresLocks.Space, which });

    /// <summary>Takes the lock of a refresh family until the commit.</summary>
    public Task LockFamilyAsync(byte[] family) => ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", new { key = PostgresLocks.ChangeOfFamily(family) });

    public void Announce(ChangeKind kind, string subject, DateTimeOffset now) => _announced.Add((kind, subject, now));

    public void AnnounceAccount(long id, DateTimeOffset now) => Announce(ChangeKind.Account, id.ToString(CultureInfo.InvariantCulture), now);

    public void Write(AuditEvent audit) => _audit.Add(audit);

    /// <summary>Writes what was gathered, and commits.</summary>
    /// <exception cref="UnconfirmedCommitException">Nobody can say whether it is committed.</exception>
    public async Task CommitAsync()
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = connection.CommandTimeout };
        foreach (var audit in _audit)
        {
            batch.BatchCommands.Add(Insert(audit));
        }

        if (_announced.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(LockFeed));
            batch.BatchCommands.Add(InsertAnnounced());
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"NOTIFY {PostgresListener.Channel}"));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        deadline.ThrowIfCancellationRequested();
        connection.Notice += NoteDoubt;
        try
        {
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception exception) when (!PostgresFaults.IsRolledBack(exception))
        {
            throw new UnconfirmedCommitException(exception);
        }
        finally
        {
            connection.Notice -= NoteDoubt;
        }

        if (_isUnsure)
        {
            throw new UnconfirmedCommitException(inner: null);
        }
    }

    // With a synchronous standby, a commit whose wait is broken off succeeds with a warning: the primary alone has it, and may lose it.
    private void NoteDoubt(object sender, NpgsqlNoticeEventArgs arguments) => _isUnsure |= arguments.Notice.Routine == "SyncRepWaitForLSN";

    private NpgsqlBatchCommand InsertAnnounced() => new(InsertChange)
    {
        Parameters =
        {
            new NpgsqlParameter { Value = _announced.ConvertAll(entry => (int)entry.Kind).ToArray() },
            new NpgsqlParameter { Value = _announced.ConvertAll(entry => entry.Subject).ToArray() },
            new NpgsqlParameter { Value = _announced.ConvertAll(entry => StoreTime.ToStore(entry.Time)).ToArray() },
        },
    };

    private static NpgsqlBatchCommand Insert(AuditEvent audit)
    {
        var command = new NpgsqlBatchCommand(InsertAudit);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = StoreTime.ToStore(audit.Time) });
        foreach (var text in new[]
        {
            audit.Event, audit.Outcome, audit.Account, audit.Name, audit.Dialect, audit.Method,
            audit.Tenant, audit.Source, audit.Session, audit.Reason, AuditDetails.ToStore(audit),
        })
        {
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)PostgresText.Storable(text) ?? DBNull.Value });
        }

        return command;
    }

    private CommandDefinition Command(string sql, object? parameters) => new(sql, parameters, commandType: CommandType.Text, cancellationToken: deadline);
}

/// <summary>A commit was sent and its answer did not come: it may have been done, or not.</summary>
internal sealed class UnconfirmedCommitException(Exception? inner) : Exception("The commit was not confirmed.", inner);
