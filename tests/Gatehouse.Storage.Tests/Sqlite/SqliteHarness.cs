using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Storage.Tests.Conformance;
using Gatehouse.Testing;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>One SQLite file; each node has its own writer, as a process of its own would.</summary>
public sealed class SqliteHarness : StoreHarness
{
    private readonly TemporaryDirectory _directory = new();

    public string File => _directory.File("gatehouse.db");

    protected override IStore Create() => new SqliteStore(File, new StoreOptions { BusySeconds = 30 }, Clock);

    protected override ValueTask DeleteAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
