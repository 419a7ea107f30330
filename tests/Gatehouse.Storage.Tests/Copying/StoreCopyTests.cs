using Dapper;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Checking;
using Gatehouse.Storage.Copying;
using Gatehouse.Storage.Postgres;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Storage.Tests.Postgres;
using Gatehouse.Testing;
using Shouldly;
using static Gatehouse.Storage.Tests.Postgres.PostgresTestStores;

namespace Gatehouse.Storage.Tests.Copying;

/// <summary>A deployment moves from SQLite to PostgreSQL and back.</summary>
public sealed class StoreCopyTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private PostgresTestStores _postgres = null!;

    public async ValueTask InitializeAsync() => _postgres = await CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Everything_survives_the_way_there_and_back()
    {
        await using var source = await SqliteAsync("source");
        var (live, dead) = await FillAsync(source);
        var middle = _postgres.Open();
        await using var back = await SqliteAsync("back");

        var copied = (await StoreCopy.RunAsync(source, middle, new Nothing(), default)).ShouldNotBeNull();
        (await StoreCopy.RunAsync(middle, back, new Nothing(), default)).ShouldBe(copied);

        var expected = await RowsAsync(new SqliteCopyEnd(source.Database));
        foreach (var (table, rows) in await RowsAsync(new PostgresCopyEnd(middle.Database)))
        {
            rows.ShouldBe(expected[table], customMessage: table);
            rows.ShouldNotBeEmpty(table);
        }

        foreach (var (table, rows) in await RowsAsync(new SqliteCopyEnd(back.Database)))
        {
            rows.ShouldBe(expected[table], customMessage: table);
        }

        foreach (var store in new IStore[] { middle, back })
        {
            (await store.Sessions.FindAsync(live.Token, default)).ShouldNotBeNull().Ended.ShouldBeNull();
            (await store.Sessions.FindAsync(dead.Token, default)).ShouldNotBeNull().Ended.ShouldNotBeNull();

            // The tests' own server does not wait for its disk.
            (await StoreCheck.RunAsync(store, default)).Where(finding => finding.What != "fsync").ShouldAllBe(finding => !finding.IsFault);
        }
    }

    [Fact]
    [Contract("HTT-105")]
    public async Task Numbers_go_on_where_they_were_even_those_of_what_is_gone()
    {
        await using var source = await SqliteAsync("source");
        await FillAsync(source);
        var middle = _postgres.Open();
        await StoreCopy.RunAsync(source, middle, new Nothing(), default);
        await using var back = await SqliteAsync("back");
        await StoreCopy.RunAsync(middle, back, new Nothing(), default);
        var ids = new List<(long Account, long Sequence, long Change, long Counter)>();
        foreach (var store in new IStore[] { source, middle, back })
        {
            var account = await AddAccountAsync(store, "newcomer");
            var session = await _postgres.SignInAsync(store, account);
            await store.Sessions.EndAsync(session.Id, _postgres.Clock.GetUtcNow(), Event(), default);
            ids.Add((account.Id, session.Sequence, await store.Changes.GetLatestAsync(default), await store.ReserveAsync("oi", 1, default)));
        }

        ids.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Target_that_is_not_empty_is_left_as_it_is()
    {
        await using var source = await SqliteAsync("source");
        await FillAsync(source);
        var target = _postgres.Open();
        await AddAccountAsync(target, "somebody");

        (await StoreCopy.RunAsync(source, target, new Nothing(), default)).ShouldBeNull();

        (await target.Accounts.ListAsync(default)).ShouldHaveSingleItem().Name.ShouldBe("somebody");
    }

    [Fact]
    public async Task Nobody_changes_the_source_while_it_is_copied()
    {
        var source = _postgres.Open();
        var account = await AddAccountAsync(source);
        await using var target = await SqliteAsync("target");
        Task? change = null;
        var during = new Nothing(() => change ??= Task.Run(async () => await source.Sessions.CutOffAsync(account.Id, Event(), default)));

        await StoreCopy.RunAsync(source, target, during, default);
        await change.ShouldNotBeNull();

        (await target.Accounts.LoadAsync(account.Id, default))!.CutOff.ShouldBe(account.CutOff);
        (await source.Accounts.LoadAsync(account.Id, default))!.CutOff.ShouldBeGreaterThan(account.CutOff);
    }

    [Fact]
    public async Task Copy_that_is_given_up_leaves_the_target_empty()
    {
        await using var source = await SqliteAsync("source");
        await FillAsync(source);
        var target = _postgres.Open();
        using var cancellation = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(StoreCopy.RunAsync(source, target, new Nothing(cancellation.Cancel), cancellation.Token));

        (await StoreCopy.RunAsync(source, target, new Nothing(), default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task List_of_columns_is_that_of_both_schemas()
    {
        await using var sqlite = await SqliteAsync("source");
        await using var raw = await _postgres.ConnectAsync();
        foreach (var table in CopiedTable.All)
        {
            var columns = table.Columns.Select(column => column.Name).Order(StringComparer.Ordinal).ToList();
            (await raw.QueryAsync<string>("SELECT attname::text FROM pg_attribute WHERE attrelid = @name::regclass AND attnum > 0 AND NOT attisdropped", new { name = table.Name }))
                .Order(StringComparer.Ordinal).ToList().ShouldBe(columns, customMessage: table.Name);
            var local = sqlite.Database.Read(connection => connection.Query<string>(
                table == CopiedTable.Sessions
                    ? "SELECT name FROM pragma_table_info('session') UNION SELECT name FROM pragma_table_info('rotation') WHERE name <> 'session_id' UNION SELECT 'tenants'"
                    : $"SELECT replace(name, 'window', 'since') FROM pragma_table_info('{table.Name}')"));
            local.Order(StringComparer.Ordinal).ToList().ShouldBe(columns, customMessage: table.Name);
        }
    }

    [Fact]
    public async Task Check_finds_numbers_that_fell_behind()
    {
        var store = _postgres.Open();
        var account = await AddAccountAsync(store);
        await _postgres.SignInAsync(store, account);
        await using var raw = await _postgres.ConnectAsync();
        await raw.ExecuteAsync("SELECT setval('sign_in_order', 1)");

        (await StoreCheck.RunAsync(store, default)).ShouldContain(finding => finding.IsFault && finding.What == "sign_in_order");
    }

    private static async Task<Dictionary<string, List<string>>> RowsAsync(ICopySource source)
    {
        await using (source)
        {
            await source.BeginAsync(default);
            var all = new Dictionary<string, List<string>>(StringComparer.Ordinal);
            foreach (var table in CopiedTable.All)
            {
                var rows = await source.ReadAsync(table, default).Select(row => string.Join('|', row.Select(Text))).ToListAsync();
                all[table.Name] = [.. rows.Order(StringComparer.Ordinal)];
            }

            return all;
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "-",
        byte[] bytes => Convert.ToHexString(bytes),
        long[] numbers => string.Join(',', numbers),
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value}"),
    };

    private async Task<SqliteStore> SqliteAsync(string name)
    {
        var store = new SqliteStore(_directory.File(name), new StoreOptions(), _postgres.Clock);
        await store.MigrateAsync(default);
        return store;
    }

    /// <summary>Something in every table, and something that is gone.</summary>
    private async Task<(Session Live, Session Dead)> FillAsync(IStore store)
    {
        var now = _postgres.Clock.GetUtcNow();
        var tenant = (await store.Tenants.AddAsync("North", "north", "id", hidden: true, Event(), default)).ShouldNotBeNull();
        var (alice, gone) = (await AddAccountAsync(store), await AddAccountAsync(store, "gone"));
        await store.Accounts.GrantAsync(alice.Id, Roles.Global, [tenant.Id], Event(), default);
        await store.Accounts.SyncAsync(new ExternalAccount("Bob", "bob", "ldap", "uid=bob", Roles.Client, ["north"]), _ => Event(), default);
        await store.Accounts.RemoveAsync(gone.Id, Event(), default);
        await store.Accounts.SetBootstrapAsync(Bootstrap.Done, default);
        await store.Sessions.CutOffAsync(null, Event(), default);
        await store.Guesses.ChangeAsync(
            "alice",
            "192.0.2.1",
            (_, _) => new GuessStep<bool>(new Core.Guessing.AccountGuesses(3, now, DateTimeOffset.MaxValue, now), new Core.Guessing.SourceGuesses(4, now), true),
            default);
        await store.Keys.ReplaceAsync("ring", [], [new StoredKey("k", "ring", now, now, null, now, [1, 2, 255])], default);
        await store.ReserveAsync("oi", 256, default);
        var family = PublicId.New(now);
        var refresh = _postgres.NewSession(alice) with { Kind = SessionKind.Refresh, Family = family, Tenants = [tenant.Id], Label = "Ünicode" };
        await store.Sessions.AddFamilyAsync([_postgres.NewSession(alice) with { Family = family }, refresh], new SessionConditions(), _ => Event(), default);
        Session[] next = [_postgres.NewSession(alice) with { Family = family }, _postgres.NewSession(alice) with { Kind = SessionKind.Refresh, Family = family }];
        await store.Sessions.RotateAsync(new Rotation(refresh.Token, next, [7, 8], now, TimeSpan.FromSeconds(30)), _ => Event(), default);
        await store.Sessions.AddAsync(_postgres.NewSession(alice) with { Seat = "one" }, new SessionConditions { SeatRule = SeatRule.TakeOver }, _ => Event(), default);
        await store.Sessions.AddAsync(_postgres.NewSession(alice) with { Seat = "two" }, new SessionConditions { SeatRule = SeatRule.TakeOver }, _ => Event(), default);
        var (live, dead) = (await _postgres.SignInAsync(store, alice), await _postgres.SignInAsync(store, alice));
        await store.Sessions.EndAsync(dead.Id, now, Event(), default);
        return (live, dead);
    }

    private sealed class Nothing(Action? also = null) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => also?.Invoke();
    }
}
