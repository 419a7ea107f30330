using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>The disk is full or read-only, and then it is not.</summary>
[Contract("HTT-112")]
public sealed class SqliteOutageTests
{
    private static readonly string LongText = new('x', 20_000);

    [Fact]
    public async Task Full_disk_is_unavailable_until_there_is_room_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a disk.");
        using var disk = new SmallDisk();
        await using var file = new SqliteTestFile(disk.File("gatehouse.db"));
        var store = await file.OpenAsync();
        await SqliteTestFile.AddAsync(store, "alice");
        disk.FillUpTo(room: 8192);

        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => AppendAsync(store));
        exception.Message.ShouldBe("The store gatehouse.db cannot grow: the disk is full; make room.");
        (await SqliteTestFile.NamesAsync(store)).ShouldBe(["alice"]);
        (await store.Audit.ReadAsync(0, null, 100, default)).ShouldHaveSingleItem();

        disk.MakeRoom();
        await AppendAsync(store);
        (await store.Audit.ReadAsync(0, null, 100, default)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Full_disk_fails_the_whole_of_a_batch()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a disk.");
        using var disk = new SmallDisk();
        await using var file = new SqliteTestFile(disk.File("gatehouse.db"));
        var store = await file.OpenAsync();
        disk.FillUpTo(room: 8192);
        Task small, large;
        await using (file.Lock())
        {
            small = SqliteTestFile.AddAsync(store, "alice");
            large = AppendAsync(store);
            await Task.Delay(50);
        }

        await Should.ThrowAsync<StoreUnavailableException>(small);
        await Should.ThrowAsync<StoreUnavailableException>(large);

        (await SqliteTestFile.NamesAsync(store)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_only_disk_is_unavailable_until_it_is_writable_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a disk.");
        using var disk = new SmallDisk();
        await using (var before = new SqliteTestFile(disk.File("gatehouse.db")))
        {
            await before.OpenAsync();
        }

        disk.MakeReadOnly();
        await using var file = new SqliteTestFile(disk.File("gatehouse.db"));
        var store = file.Store();
        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => SqliteTestFile.AddAsync(store, "alice"));
        exception.Message.ShouldContain("writable by this user");
        exception.Message.ShouldNotContain(disk.File(""));

        disk.MakeWritable();
        (await SqliteTestFile.AddAsync(store, "alice")).ShouldNotBeNull();
    }

    private static async Task AppendAsync(IStore store) => await store.Audit.AppendAsync([SqliteTestFile.Event() with { Reason = LongText }], default);
}
