using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>Another process holds the write lock.</summary>
[Contract("HTT-112")]
public sealed class SqliteBusyTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteTestFile _file;

    public SqliteBusyTests() => _file = new SqliteTestFile(_directory.File("gatehouse.db"));

    [Fact]
    public async Task Change_of_a_store_that_stays_locked_is_given_up_and_not_done_later()
    {
        var store = await _file.OpenAsync(busySeconds: 1);
        await using (_file.Lock())
        {
            var exception = await Should.ThrowAsync<StoreUnavailableException>(() => SqliteTestFile.AddAsync(store, "alice"));
            exception.Message.ShouldContain("Gatehouse:Store:BusySeconds");
        }

        (await SqliteTestFile.AddAsync(store, "bob")).ShouldNotBeNull();

        (await SqliteTestFile.NamesAsync(store)).ShouldBe(["bob"]);
        (await store.Audit.ReadAsync(0, null, 10, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Change_waits_for_a_lock_that_goes_in_time()
    {
        var store = await _file.OpenAsync();
        Task<Core.Accounts.Account?> change;
        await using (_file.Lock())
        {
            change = SqliteTestFile.AddAsync(store, "alice");
            await Task.Delay(100);
            change.IsCompleted.ShouldBeFalse();
        }

        (await change).ShouldNotBeNull();
    }

    [Fact]
    public async Task Changes_that_wait_together_are_all_done_when_the_lock_goes()
    {
        var store = await _file.OpenAsync();
        Task<Core.Accounts.Account?>[] changes;
        await using (_file.Lock())
        {
            changes = [.. Enumerable.Range(0, 300).Select(i => SqliteTestFile.AddAsync(store, $"account-{i:d3}"))];
        }

        (await Task.WhenAll(changes)).ShouldAllBe(account => account != null);
        (await SqliteTestFile.NamesAsync(store)).Count.ShouldBe(300);
    }

    [Fact]
    public async Task Reads_go_on_while_the_store_is_locked()
    {
        var store = await _file.OpenAsync();
        await SqliteTestFile.AddAsync(store, "alice");
        await using var locked = _file.Lock();
        SqliteTestFile.Execute(locked, "UPDATE account SET name = 'not committed'");

        (await SqliteTestFile.NamesAsync(store)).ShouldBe(["alice"]);
        (await store.Changes.ReadAsync(0, default)).ShouldNotBeNull();
        (await store.Sessions.ListAsync(new SessionFilter(), default, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Migration_of_a_store_that_is_up_to_date_waits_for_nobody()
    {
        await _file.OpenAsync();
        await using var locked = _file.Lock();

        await _file.OpenAsync(busySeconds: 1);
    }

    [Fact]
    public async Task Probe_of_a_store_that_stays_locked_fails()
    {
        var store = await _file.OpenAsync(busySeconds: 1);
        await using var locked = _file.Lock();

        await Should.ThrowAsync<StoreUnavailableException>(() => store.ProbeAsync(default).AsTask());
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _directory.Dispose();
    }
}
