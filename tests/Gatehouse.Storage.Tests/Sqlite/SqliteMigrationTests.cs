using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

public sealed class SqliteMigrationTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteTestFile _file;

    public SqliteMigrationTests() => _file = new SqliteTestFile(_directory.File("gatehouse.db"));

    [Fact]
    public async Task Migrate_twice_is_the_same_as_once()
    {
        var store = await _file.OpenAsync();
        await SqliteTestFile.AddAsync(store, "alice");

        await store.MigrateAsync(default);

        (await SqliteTestFile.NamesAsync(store)).ShouldBe(["alice"]);
    }

    [Fact]
    public async Task Migrate_by_several_at_once_makes_the_schema_once()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var file = new SqliteTestFile(_directory.File($"round-{round}.db"));
            var stores = Enumerable.Range(0, 8).Select(_ => file.Store()).ToArray();
            using var start = new Barrier(stores.Length);

            await Task.WhenAll(stores.Select(store => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return store.MigrateAsync(default).AsTask();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));

            (await SqliteTestFile.AddAsync(stores[round], "alice")).ShouldNotBeNull();
            (await SqliteTestFile.NamesAsync(stores[7 - round])).ShouldBe(["alice"]);
        }
    }

    [Fact]
    public async Task Stores_that_come_and_go_at_once_do_not_get_in_each_others_way()
    {
        await using (var first = await _file.OpenAsync())
        {
            await SqliteTestFile.AddAsync(first, "alice");
        }

        // As two commands would without a server: the last to close folds the write-ahead log into the file.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await using var file = new SqliteTestFile(_file.Path);
                var store = await file.OpenAsync();
                (await SqliteTestFile.NamesAsync(store)).ShouldContain("alice");
                (await SqliteTestFile.AddAsync(store, $"account-{caller}-{i}")).ShouldNotBeNull();
            }
        })));

        (await SqliteTestFile.NamesAsync(await _file.OpenAsync())).Count.ShouldBe(101);
    }

    [Fact]
    public async Task Store_of_a_newer_program_is_refused_and_left_alone()
    {
        await (await _file.OpenAsync()).DisposeAsync();
        await using (var connection = _file.Connect())
        {
            SqliteTestFile.Execute(connection, "PRAGMA user_version = 9999");
        }

        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => _file.OpenAsync());

        exception.Message.ShouldContain("schema 9999");
        exception.Message.ShouldContain("newer program");
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _directory.Dispose();
    }
}
