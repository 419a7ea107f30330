using System.Globalization;
using Dapper;

namespace Gatehouse.Storage.Postgres;

/// <summary>
/// The partitions of the audit: one per month, named <c>audit_202605</c>, made before it begins, and dropped whole when all
/// of it is older than the retention. Both need the parent table alone for a moment: they wait for it a tenth of a second
/// and leave it to the next round otherwise, so that no sign-in waits longer than that for housekeeping.
/// </summary>
internal static class PostgresAuditPartitions
{
    private const int MonthsAhead = 2;
    private const string Prefix = "audit_";
    private const string NameFormat = "yyyyMM";

    /// <summary>Makes the partitions of this month and the next ones, where they are missing.</summary>
    public static async Task EnsureAsync(PostgresWriter writer, DateTimeOffset now)
    {
        var first = new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero);
        for (var month = first; month <= first.AddMonths(MonthsAhead); month = month.AddMonths(1))
        {
            await BrieflyAsync(writer, change => MakeAsync(change, month));
        }
    }

    /// <summary>Drops the partitions of which every event is older.</summary>
    public static async Task DropAsync(PostgresWriter writer, DateTimeOffset before)
    {
        await BrieflyAsync(writer, async change =>
        {
            foreach (var name in (await NamesAsync(change)).Where(name => EndOf(name) <= before))
            {
                await change.ExecuteAsync($"DROP TABLE {name}");
            }
        });
    }

    private static async Task MakeAsync(PostgresChange change, DateTimeOffset month)
    {
        var name = Prefix + month.ToString(NameFormat, CultureInfo.InvariantCulture);
        if ((await NamesAsync(change)).Contains(name, StringComparer.Ordinal))
        {
            return;
        }

        var (from, to) = (StoreTime.ToStore(month), StoreTime.ToStore(month.AddMonths(1)));
        await change.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
            CREATE TABLE {name} (LIKE audit INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CHECK (time >= {from} AND time < {to}));
            ALTER TABLE audit ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to});
            """));
    }

    private static Task<IReadOnlyList<string>> NamesAsync(PostgresChange change) => change.QueryAsync<string>(
        "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit'::regclass AND c.relname ~ '^audit_[0-9]{6}$' ORDER BY 1");

    private static DateTimeOffset EndOf(string name) =>
        DateTimeOffset.ParseExact(name.AsSpan(Prefix.Length), NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).AddMonths(1);

    private static async Task BrieflyAsync(PostgresWriter writer, Func<PostgresChange, Task> work)
    {
        try
        {
            await writer.WriteAsync(async change =>
            {
                await change.ExecuteAsync("SET LOCAL lock_timeout = '100ms'");
                var mine = await change.ScalarAsync<bool>(
                    "SELECT pg_try_advisory_xact_lock(@Space, @Partitions)", new { PostgresLocks.Space, PostgresLocks.Partitions });
                if (mine)
                {
                    await work(change);
                }

                return mine;
            });
        }
        catch (Core.Stores.StoreUnavailableException exception) when (exception.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.LockNotAvailable })
        {
            // Somebody reads or writes all the time: another round.
        }
        catch (Npgsql.PostgresException exception) when (exception.SqlState == Npgsql.PostgresErrorCodes.CheckViolation)
        {
            // Events of that month are in the default partition already. They stay there, and are deleted one by one.
        }
    }
}
