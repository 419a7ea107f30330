using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Testing;
using Gatehouse.Testing.Servers;
using Npgsql;
using Shouldly;
using static Gatehouse.Storage.Tests.Postgres.PostgresTestStores;

namespace Gatehouse.Storage.Tests.Postgres;

/// <summary>Connections break, servers stop, locks are held: what was not confirmed is never reported as done.</summary>
[Contract("HTT-112")]
public sealed class PostgresOutageTests
{
    // As the protocol sends it: READ COMMITTED is something else.
    private const string Commit = "COMMIT\0";

    [Fact]
    public async Task Commit_whose_answer_is_lost_is_not_reported_and_not_repeated()
    {
        await using var stores = await CreateAsync();
        await using var proxy = new CuttingProxy((await PostgresServers.ServerAsync()).Port);
        var (direct, through) = (stores.Open(), stores.Open(Through(stores, proxy)));
        var account = await AddAccountAsync(direct);
        await through.ProbeAsync(default);
        proxy.CutOnceAt(Commit, afterwards: true);

        var exception = await Should.ThrowAsync<StoreUnavailableException>(async () => await through.Sessions.CutOffAsync(account.Id, Event("cut"), default));

        exception.Message.ShouldContain("did not confirm");
        proxy.Cuts.ShouldBe(1);
        (await direct.Audit.ReadAsync(0, null, 100, default)).Count(audit => audit.Event == "cut").ShouldBe(1);
        (await through.Sessions.CutOffAsync(account.Id, Event("cut"), default)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(Commit, false)]
    [InlineData("UPDATE account", true)]
    public async Task Connection_that_breaks_before_the_commit_arrives_leaves_nothing_half_done(string at, bool isRepeated)
    {
        await using var stores = await CreateAsync();
        await using var proxy = new CuttingProxy((await PostgresServers.ServerAsync()).Port);
        var (direct, through) = (stores.Open(), stores.Open(Through(stores, proxy)));
        var account = await AddAccountAsync(direct);
        await through.ProbeAsync(default);
        proxy.CutOnceAt(at, afterwards: false);

        var change = async () => await through.Sessions.CutOffAsync(account.Id, Event("cut"), default);

        if (isRepeated)
        {
            (await change()).ShouldBeTrue();
        }
        else
        {
            // The node cannot know that the commit did not arrive.
            (await Should.ThrowAsync<StoreUnavailableException>(change)).Message.ShouldContain("did not confirm");
        }

        proxy.Cuts.ShouldBe(1);
        (await direct.Audit.ReadAsync(0, null, 100, default)).Count(audit => audit.Event == "cut").ShouldBe(isRepeated ? 1 : 0);
        ((await direct.Accounts.LoadAsync(account.Id, default))!.CutOff > account.CutOff).ShouldBe(isRepeated);
    }

    [Fact]
    public async Task Change_that_waits_longer_than_the_busy_time_is_given_up_and_not_done()
    {
        await using var stores = await CreateAsync(busySeconds: 1);
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        await using var holder = await stores.ConnectAsync();
        await using (var transaction = await holder.BeginTransactionAsync())
        {
            await ScalarAsync<long>(holder, $"SELECT id FROM account WHERE id = {account.Id} FOR UPDATE");

            (await Should.ThrowAsync<StoreUnavailableException>(async () => await store.Sessions.CutOffAsync(account.Id, Event(), default)))
                .Message.ShouldContain("Gatehouse:Store:BusySeconds");

            // Reads do not wait for writers, and sign-ins of others do not wait for this account.
            (await store.Accounts.LoadAsync(account.Id, default)).ShouldNotBeNull();
            await stores.SignInAsync(store, await AddAccountAsync(store, "bob"));
        }

        (await store.Accounts.LoadAsync(account.Id, default))!.CutOff.ShouldBe(account.CutOff);
        (await store.Sessions.CutOffAsync(account.Id, Event(), default)).ShouldBeTrue();
    }

    [Fact]
    public async Task Node_that_stops_in_the_middle_holds_its_locks_no_longer_than_the_busy_time()
    {
        await using var stores = await CreateAsync(busySeconds: 1);
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        await using var frozen = await store.Database.OpenAsync(default);
        await using var transaction = await frozen.BeginTransactionAsync();
        await ScalarAsync<long>(frozen, $"SELECT id FROM account WHERE id = {account.Id} FOR UPDATE");

        for (var tries = 1; ; tries++)
        {
            try
            {
                (await store.Sessions.CutOffAsync(account.Id, Event(), default)).ShouldBeTrue();
                return;
            }
            catch (StoreUnavailableException) when (tries < 5)
            {
                // Its second is not over.
            }
        }
    }

    [Fact]
    public async Task Server_that_crashes_is_unavailable_until_it_is_back_with_all_that_it_confirmed()
    {
        await using var server = await PostgresServer.StartAsync(durable: true);
        await using var stores = new PostgresTestStores(await server.CreateDatabaseAsync(), busySeconds: 2);
        var store = stores.Open();
        await store.MigrateAsync(default);
        var account = await AddAccountAsync(store);
        var (dead, live) = (await stores.SignInAsync(store, account), await stores.SignInAsync(store, account));
        await store.Sessions.EndAsync(dead.Id, stores.Clock.GetUtcNow(), Event(), default);

        await server.CrashAsync();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await store.Sessions.FindAsync(live.Token, default));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await store.Sessions.EndAsync(live.Id, stores.Clock.GetUtcNow(), Event(), default));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await store.ProbeAsync(default));
        await server.StartAgainAsync();

        await store.ProbeAsync(default);
        (await store.Sessions.FindAsync(dead.Token, default)).ShouldNotBeNull().Ended.ShouldNotBeNull();
        (await store.Sessions.FindAsync(live.Token, default)).ShouldNotBeNull().Ended.ShouldBeNull();
        (await stores.SignInAsync(store, account)).Sequence.ShouldBeGreaterThan(live.Sequence);
    }

    [Fact]
    public async Task Standby_that_is_promoted_takes_over_without_a_restart_of_the_node()
    {
        await using var primary = await PostgresServer.StartAsync(durable: true);
        var connection = await primary.CreateDatabaseAsync();
        await using var first = new PostgresTestStores(connection);
        await first.Open().MigrateAsync(default);
        await using var standby = await PostgresServer.FollowAsync(primary);
        var both = new NpgsqlConnectionStringBuilder(connection) { Host = $"127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}" };
        both.Remove("Port");
        await using var stores = new PostgresTestStores(both.ConnectionString, busySeconds: 10);
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        var before = await stores.SignInAsync(store, account);
        while (await standby.ExecuteAsync("SELECT count(*) FROM session", "test_1") != "1")
        {
            await Task.Delay(20);
        }

        await primary.StopAsync();
        await standby.PromoteAsync();
        var after = await stores.SignInAsync(store, account);

        after.Sequence.ShouldBeGreaterThan(before.Sequence);
        (await store.Sessions.FindAsync(before.Token, default)).ShouldNotBeNull();
        (await store.Sessions.CutOffAsync(account.Id, Event(), default)).ShouldBeTrue();
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Reader_of_the_feed_begins_anew_when_a_standby_took_over_that_lacked_the_end_and_has_passed_it_since()
    {
        await using var primary = await PostgresServer.StartAsync(durable: true);
        await using var first = new PostgresTestStores(await primary.CreateDatabaseAsync());
        await first.Open().MigrateAsync(default);
        await using var standby = await PostgresServer.FollowAsync(primary);
        var both = new NpgsqlConnectionStringBuilder(first.Connection) { Host = $"127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}" };
        both.Remove("Port");
        await using var stores = new PostgresTestStores(both.ConnectionString, busySeconds: 10);
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        while (await standby.ExecuteAsync("SELECT count(*) FROM account", "test_1") != "1")
        {
            await Task.Delay(20);
        }

        // More than the numbers that a sequence gives out ahead: the standby will give some of these once more.
        await standby.StopAsync();
        await CutOffAsync(40);
        var read = (await store.Changes.ReadAsync(0, default)).ShouldNotBeNull()[^1].Number;
        await primary.CrashAsync();
        await standby.StartAgainAsync();
        await standby.PromoteAsync();
        await CutOffAsync(60);

        (await store.Changes.GetLatestAsync(default)).ShouldBeGreaterThan(read);
        (await store.Changes.ReadAsync(read, default)).ShouldBeNull();
        (await store.Changes.ReadAsync(read, default)).ShouldNotBeNull();

        async Task CutOffAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                (await store.Sessions.CutOffAsync(account.Id, Event(), default)).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public async Task Standby_alone_is_unavailable_and_says_why()
    {
        await using var primary = await PostgresServer.StartAsync();
        await using var first = new PostgresTestStores(await primary.CreateDatabaseAsync());
        await first.Open().MigrateAsync(default);
        await using var standby = await PostgresServer.FollowAsync(primary);
        await using var stores = new PostgresTestStores(standby.ConnectionOf("test_1"), busySeconds: 1);

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await stores.Open().ProbeAsync(default))).Message.ShouldContain("read-only");
    }

    [Theory]
    [InlineData("Password=wrong secret", "refuses the user")]
    [InlineData("Database=nowhere", "no database of this name")]
    [InlineData("Port=1", "cannot be reached")]
    public async Task Server_that_cannot_be_asked_is_unavailable_and_its_password_is_not_shown(string wrong, string why)
    {
        await using var stores = await CreateAsync(busySeconds: 2);
        var store = stores.Open($"{stores.Connection};{wrong}");

        var exception = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.MigrateAsync(default));

        exception.Message.ShouldContain(why);
        exception.ToString().ShouldNotContain(PostgresServer.Password);
        exception.ToString().ShouldNotContain("wrong secret");
    }

    [Fact]
    public async Task Text_that_the_database_refuses_is_stored_all_the_same()
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        const string Hostile = "a\0b\ud800c";

        await store.Audit.AppendAsync([Event() with { Name = Hostile }], default);
        await store.Guesses.ChangeAsync(Hostile, Hostile, (account, source) => new GuessStep<bool>(account with { Count = 1 }, source with { Count = 1 }, true), default);

        (await store.Audit.ReadAsync(0, null, 10, default)).ShouldHaveSingleItem().Name.ShouldBe("a\uFFFDb\uFFFDc");
        (await store.Guesses.ReadAsync(Hostile, Hostile, default)).Account.Count.ShouldBe(1);
        (await store.Accounts.FindAsync(Hostile, default)).ShouldBeNull();
    }

    private static string Through(PostgresTestStores stores, CuttingProxy proxy) => $"{stores.Connection};Port={proxy.Port}";
}
