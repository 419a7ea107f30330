using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;

namespace Gatehouse.Core.Tests.Support;

/// <summary>A store in a directory of its own, on a clock that stands still; as many nodes on it as a test opens.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<SqliteStore> _open = [];

    public string File => _directory.File("gatehouse.db");

    public ManualClock Clock { get; } = new();

    public async Task<SqliteStore> OpenAsync()
    {
        var store = new SqliteStore(File, new StoreOptions { BusySeconds = 30 }, Clock);
        _open.Add(store);
        await store.MigrateAsync(default);
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _open)
        {
            await store.DisposeAsync();
        }

        _directory.Dispose();
    }
}
