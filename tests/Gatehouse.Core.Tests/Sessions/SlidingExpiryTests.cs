using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;

namespace Gatehouse.Core.Tests.Sessions;

/// <summary>The idle time-out starts anew with each use, and costs the store next to nothing.</summary>
public sealed class SlidingExpiryTests
{
    [Fact]
    [Contract("OI-50", "HTT-109")]
    public async Task Ten_minutes_of_uses_cost_at_most_one_write_in_thirty_seconds()
    {
        using var directory = new TemporaryDirectory();
        var clock = new ManualClock();
        await using var store = new SqliteStore(directory.File("gatehouse.db"), new StoreOptions { StaleAfterSeconds = 60 }, clock);
        await store.MigrateAsync(default);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton<IStore>(store)
            .AddSingleton(new StoreOptions { StaleAfterSeconds = 3_600 })
            .AddSingleton(new PasswordOptions())
            .AddSingleton(new ThrottleOptions())
            .AddSingleton(new MasterKey(new byte[SealingKey.ByteLength]))
            .AddGatehouseCore()
            .BuildServiceProvider();
        var registry = services.GetRequiredService<SessionRegistry>();
        var token = await AddSessionAsync(store, clock.GetUtcNow());

        const int Seconds = 600;
        var writes = 0;
        var known = clock.GetUtcNow();
        for (var second = 0; second < Seconds; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            var check = await registry.CheckAsync(token, default);
            check.State.ShouldBe(SessionState.Live);
            registry.Use(check.Live!);

            // As the housekeeping does, once a second.
            await registry.SaveUsesAsync(all: false, default);
            var written = (await store.Sessions.FindAsync(token, default))!.LastUsed;
            writes += written == known ? 0 : 1;
            known = written;
        }

        writes.ShouldBeInRange(1, Seconds / 30);
        (clock.GetUtcNow() - known).ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    private static async Task<TokenHash> AddSessionAsync(SqliteStore store, DateTimeOffset now)
    {
        var audit = new AuditEvent { Time = now, Event = AuditEvents.SignIn, Outcome = AuditOutcomes.Accepted };
        var account = await store.Accounts.AddAsync(new NewAccount("alice", "alice", Account.LocalAuthority, null, Roles.None, []), audit, default);
        var session = new Session
        {
            Id = PublicId.New(now),
            Token = TokenHash.Of("token"),
            Kind = SessionKind.Session,
            AccountId = account!.Id,
            Issued = now,
            LastUsed = now,
            Expires = now.AddDays(1),
            IdleTimeout = TimeSpan.FromSeconds(1_800),
        };
        await store.Sessions.AddAsync(session, new SessionConditions(), _ => audit, default);
        return session.Token;
    }
}
