using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>Changes that share a transaction.</summary>
public sealed class SqliteWriterTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteTestFile _file;

    public SqliteWriterTests() => _file = new SqliteTestFile(_directory.File("gatehouse.db"));

    [Fact]
    public async Task Change_that_fails_takes_nothing_of_its_batch_along()
    {
        var store = await _file.OpenAsync();
        Task before, failing, after;
        await using (_file.Lock())
        {
            // All three wait for the lock: one batch.
            before = SqliteTestFile.AddAsync(store, "alice");
            failing = store.Guesses.ChangeAsync<int>("alice", "source", (_, _) => throw new InvalidTimeZoneException(), default).AsTask();
            after = SqliteTestFile.AddAsync(store, "bob");
            await Task.Delay(50);
        }

        await before;
        await after;
        await Should.ThrowAsync<InvalidTimeZoneException>(failing);
        (await SqliteTestFile.NamesAsync(store)).ShouldBe(["alice", "bob"]);
    }

    [Fact]
    public async Task Change_that_fails_half_way_leaves_no_half()
    {
        var store = await _file.OpenAsync();
        var audit = SqliteTestFile.Event();

        // The account's row is written before the audit row that cannot be.
        await Should.ThrowAsync<Exception>(() => store.Accounts.AddAsync(SqliteTestFile.NewAccount("alice"), audit with { Event = null! }, default).AsTask());

        (await SqliteTestFile.NamesAsync(store)).ShouldBeEmpty();
        (await SqliteTestFile.AddAsync(store, "alice")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Changes_of_one_caller_are_made_in_their_order()
    {
        var store = await _file.OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            store.Audit.AppendAsync([SqliteTestFile.Event() with { Event = AuditEvents.Access, Reason = $"{i}" }], default).AsTask()));

        (await store.Audit.ReadAsync(0, null, 500, default)).Select(audit => audit.Reason).ShouldBe(Enumerable.Range(0, 200).Select(i => $"{i}"));
    }

    [Fact]
    public async Task Change_after_the_store_was_closed_is_unavailable()
    {
        var store = await _file.OpenAsync();
        await store.DisposeAsync();

        await Should.ThrowAsync<StoreUnavailableException>(() => SqliteTestFile.AddAsync(store, "alice"));
    }

    [Fact]
    public async Task Close_finishes_what_was_handed_over()
    {
        var store = await _file.OpenAsync();
        var changes = Enumerable.Range(0, 50).Select(i => SqliteTestFile.AddAsync(store, $"account-{i}")).ToArray();

        await store.DisposeAsync();

        (await Task.WhenAll(changes)).ShouldAllBe(account => account != null);
        (await SqliteTestFile.NamesAsync(await _file.OpenAsync())).Count.ShouldBe(50);
    }

    [Fact]
    public async Task Step_sees_the_steps_before_it_in_the_same_batch()
    {
        var store = await _file.OpenAsync();

        var seen = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => store.Guesses.ChangeAsync(
            "alice", "source", (account, source) => new GuessStep<int>(new AccountGuesses(account.Count + 1, null, null, default), source, account.Count), default).AsTask()));

        seen.ShouldBe(Enumerable.Range(0, 100));
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _directory.Dispose();
    }
}
