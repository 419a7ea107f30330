using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

public abstract class KeyStoreConformance(StoreHarness harness) : StoreConformance(harness)
{
    private const string Purpose = "oauth";

    [Fact]
    [Contract("HTT-170")]
    public async Task Keys_survive_a_restart_oldest_first()
    {
        var young = Key("a young one", Now.AddDays(1));
        var old = Key("b old one", Now) with { Retired = Now.AddDays(1), Dead = Now.AddDays(2) };
        (await Store.Keys.ReplaceAsync(Purpose, [], [young, old], default)).ShouldBeTrue();

        await RestartAsync();

        var keys = await Store.Keys.ListAsync(Purpose, default);
        keys.Select(key => key with { Material = [] }).ShouldBe([old with { Material = [] }, young with { Material = [] }]);
        keys.ShouldAllBe(key => key.Material.Length == 3);
    }

    [Fact]
    public async Task Replace_deletes_what_is_missing_and_announces_the_ring()
    {
        await Store.Keys.ReplaceAsync(Purpose, [], [Key("1", Now), Key("2", Now)], default);

        var announced = await AnnouncedByAsync(async () => (await Store.Keys.ReplaceAsync(Purpose, ["2", "1"], [Key("2", Now), Key("3", Now)], default)).ShouldBeTrue());

        (await Store.Keys.ListAsync(Purpose, default)).Select(key => key.Id).ShouldBe(["2", "3"]);
        announced.ShouldBe([(ChangeKind.Keys, Purpose)]);
    }

    [Fact]
    public async Task Replace_of_a_ring_that_changed_meanwhile_is_false_and_changes_nothing()
    {
        await Store.Keys.ReplaceAsync(Purpose, [], [Key("1", Now)], default);

        var announced = await AnnouncedByAsync(async () => (await Store.Keys.ReplaceAsync(Purpose, [], [Key("2", Now)], default)).ShouldBeFalse());

        announced.ShouldBeEmpty();
        (await Store.Keys.ListAsync(Purpose, default)).Select(key => key.Id).ShouldBe(["1"]);
    }

    [Fact]
    [Contract("HTT-170")]
    public async Task Replace_on_two_nodes_at_once_is_done_by_one()
    {
        var other = await OpenAnotherAsync();

        var done = await AtOnceAsync(8, async i => await (i % 2 == 0 ? Store : other).Keys.ReplaceAsync(Purpose, [], [Key($"{i}", Now)], default));

        done.Count(won => won).ShouldBe(1);
        (await Store.Keys.ListAsync(Purpose, default)).ShouldHaveSingleItem().Id.ShouldBe($"{Array.IndexOf(done, true)}");
    }

    [Fact]
    public async Task Rings_do_not_see_each_other()
    {
        await Store.Keys.ReplaceAsync(Purpose, [], [Key("1", Now)], default);
        await Store.Keys.ReplaceAsync("assertions", [], [Key("2", Now) with { Purpose = "assertions" }], default);

        (await Store.Keys.ListAsync(Purpose, default)).Select(key => key.Id).ShouldBe(["1"]);
        (await Store.Keys.ListAsync("nothing", default)).ShouldBeEmpty();
    }

    private StoredKey Key(string id, DateTimeOffset active) => new(id, Purpose, Now, active, null, null, [1, 2, 3]);
}
