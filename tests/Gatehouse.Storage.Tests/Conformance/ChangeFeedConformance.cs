using Gatehouse.Core.Stores;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

public abstract class ChangeFeedConformance(StoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Feed_of_a_new_store_is_empty()
    {
        (await Store.Changes.GetLatestAsync(default)).ShouldBe(0);
        (await Store.Changes.ReadAsync(0, default)).ShouldNotBeNull().ShouldBeEmpty();
    }

    [Fact]
    public async Task Entries_of_another_node_are_read_once_and_in_their_order()
    {
        var other = await OpenAnotherAsync();
        var account = await AddAccountAsync();
        var start = await Store.Changes.GetLatestAsync(default);
        (await Store.Changes.ReadAsync(start, default)).ShouldNotBeNull().ShouldBeEmpty();

        await other.Accounts.SetEnabledAsync(account.Id, enabled: false, Event(), default);
        await other.Sessions.CutOffAsync(null, Event(), default);

        var changes = (await Store.Changes.ReadAsync(start, default)).ShouldNotBeNull();
        changes.Select(change => change.Kind).ShouldBe([ChangeKind.Account, ChangeKind.Everything]);
        changes.Select(change => change.Number).ShouldBeInOrder();
        (await Store.Changes.ReadAsync(changes[^1].Number, default)).ShouldNotBeNull().ShouldBeEmpty();
        (await Store.Changes.GetLatestAsync(default)).ShouldBe(changes[^1].Number);
    }

    [Fact]
    public async Task Entries_can_be_read_again_from_an_earlier_place()
    {
        var account = await AddAccountAsync();
        var start = await Store.Changes.GetLatestAsync(default);
        await Store.Sessions.CutOffAsync(account.Id, Event(), default);

        var first = (await Store.Changes.ReadAsync(start, default)).ShouldNotBeNull();
        await Store.Changes.ReadAsync(first[^1].Number, default);

        (await Store.Changes.ReadAsync(start, default)).ShouldBe(first);
    }

    [Fact]
    public async Task Feed_of_which_something_unread_was_purged_is_null()
    {
        var account = await AddAccountAsync();
        var start = await Store.Changes.GetLatestAsync(default);
        await Store.Sessions.CutOffAsync(account.Id, Event(), default);
        var purged = await Store.Changes.GetLatestAsync(default);
        Clock.Advance(TimeSpan.FromHours(1));
        await Store.Sessions.CutOffAsync(account.Id, Event(), default);

        await Store.Changes.PurgeAsync(Now, default);

        (await Store.Changes.ReadAsync(start, default)).ShouldBeNull();
        (await Store.Changes.ReadAsync(purged, default)).ShouldNotBeNull().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Latest_does_not_go_back_when_all_is_purged()
    {
        var account = await AddAccountAsync();
        await Store.Sessions.CutOffAsync(account.Id, Event(), default);
        var latest = await Store.Changes.GetLatestAsync(default);
        Clock.Advance(TimeSpan.FromHours(1));
        await Store.Changes.PurgeAsync(Now, default);
        await RestartAsync();

        (await Store.Changes.GetLatestAsync(default)).ShouldBe(latest);
        (await Store.Changes.ReadAsync(latest, default)).ShouldNotBeNull().ShouldBeEmpty();
        await Store.Sessions.CutOffAsync(account.Id, Event(), default);
        (await Store.Changes.ReadAsync(latest, default)).ShouldNotBeNull().ShouldHaveSingleItem().Number.ShouldBeGreaterThan(latest);
    }

    [Fact]
    public async Task Purge_of_what_is_young_deletes_nothing()
    {
        var account = await AddAccountAsync();
        await Store.Sessions.CutOffAsync(account.Id, Event(), default);

        await Store.Changes.PurgeAsync(Now, default);

        (await Store.Changes.ReadAsync(0, default)).ShouldNotBeNull().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Changes_of_two_nodes_at_once_are_all_in_the_feed()
    {
        var account = await AddAccountAsync();
        var other = await OpenAnotherAsync();
        var start = await Store.Changes.GetLatestAsync(default);

        await AtOnceAsync(20, async i => await (i % 2 == 0 ? Store : other).Sessions.CutOffAsync(account.Id, Event(), default));

        (await Store.Changes.ReadAsync(start, default)).ShouldNotBeNull().Count.ShouldBe(20);
        (await other.Changes.ReadAsync(start, default)).ShouldNotBeNull().Count.ShouldBe(20);
    }

    [Fact]
    public async Task Wait_ends_by_cancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var waiting = Store.Changes.WaitAsync(TimeSpan.FromDays(1), cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }

    [Fact]
    public async Task Probe_writes_and_announces_nothing() =>
        (await AnnouncedByAsync(async () => await Store.ProbeAsync(default))).ShouldBeEmpty();
}
