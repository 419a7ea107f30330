using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests;

public sealed class RunningNumbersTests
{
    [Fact]
    [Contract("OI-43")]
    public async Task Next_on_two_nodes_and_after_a_restart_never_repeats()
    {
        using var directory = new TemporaryDirectory();
        var drawn = new List<long>();
        for (var start = 0; start < 2; start++)
        {
            await using var store = new SqliteStore(directory.File("gatehouse.db"), new StoreOptions(), TimeProvider.System);
            await store.MigrateAsync(default);
            RunningNumbers[] nodes = [new(store), new(store)];
            drawn.AddRange(await Task.WhenAll(Enumerable.Range(0, 3 * RunningNumbers.BlockSize).Select(i => Task.Run(async () => await nodes[i % 2].NextAsync("x", default)))));
        }

        drawn.Distinct().Count().ShouldBe(drawn.Count);
        drawn.Min().ShouldBe(1);
    }
}
