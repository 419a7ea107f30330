using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

public abstract class GuessStoreConformance(StoreHarness harness) : StoreConformance(harness)
{
    private const string Source = "192.0.2.7";

    [Fact]
    public async Task Read_of_what_nobody_guessed_is_zero()
    {
        var (account, source) = await Store.Guesses.ReadAsync("nobody", Source, default);

        account.ShouldBe(default);
        source.ShouldBe(default);
    }

    [Fact]
    [Contract("HTT-98")]
    public async Task Counts_delays_and_locks_survive_a_restart()
    {
        var guesses = new AccountGuesses(12, Now.AddSeconds(40), Now.AddHours(1), Now);
        var window = new SourceGuesses(31, Now.AddSeconds(-3));
        await SetAsync("alice", guesses, window);

        await RestartAsync();

        (await Store.Guesses.ReadAsync("alice", Source, default)).ShouldBe((guesses, window));
    }

    [Fact]
    public async Task Endless_lock_reads_back_endless()
    {
        var account = await AddAccountAsync();
        await SetAsync("alice", new AccountGuesses(100, null, DateTimeOffset.MaxValue, Now), default);

        (await Store.Guesses.ReadAsync("alice", Source, default)).Account.LockedUntil.ShouldBe(DateTimeOffset.MaxValue);
        (await LoadAsync(account)).LockedUntil.ShouldBe(DateTimeOffset.MaxValue);
    }

    [Fact]
    [Contract("HTT-92", "HTT-98")]
    public async Task Steps_on_two_nodes_at_once_lose_nothing()
    {
        var other = await OpenAnotherAsync();

        var seen = await AtOnceAsync(40, async i => await (i % 2 == 0 ? Store : other).Guesses.ChangeAsync("alice", Source, Count, default));

        seen.Order().ShouldBe(Enumerable.Range(1, 40));
        var (account, source) = await other.Guesses.ReadAsync("alice", Source, default);
        (account.Count, source.Count).ShouldBe((40, 40));
    }

    [Fact]
    public async Task Steps_of_different_keys_from_one_source_at_once_lose_nothing_of_the_source()
    {
        var other = await OpenAnotherAsync();

        await AtOnceAsync(20, async i => await (i % 2 == 0 ? Store : other).Guesses.ChangeAsync($"name-{i}", Source, Count, default));

        (await Store.Guesses.ReadAsync("name-3", Source, default)).Source.Count.ShouldBe(20);
    }

    [Fact]
    public async Task Step_back_to_zero_leaves_nothing_behind()
    {
        await SetAsync("alice", new AccountGuesses(3, null, null, Now), new SourceGuesses(3, Now));

        await SetAsync("alice", new AccountGuesses(0, null, null, Now), new SourceGuesses(0, Now));

        var (account, source) = await Store.Guesses.ReadAsync("alice", Source, default);
        account.ShouldBe(default);
        source.ShouldBe(default);
    }

