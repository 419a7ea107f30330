using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <summary>The use of a refresh token, in one transaction.</summary>
internal static class PostgresRotation
{
    public static async Task<RotationResult> RotateAsync(PostgresChange change, Rotation rotation)
    {
        var token = rotation.Used.ToByteArray();
        var now = StoreTime.ToStore(rotation.Now);

        // Whose it is, and its family, never change; everything else is read under the locks.
        var known = await change.SingleAsync<Known>("SELECT account_id AS AccountId, family FROM session WHERE token = @token", new { token });
        if (known?.Family is null)
        {
            return new RotationResult(RotationOutcome.Refused, null, []);
        }

        await change.LockAsync(PostgresLocks.CutOff, shared: true);
        await change.ExecuteAsync("SELECT id FROM account WHERE id = @AccountId FOR SHARE", new { known.AccountId });
        await change.LockFamilyAsync(known.Family);

        // In the order of their ids, as everybody who ends sessions does: this one, and the access tokens that will end.
        await change.ExecuteAsync(
            $"""
            SELECT token FROM session
            WHERE token = @token OR (family = @Family AND kind <> {(int)SessionKind.Refresh} AND ended IS NULL)
            ORDER BY id FOR UPDATE
            """,
            new { token, known.Family });
        var shown = await change.SingleAsync<Shown>(
            $"""
            SELECT s.id, s.used, s.sealed, EXISTS (SELECT 1 FROM session n WHERE n.id = s.successor AND n.used IS NOT NULL) AS SuccessorUsed
            FROM session s JOIN account a ON a.id = s.account_id
            WHERE s.token = @token AND s.kind = {(int)SessionKind.Refresh} AND {PostgresSessionRows.IsLive}
            """,
            new { token, now });
        if (shown is null)
        {
            return new RotationResult(RotationOutcome.Refused, null, []);
        }

        var family = new { known.Family, now };
        if (shown.Used is not { } used)
        {
            return await FirstUseAsync(change, rotation, token, family);
        }

        // Without a grace nothing is repeated, not even to a caller whose clock was read before the first use was written.
        return rotation.Grace > TimeSpan.Zero && rotation.Now - StoreTime.FromStore(used) < rotation.Grace && !shown.SuccessorUsed
            ? new RotationResult(RotationOutcome.Repeated, shown.Sealed, [])
            : new RotationResult(RotationOutcome.Reused, null, await PostgresSessionRows.EndAsync(change, "s.family = @Family", family, rotation.Now));
    }

    private static async Task<RotationResult> FirstUseAsync(PostgresChange change, Rotation rotation, byte[] token, object family)
    {
        var ended = await PostgresSessionRows.EndAsync(change, $"s.family = @Family AND s.kind <> {(int)SessionKind.Refresh}", family, rotation.Now);
        foreach (var session in rotation.Successors)
        {
            await PostgresSessionRows.InsertAsync(change, session);
        }

        await change.ExecuteAsync(
            "UPDATE session SET used = @used, successor = @successor, sealed = @Sealed WHERE token = @token",
            new
            {
                token,
                used = StoreTime.ToStore(rotation.Now),
                successor = rotation.Successors.Single(session => session.Kind == SessionKind.Refresh).Id.ToByteArray(),
                rotation.Sealed,
            });
        return new RotationResult(RotationOutcome.Rotated, null, ended);
    }

    private sealed class Known
    {
        public long AccountId { get; init; }

        public byte[]? Family { get; init; }
    }

    private sealed class Shown
    {
        public byte[] Id { get; init; } = [];

        public long? Used { get; init; }

        public byte[]? Sealed { get; init; }

        public bool SuccessorUsed { get; init; }
    }
}
