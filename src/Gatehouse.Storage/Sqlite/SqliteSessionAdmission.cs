using Dapper;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>Whether a new session may be added, decided in the transaction that adds it.</summary>
internal static class SqliteSessionAdmission
{
    public static (SessionAdmission Outcome, IReadOnlyList<TokenHash> Ended) Decide(SqliteConnection connection, Session session, SessionConditions conditions, DateTimeOffset now)
    {
        var parameters = new { session.AccountId, session.Dialect, session.Seat, now = StoreTime.ToStore(now), conditions.PasswordVersion };
        var same = connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM account WHERE id = @AccountId AND enabled = 1 AND password_version = coalesce(@PasswordVersion, password_version))",
            parameters);
        if (!same)
        {
            return (SessionAdmission.AccountChanged, []);
        }

        const string Live = SqliteSessionRows.IsLive + " AND s.account_id = @AccountId AND s.dialect = @Dialect AND s.kind = 0";
        if (conditions.MaximumPerAccount is { } maximum && SqliteSessionRows.Count(connection, Live, parameters) >= maximum)
        {
            return (SessionAdmission.TooMany, []);
        }

        const string OtherSeats = Live + " AND s.seat <> @Seat";
        if (conditions.SeatRule == SeatRule.None || !SqliteSessionRows.Exists(connection, OtherSeats, parameters))
        {
            return (SessionAdmission.Added, []);
        }

        return conditions.SeatRule == SeatRule.FirstComeFirstServed
            ? (SessionAdmission.SeatTaken, [])
            : TakeOver(connection, session, conditions.TakeOverInterval, OtherSeats, parameters, now);
    }

    private static (SessionAdmission Outcome, IReadOnlyList<TokenHash> Ended) TakeOver(
        SqliteConnection connection, Session session, TimeSpan interval, string others, object parameters, DateTimeOffset now)
    {
        var last = connection.ExecuteScalar<long?>("SELECT time FROM take_over WHERE account_id = @AccountId AND dialect = @Dialect", parameters);
        if (last is { } time && now - StoreTime.FromStore(time) < interval)
        {
            return (SessionAdmission.TakeOverTooSoon, []);
        }

        connection.Execute(
            "INSERT INTO take_over (account_id, dialect, time) VALUES (@AccountId, @Dialect, @now) ON CONFLICT (account_id, dialect) DO UPDATE SET time = excluded.time",
            new { session.AccountId, session.Dialect, now = StoreTime.ToStore(now) });
        return (SessionAdmission.AddedByTakeOver, SqliteSessionRows.End(connection, others, parameters, now));
    }
}
