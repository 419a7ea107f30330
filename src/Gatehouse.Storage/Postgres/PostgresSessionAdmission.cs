using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <summary>Whether a new session may be added, decided under the locks of the transaction that adds it.</summary>
internal static class PostgresSessionAdmission
{
    public static async Task<(SessionAdmission Outcome, IReadOnlyList<TokenHash> Ended)> DecideAsync(PostgresChange change, IReadOnlyList<Session> sessions, SessionConditions conditions, DateTimeOffset now)
    {
        var session = sessions[0];
        var parameters = new
        {
            session.AccountId,
            session.Dialect,
            Seat = PostgresText.Storable(session.Seat),
            now = StoreTime.ToStore(now),
            conditions.PasswordVersion,
        };
        var counts = conditions.MaximumPerAccount is not null || conditions.SeatRule != SeatRule.None;
        await change.LockAsync(PostgresLocks.CutOff, shared: true);
        var same = await change.ScalarAsync<bool>(
            $"SELECT enabled AND password_version = coalesce(@PasswordVersion, password_version) FROM account WHERE id = @AccountId FOR {(counts ? "NO KEY UPDATE" : "SHARE")}",
            parameters);
        if (!same)
        {
            return (SessionAdmission.AccountChanged, []);
        }

        // Two at once are told apart by the unique token: the later one is rolled back, tries again, and finds it here.
        if (await change.ScalarAsync<bool>("SELECT EXISTS (SELECT 1 FROM session WHERE token = ANY (@tokens))", new { tokens = sessions.Select(added => added.Token.ToByteArray()).ToArray() }))
        {
            return (SessionAdmission.TokenTaken, []);
        }

        const string Live = PostgresSessionRows.IsLive + " AND s.account_id = @AccountId AND s.dialect = @Dialect AND s.kind = 0";
        if (conditions.MaximumPerAccount is { } maximum && await PostgresSessionRows.CountAsync(change, Live, parameters) >= maximum)
        {
            return (SessionAdmission.TooMany, []);
        }

        const string OtherSeats = Live + " AND s.seat <> @Seat";
        if (conditions.SeatRule == SeatRule.None || !await PostgresSessionRows.ExistsAsync(change, OtherSeats, parameters))
        {
            return (SessionAdmission.Added, []);
        }

        return conditions.SeatRule == SeatRule.FirstComeFirstServed
            ? (SessionAdmission.SeatTaken, [])
            : await TakeOverAsync(change, session, conditions.TakeOverInterval, OtherSeats, parameters, now);
    }

    private static async Task<(SessionAdmission Outcome, IReadOnlyList<TokenHash> Ended)> TakeOverAsync(
        PostgresChange change, Session session, TimeSpan interval, string others, object parameters, DateTimeOffset now)
    {
        var last = await change.ScalarAsync<long?>("SELECT time FROM take_over WHERE account_id = @AccountId AND dialect = @Dialect", parameters);
        if (last is { } time && now - StoreTime.FromStore(time) < interval)
        {
            return (SessionAdmission.TakeOverTooSoon, []);
        }

        await change.ExecuteAsync(
            "INSERT INTO take_over (account_id, dialect, time) VALUES (@AccountId, @Dialect, @now) ON CONFLICT (account_id, dialect) DO UPDATE SET time = excluded.time",
            new { session.AccountId, session.Dialect, now = StoreTime.ToStore(now) });
        return (SessionAdmission.AddedByTakeOver, await PostgresSessionRows.EndAsync(change, others, parameters, now));
    }
}
