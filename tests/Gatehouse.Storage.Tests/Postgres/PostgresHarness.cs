using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Storage.Tests.Conformance;
using Gatehouse.Storage.Tests.Postgres;

[assembly: AssemblyFixture(typeof(PostgresServers))]

namespace Gatehouse.Storage.Tests.Postgres;

/// <summary>One PostgreSQL database; each node has its own connections, as a process of its own would.</summary>
public sealed class PostgresHarness : StoreHarness
{
    public string Connection { get; private set; } = "";

    protected override async ValueTask PrepareAsync() => Connection = await PostgresServers.DatabaseAsync();

    protected override IStore Create() => new PostgresStore(new StoreOptions { Connection = Connection, BusySeconds = 30 }, Clock);

    // The whole server goes when the tests are done.
    protected override ValueTask DeleteAsync() => ValueTask.CompletedTask;
}
