using Gatehouse.Core.Stores;
using Gatehouse.Testing.Servers;
using Npgsql;
using Shouldly;
using static Gatehouse.Storage.Tests.Postgres.PostgresTestStores;

namespace Gatehouse.Storage.Tests.Postgres;

public sealed class PostgresMigrationTests
{
    [Fact]
    public async Task Nodes_that_start_at_once_on_an_empty_database_make_the_schema_once()
    {
        var server = await PostgresServers.ServerAsync();
        await using var stores = new PostgresTestStores(await server.CreateDatabaseAsync());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await stores.Open().MigrateAsync(default))));

        await using var raw = await stores.ConnectAsync();
        (await ScalarAsync<long>(raw, "SELECT count(*) FROM gatehouse_schema")).ShouldBe(Storage.Postgres.PostgresMigrations.Latest);
        (await AddAccountAsync(stores.Open())).Id.ShouldBe(1);
    }

    [Fact]
    public async Task Program_beside_a_newer_schema_that_only_adds_keeps_working()
    {
        await using var stores = await CreateAsync();
        await using var raw = await stores.ConnectAsync();
        await ExecuteAsync(raw, "INSERT INTO gatehouse_schema (number, works_with) VALUES (900, 1); ALTER TABLE account ADD COLUMN newer text");

        var store = stores.Open();
        await store.MigrateAsync(default);

        (await stores.SignInAsync(store, await AddAccountAsync(store))).Sequence.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Program_that_the_newer_schema_would_break_refuses_clearly()
    {
        await using var stores = await CreateAsync();
        await using var raw = await stores.ConnectAsync();
        await ExecuteAsync(raw, "INSERT INTO gatehouse_schema (number, works_with) VALUES (901, 901)");

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await stores.Open().MigrateAsync(default))).Message.ShouldContain("run the newer program that made it");
    }

    [Fact]
    public async Task Database_in_another_encoding_is_refused()
    {
        var server = await PostgresServers.ServerAsync();
        await server.ExecuteAsync("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        await using var stores = new PostgresTestStores(server.ConnectionOf("latin"));

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await stores.Open().MigrateAsync(default))).Message.ShouldContain("--encoding=UTF8");
    }

    [Fact]
    public async Task Audit_of_a_month_lands_in_its_partition_and_goes_with_it()
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        var start = stores.Clock.GetUtcNow();
        await store.Audit.AppendAsync([Event("old") with { Time = start }, Event("stray") with { Time = start.AddYears(-9) }], default);
        await using var raw = await stores.ConnectAsync();
        (await ScalarAsync<string>(raw, "SELECT string_agg(tableoid::regclass::text, ' ' ORDER BY number) FROM audit")).ShouldBe("audit_202605 audit_other");

        stores.Clock.Advance(TimeSpan.FromDays(500));
        await store.Audit.AppendAsync([Event("young") with { Time = stores.Clock.GetUtcNow() }], default);
        while (await store.Audit.PurgeAsync(stores.Clock.GetUtcNow().AddDays(-400), 1, default) == 1)
        {
        }

        (await store.Audit.ReadAsync(0, null, 10, default)).Select(audit => audit.Event).ShouldBe(["young"]);
        (await ScalarAsync<string>(raw, "SELECT string_agg(c.relname, ' ' ORDER BY 1) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit'::regclass"))
            .ShouldNotContain("audit_202605");
    }

    [Fact]
    public async Task Housekeeping_does_not_wait_for_a_reader_nor_make_a_sign_in_wait()
    {
        await using var stores = await CreateAsync(busySeconds: 5);
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        await using var reader = await stores.ConnectAsync();
        await using var transaction = await reader.BeginTransactionAsync();
        await ScalarAsync<long>(reader, "SELECT count(*) FROM audit");
        stores.Clock.Advance(TimeSpan.FromDays(800));

        (await store.Audit.PurgeAsync(stores.Clock.GetUtcNow().AddDays(-400), 10, default)).ShouldBe(1);
        await stores.SignInAsync(store, account);
        await transaction.CommitAsync();
    }

    [Fact]
    public async Task Purge_of_sessions_passes_by_what_somebody_works_on()
    {
        await using var stores = await CreateAsync(busySeconds: 5);
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        var (held, free) = (await stores.SignInAsync(store, account), await stores.SignInAsync(store, account));
        await using var holder = await stores.ConnectAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await ScalarAsync<long>(holder, $"SELECT sequence FROM session WHERE sequence = {held.Sequence} FOR UPDATE");
        stores.Clock.Advance(TimeSpan.FromDays(1));

        (await store.Sessions.PurgeAsync(stores.Clock.GetUtcNow(), 10, default)).ShouldBe(1);
        await transaction.RollbackAsync();

        (await store.Sessions.FindAsync(free.Token, default)).ShouldBeNull();
        (await store.Sessions.FindAsync(held.Token, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Schema_can_be_made_in_a_schema_of_its_own_by_a_user_without_privileges()
    {
        var server = await PostgresServers.ServerAsync();
        await using var owner = new PostgresTestStores(await server.CreateDatabaseAsync());
        await using var raw = await owner.ConnectAsync();
        await ExecuteAsync(raw, "CREATE ROLE plain LOGIN PASSWORD 'plain secret'; CREATE SCHEMA gate AUTHORIZATION plain");
        await using var stores = new PostgresTestStores($"{owner.Connection};Username=plain;Password=plain secret;Search Path=gate");

        var store = stores.Open();
        await store.MigrateAsync(default);

        (await AddAccountAsync(store)).Id.ShouldBe(1);
        (await ScalarAsync<long>(raw, "SELECT count(*) FROM gate.account")).ShouldBe(1);
    }

    private static async Task ExecuteAsync(NpgsqlConnection raw, string sql)
    {
        await using var command = new NpgsqlCommand(sql, raw);
        await command.ExecuteNonQueryAsync();
    }
}
