using Dapper;
using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteSessions(SqliteDatabase database, SqliteWriter writer, TimeProvider clock) : ISessionStore
{
    public ValueTask<(SessionAdmission Outcome, Session Session, IReadOnlyList<TokenHash> Ended)> AddAsync(
        Session session, SessionConditions conditions, Func<SessionAdmission, AuditEvent> audit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var now = session.Issued;
        var (outcome, ended) = SqliteSessionRows.IsTaken(connection, session.Token)
            ? (SessionAdmission.TokenTaken, [])
            : SqliteSessionAdmission.Decide(connection, session, conditions, now);
        if (outcome is SessionAdmission.Added or SessionAdmission.AddedByTakeOver)
        {
            session = session with { Sequence = connection.NextSequence() };
            SqliteSessionRows.Insert(connection, session);
        }

        WriteAdmission(connection, outcome, audit);
        return (outcome, session, ended);
    });

    public ValueTask<SessionAdmission> AddFamilyAsync(
        IReadOnlyList<Session> family, SessionConditions conditions, Func<SessionAdmission, AuditEvent> audit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var outcome = family.Any(session => SqliteSessionRows.IsTaken(connection, session.Token))
            ? SessionAdmission.TokenTaken
            : SqliteSessionAdmission.Decide(connection, family[0], conditions, family[0].Issued).Outcome;
        if (outcome is SessionAdmission.Added or SessionAdmission.AddedByTakeOver)
        {
            foreach (var session in family)
            {
                SqliteSessionRows.Insert(connection, session with { Sequence = connection.NextSequence() });
            }
        }

        WriteAdmission(connection, outcome, audit);
        return outcome;
    });

    public ValueTask<Session?> FindAsync(TokenHash token, CancellationToken cancellationToken) =>
        new(database.Read(connection => SqliteSessionRows.Find(connection, token)));

    public ValueTask<ListedSession?> FindAsync(PublicId id, CancellationToken cancellationToken) => new(database.Read(connection =>
        SqliteSessionRows.List(connection, "s.id = @id", new { id = id.ToByteArray() }).SingleOrDefault()));

    public ValueTask<IReadOnlyList<TokenHash>> EndAsync(PublicId id, DateTimeOffset now, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync<IReadOnlyList<TokenHash>>(connection =>
    {
        // Any record names its family, also one that a refresh has replaced (OI-108).
        var parameters = new { id = id.ToByteArray(), now = StoreTime.ToStore(now) };
        var ended = SqliteSessionRows.End(connection, "(s.id = @id OR s.family = (SELECT family FROM session WHERE id = @id))", parameters, now);
        if (ended.Count > 0)
        {
            connection.Write(audit);
        }

        return ended;
    });

    public ValueTask<IReadOnlyList<TokenHash>> EndAsync(SessionFilter filter, DateTimeOffset now, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync<IReadOnlyList<TokenHash>>(connection =>
    {
        var (where, parameters) = SqliteSessionRows.Where(filter, now);
        var ended = SqliteSessionRows.End(connection, where, parameters, now);
        connection.Write(audit);
        return ended;
    });

    public ValueTask<bool> CutOffAsync(long? accountId, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var now = clock.GetUtcNow();
        var sequence = connection.NextSequence();
        if (accountId is { } id)
        {
            if (connection.Execute("UPDATE account SET cutoff = @sequence WHERE id = @id", new { id, sequence }) == 0)
            {
                return false;
            }

            connection.AnnounceAccount(id, now);
        }
        else
        {
            connection.Execute("UPDATE setting SET value = @sequence WHERE name = 'cutoff'", new { sequence });
            connection.Announce(ChangeKind.Everything, "", now);
        }

        connection.Write(audit);
        return true;
    });

    public ValueTask<long> GetCutOffAsync(CancellationToken cancellationToken) =>
        new(database.Read(connection => connection.ExecuteScalar<long>("SELECT value FROM setting WHERE name = 'cutoff'")));

    public ValueTask<RotationResult> RotateAsync(Rotation rotation, Func<RotationOutcome, AuditEvent> audit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var result = SqliteRotation.Rotate(connection, rotation);
        connection.Write(audit(result.Outcome));
        return result;
    });

    public ValueTask<IReadOnlyList<ListedSession>> ListAsync(SessionFilter filter, DateTimeOffset now, CancellationToken cancellationToken) => new(database.Read(connection =>
    {
        var (where, parameters) = SqliteSessionRows.Where(filter, now);
        return SqliteSessionRows.List(connection, $"{SqliteSessionRows.IsLive} AND {SqliteSessionRows.HangsOnLive} AND {where} AND NOT EXISTS (SELECT 1 FROM rotation r WHERE r.session_id = s.id)", parameters);
    }));

    public async ValueTask TouchAsync(IReadOnlyList<(PublicId Id, DateTimeOffset LastUsed)> uses, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
    {
        foreach (var (id, lastUsed) in uses)
        {
            connection.Execute(
                "UPDATE session SET last_used = @lastUsed WHERE id = @id AND last_used < @lastUsed",
                new { id = id.ToByteArray(), lastUsed = StoreTime.ToStore(lastUsed) });
        }

        return uses.Count;
    });

    public ValueTask<int> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        // What a cut-off, a removal or idleness ended gets its end noted first, so that its retention can run. What will
        // expire needs no end: until then its holder is told that it idled out (OI-51).
        connection.Execute(
            """
            UPDATE session SET ended = @now
            WHERE ended IS NULL AND id IN (
              SELECT s.id FROM session s LEFT JOIN account a ON a.id = s.account_id
              WHERE s.ended IS NULL AND (a.id IS NULL OR s.sequence <= a.cutoff OR s.sequence <= (SELECT value FROM setting WHERE name = 'cutoff')
                OR (s.expires IS NULL AND s.last_used + s.idle + 86400000 < @now))
              LIMIT @limit)
            """,
            new { now = StoreTime.ToStore(now), limit });
        return connection.Execute(
            "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ended + retention < @now OR expires + retention < @now LIMIT @limit)",
            new { now = StoreTime.ToStore(now), limit });
    });

    private static void WriteAdmission(SqliteConnection connection, SessionAdmission outcome, Func<SessionAdmission, AuditEvent> audit)
    {
        connection.Write(audit(outcome));
        if (outcome == SessionAdmission.AddedByTakeOver)
        {
            connection.Write(audit(outcome) with { Event = AuditEvents.TakeOver });
        }
    }
}
