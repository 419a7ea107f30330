using Dapper;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>The use of a refresh token, in one transaction.</summary>
internal static class SqliteRotation
{
    public static RotationResult Rotate(SqliteConnection connection, Rotation rotation)
    {
        var token = rotation.Used.ToByteArray();
        var now = StoreTime.ToStore(rotation.Now);
        var shown = connection.QuerySingleOrDefault<Shown>(
            $"""
            SELECT s.id, s.family, r.used, r.sealed, r.successor,
              EXISTS (SELECT 1 FROM rotation n WHERE n.session_id = r.successor) AS SuccessorUsed
            FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN rotation r ON r.session_id = s.id
            WHERE s.token = @token AND s.kind = {(int)SessionKind.Refresh} AND {SqliteSessionRows.IsLive}
            """,
            new { token, now });
        if (shown is null)
        {
            return new RotationResult(RotationOutcome.Refused, null, []);
        }

        var family = new { shown.Family, now };
        if (shown.Used is not { } used)
        {
            return FirstUse(connection, rotation, shown.Id, family, now);
        }

        // Without a grace nothing is repeated, not even to a caller whose clock was read before the first use was written.
        return rotation.Grace > TimeSpan.Zero && rotation.Now - StoreTime.FromStore(used) < rotation.Grace && !shown.SuccessorUsed
            ? new RotationResult(RotationOutcome.Repeated, shown.Sealed, [])
            : new RotationResult(RotationOutcome.Reused, null, SqliteSessionRows.End(connection, "s.family = @Family", family, rotation.Now));
    }

    private static RotationResult FirstUse(SqliteConnection connection, Rotation rotation, byte[] id, object family, long now)
    {
        var ended = SqliteSessionRows.End(connection, $"s.family = @Family AND s.kind <> {(int)SessionKind.Refresh}", family, rotation.Now);
        foreach (var session in rotation.Successors)
        {
            SqliteSessionRows.Insert(connection, session with { Sequence = connection.NextSequence() });
        }

        connection.Execute(
            "INSERT INTO rotation (session_id, used, successor, sealed) VALUES (@id, @now, @successor, @Sealed)",
            new { id, now, successor = rotation.Successors.Single(session => session.Kind == SessionKind.Refresh).Id.ToByteArray(), rotation.Sealed });
        return new RotationResult(RotationOutcome.Rotated, null, ended);
    }

    private sealed class Shown
    {
        public byte[] Id { get; init; } = [];

        public byte[]? Family { get; init; }

        public long? Used { get; init; }

        public byte[]? Sealed { get; init; }

        public bool SuccessorUsed { get; init; }
    }
}