    [Fact]
    public async Task Step_that_announces_names_the_account_and_writes_its_audit_row()
    {
        var account = await AddAccountAsync();
        IReadOnlyList<(ChangeKind, string)> announced = [];

        var audited = await AuditedByAsync(async () => announced = await AnnouncedByAsync(async () => await Store.Guesses.ChangeAsync(
            "alice",
            Source,
            (guesses, source) => new GuessStep<bool>(guesses with { Count = 100, LockedUntil = Now.AddHours(1), Touched = Now }, source, true, Event(AuditEvents.Lock), Announce: true),
            default)));

        announced.ShouldBe([(ChangeKind.Account, Subject(account))]);
        audited.ShouldHaveSingleItem().Event.ShouldBe(AuditEvents.Lock);
        (await LoadAsync(account)).LockedUntil.ShouldBe(Now.AddHours(1));
        (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull().Account.LockedUntil.ShouldBe(Now.AddHours(1));
        (await Store.Accounts.ListAsync(default)).ShouldHaveSingleItem().LockedUntil.ShouldBe(Now.AddHours(1));
    }

    [Fact]
    [Contract("HTT-96")]
    public async Task Step_that_announces_an_unknown_name_announces_nothing()
    {
        var announced = await AnnouncedByAsync(async () => await Store.Guesses.ChangeAsync(
            "nobody", Source, (guesses, source) => new GuessStep<bool>(guesses with { Count = 100, LockedUntil = Now.AddHours(1) }, source, true, Event(AuditEvents.Lock), Announce: true), default));

        announced.ShouldBeEmpty();
        (await AuditAsync()).ShouldHaveSingleItem().Event.ShouldBe(AuditEvents.Lock);
    }

    [Fact]
    public async Task Step_that_throws_changes_nothing_and_its_fault_reaches_the_caller()
    {
        await Should.ThrowAsync<InvalidTimeZoneException>(async () =>
            await Store.Guesses.ChangeAsync<int>("alice", Source, (_, _) => throw new InvalidTimeZoneException(), default));

        (await Store.Guesses.ChangeAsync("alice", Source, Count, default)).ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-95")]
    public async Task Clear_forgets_the_key_is_announced_and_audited()
    {
        var account = await AddAccountAsync();
        await SetAsync("alice", new AccountGuesses(100, Now.AddSeconds(5), DateTimeOffset.MaxValue, Now), new SourceGuesses(5, Now));
        IReadOnlyList<(ChangeKind, string)> announced = [];

        var audited = await AuditedByAsync(async () => announced = await AnnouncedByAsync(async () => await Store.Guesses.ClearAsync("alice", Event(AuditEvents.Unlock), default)));

        var (guesses, source) = await Store.Guesses.ReadAsync("alice", Source, default);
        guesses.ShouldBe(default);
        source.Count.ShouldBe(5);
        announced.ShouldBe([(ChangeKind.Account, Subject(account))]);
        audited.ShouldHaveSingleItem().Event.ShouldBe(AuditEvents.Unlock);
        (await LoadAsync(account)).LockedUntil.ShouldBeNull();
    }

    [Fact]
    public async Task Removed_account_takes_its_count_along()
    {
        var account = await AddAccountAsync();
        await SetAsync("alice", new AccountGuesses(100, null, DateTimeOffset.MaxValue, Now), default);

        await Store.Accounts.RemoveAsync(account.Id, Event(), default);

        (await Store.Guesses.ReadAsync("alice", Source, default)).Account.ShouldBe(default);
    }

    [Fact]
    [Contract("HTT-96")]
    public async Task Purge_forgets_old_windows_and_unknown_names_but_no_account()
    {
        await AddAccountAsync("alice");
        await Store.Guesses.ChangeAsync("alice", "source-1", Count, default);
        await Store.Guesses.ChangeAsync("unknown-1", "source-1", Count, default);
        var between = Now.AddSeconds(1);
        Clock.Advance(TimeSpan.FromSeconds(2));
        await Store.Guesses.ChangeAsync("unknown-2", "source-2", Count, default);

        await Store.Guesses.PurgeAsync(between, between, limit: 100, default);

        (await Store.Guesses.ReadAsync("alice", "source-1", default)).ShouldBe((new AccountGuesses(1, null, null, between.AddSeconds(-1)), default));
        (await Store.Guesses.ReadAsync("unknown-1", "source-1", default)).Account.ShouldBe(default);
        var (young, window) = await Store.Guesses.ReadAsync("unknown-2", "source-2", default);
        (young.Count, window.Count).ShouldBe((1, 1));
    }

    [Fact]
    [Contract("HTT-96")]
    public async Task Purge_keeps_the_latest_of_too_many_unknown_names()
    {
        await AddAccountAsync("alice");
        foreach (var name in new[] { "alice", "unknown-1", "unknown-2", "unknown-3" })
        {
            await Store.Guesses.ChangeAsync(name, Source, Count, default);
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Store.Guesses.PurgeAsync(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, limit: 2, default);

        (await Store.Guesses.ReadAsync("unknown-1", Source, default)).Account.Count.ShouldBe(0);
        (await Store.Guesses.ReadAsync("unknown-2", Source, default)).Account.Count.ShouldBe(1);
        (await Store.Guesses.ReadAsync("unknown-3", Source, default)).Account.Count.ShouldBe(1);
        (await Store.Guesses.ReadAsync("alice", Source, default)).Account.Count.ShouldBe(1);
    }

    private GuessStep<int> Count(AccountGuesses account, SourceGuesses source) => new(
        account with { Count = account.Count + 1, Touched = Now },
        new SourceGuesses(source.Count + 1, source.Count == 0 ? Now : source.WindowStart),
        account.Count + 1);

    private async Task SetAsync(string key, AccountGuesses account, SourceGuesses source) =>
        await Store.Guesses.ChangeAsync(key, Source, (_, _) => new GuessStep<bool>(account, source, true), default);
}
