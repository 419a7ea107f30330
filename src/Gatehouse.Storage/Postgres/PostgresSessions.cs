using Dapper;
using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <inheritdoc/>
internal sealed class PostgresSessions(PostgresDatabase database, PostgresWriter writer, TimeProvider clock) : ISessionStore
{
    public ValueTask<(SessionAdmission Outcome, Session Session, IReadOnlyList<TokenHash> Ended)> AddAsync(
        Session session, SessionConditions conditions, Func<SessionAdmission, AuditEvent> audit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var (outcome, ended) = await PostgresSessionAdmission.DecideAsync(change, [session], conditions, session.Issued);
        var added = outcome is SessionAdmission.Added or SessionAdmission.AddedByTakeOver ? await PostgresSessionRows.InsertAsync(change, session) : session;
        WriteAdmission(change, outcome, audit);
        return (outcome, added, ended);
    });

    public ValueTask<SessionAdmission> AddFamilyAsync(
        IReadOnlyList<Session> family, SessionConditions conditions, Func<SessionAdmission, AuditEvent> audit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var (outcome, _) = await PostgresSessionAdmission.DecideAsync(change, family, conditions, family[0].Issued);
        if (outcome is SessionAdmission.Added or SessionAdmission.AddedByTakeOver)
        {
            foreach (var session in family)
            {
                await PostgresSessionRows.InsertAsync(change, session);
            }
        }

        WriteAdmission(change, outcome, audit);
        return outcome;
    });

    public ValueTask<Session?> FindAsync(TokenHash token, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => PostgresSessionRows.FindAsync(connection, token), cancellationToken);

    public ValueTask<ListedSession?> FindAsync(PublicId id, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await PostgresSessionRows.ListAsync(connection, "s.id = @id", new { id = id.ToByteArray() })).SingleOrDefault(), cancellationToken);

    public ValueTask<IReadOnlyList<TokenHash>> EndAsync(PublicId id, DateTimeOffset now, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync<IReadOnlyList<TokenHash>>(async change =>
    {
        // Any record names its family, also one that a refresh has replaced (OI-108).
        var family = await change.ScalarAsync<byte[]?>("SELECT family FROM session WHERE id = @id", new { id = id.ToByteArray() });
        if (family is not null)
        {
            await change.LockFamilyAsync(family);
        }

        var parameters = new { id = id.ToByteArray(), family, now = StoreTime.ToStore(now) };
        var ended = await PostgresSessionRows.EndAsync(change, family is null ? "s.id = @id" : "s.family = @family", parameters, now);
        if (ended.Count > 0)
        {
            change.Write(audit);
        }

        return ended;
    });

    public ValueTask<IReadOnlyList<TokenHash>> EndAsync(SessionFilter filter, DateTimeOffset now, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync<IReadOnlyList<TokenHash>>(async change =>
    {
        var (where, parameters) = PostgresSessionRows.Where(filter, now);
        var ended = await PostgresSessionRows.EndAsync(change, where, parameters, now);
        change.Write(audit);
        return ended;
    });

    // The lock first, then the number: see PostgresLocks.
    public ValueTask<bool> CutOffAsync(long? accountId, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var now = clock.GetUtcNow();
        if (accountId is { } id)
        {
            if (await change.ScalarAsync<long?>("SELECT id FROM account WHERE id = @id FOR NO KEY UPDATE", new { id }) is null)
            {
                return false;
            }

            await change.ExecuteAsync("UPDATE account SET cutoff = @sequence WHERE id = @id", new { id, sequence = await change.NextSequenceAsync() });
            change.AnnounceAccount(id, now);
        }
        else
        {
            await change.LockAsync(PostgresLocks.CutOff);
            await change.ExecuteAsync("UPDATE setting SET value = @sequence WHERE name = 'cutoff'", new { sequence = await change.NextSequenceAsync() });
            change.Announce(ChangeKind.Everything, "", now);
        }

        change.Write(audit);
        return true;
    });

    public ValueTask<long> GetCutOffAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.ExecuteScalarAsync<long>("SELECT value FROM setting WHERE name = 'cutoff'"), cancellationToken);

    public ValueTask<RotationResult> RotateAsync(Rotation rotation, Func<RotationOutcome, AuditEvent> audit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var result = await PostgresRotation.RotateAsync(change, rotation);
        change.Write(audit(result.Outcome));
        return result;
    });

    public ValueTask<IReadOnlyList<ListedSession>> ListAsync(SessionFilter filter, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            var (where, parameters) = PostgresSessionRows.Where(filter, now);
            return PostgresSessionRows.ListAsync(connection, $"{PostgresSessionRows.IsLive} AND {PostgresSessionRows.HangsOnLive} AND {where} AND s.used IS NULL", parameters);
        },
        cancellationToken);

    // Only ever later, and never an end taken back: a use that comes late revives nothing.
    public async ValueTask TouchAsync(IReadOnlyList<(PublicId Id, DateTimeOffset LastUsed)> uses, CancellationToken cancellationToken) => await writer.WriteAsync(change =>
        change.ExecuteAsync(
            """
            WITH seen AS (SELECT id, max(used) AS used FROM unnest(@ids, @times) AS use (id, used) GROUP BY id),
              later AS (SELECT s.token, u.used FROM session s JOIN seen u ON u.id = s.id WHERE s.last_used < u.used ORDER BY s.id FOR UPDATE OF s)
            UPDATE session s SET last_used = l.used FROM later l WHERE s.token = l.token
            """,
            new { ids = uses.Select(use => use.Id.ToByteArray()).ToArray(), times = uses.Select(use => StoreTime.ToStore(use.LastUsed)).ToArray() }));

    public ValueTask<int> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        // What a cut-off, a removal or idleness ended gets its end noted first, so that its retention can run. What will
        // expire needs no end: until then its holder is told that it idled out (OI-51). Rows that somebody works on wait for the next round.
        await change.ExecuteAsync(
            """
            WITH dead AS (
              SELECT s.token FROM session s LEFT JOIN account a ON a.id = s.account_id
              WHERE s.ended IS NULL AND (a.id IS NULL OR s.sequence <= a.cutoff OR s.sequence <= (SELECT value FROM setting WHERE name = 'cutoff')
                OR (s.expires IS NULL AND s.last_used + s.idle + 86400000 < @now))
              LIMIT @limit FOR UPDATE OF s SKIP LOCKED)
            UPDATE session s SET ended = @now FROM dead d WHERE s.token = d.token
            """,
            new { now = StoreTime.ToStore(now), limit });
        return await change.ExecuteAsync(
            """
            WITH old AS (SELECT token FROM session WHERE ended + retention < @now OR expires + retention < @now LIMIT @limit FOR UPDATE SKIP LOCKED)
            DELETE FROM session s USING old o WHERE s.token = o.token
            """,
            new { now = StoreTime.ToStore(now), limit });
    });

    private static void WriteAdmission(PostgresChange change, SessionAdmission outcome, Func<SessionAdmission, AuditEvent> audit)
    {
        change.Write(audit(outcome));
        if (outcome == SessionAdmission.AddedByTakeOver)
        {
            change.Write(audit(outcome) with { Event = AuditEvents.TakeOver });
        }
    }
}
