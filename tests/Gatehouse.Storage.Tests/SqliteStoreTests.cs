using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests;

public sealed class SqliteStoreTests
{
    [Fact]
    public async Task Migrate_twice_is_the_same_as_once()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new SqliteStore(directory.File("gatehouse.db"), new StoreOptions(), TimeProvider.System);

        await store.MigrateAsync(default);
        await store.MigrateAsync(default);

        (await store.Accounts.ListAsync(default)).ShouldBeEmpty();
    }
}
