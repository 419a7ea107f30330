using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Audit;

public sealed class AuditTrailTests : IAsyncLifetime
{
    private const string Append = "IAuditStore.AppendAsync";

    private readonly TestStore _state = new();
    private Node _node = null!;

    public async ValueTask InitializeAsync() => _node = new Node(await _state.OpenAsync(), _state.Clock);

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public async Task Events_are_written_in_batches_and_in_their_order()
    {
        Post(0, 1200);

        await _node.Audit.FlushAsync(default);

        (await ReasonsAsync()).ShouldBe(Enumerable.Range(0, 1200));
        _node.Watch.CallsOf(Append).ShouldBe(3);
    }

    [Fact]
    public async Task Events_wait_in_their_order_while_the_store_is_away()
    {
        Post(0, 600);
        _node.Watch.IsAway = call => call == Append;
        await Should.ThrowAsync<StoreUnavailableException>(() => _node.Audit.FlushAsync(default).AsTask());
        Post(600, 10);
        await Should.ThrowAsync<StoreUnavailableException>(() => _node.Audit.FlushAsync(default).AsTask());
        _node.Watch.IsAway = _ => false;

        await _node.Audit.FlushAsync(default);

        (await ReasonsAsync()).ShouldBe(Enumerable.Range(0, 610));
    }

    [Fact]
    [Contract("HTT-177")]
    public async Task Background_writes_what_was_posted_also_after_the_store_was_away()
    {
        _node.Watch.IsAway = call => call == Append;
        await _node.Audit.StartAsync(default);
        Post(0, 3);
        await AdvanceUntilAsync(() => Task.FromResult(_node.Watch.CallsOf(Append) >= 2));

        _node.Watch.IsAway = _ => false;
        await AdvanceUntilAsync(async () => (await ReasonsAsync()).Count > 0);

        (await ReasonsAsync()).ShouldBe([0, 1, 2]);
        await _node.Audit.StopAsync(default);
    }

    [Fact]
    public async Task Stop_writes_what_still_waits()
    {
        await _node.Audit.StartAsync(default);
        Post(0, 700);

        await _node.Audit.StopAsync(default);

        (await ReasonsAsync()).ShouldBe(Enumerable.Range(0, 700));
    }

    [Fact]
    public async Task Stop_while_the_store_is_away_does_not_fail()
    {
        await _node.Audit.StartAsync(default);
        _node.Watch.IsAway = call => call == Append;
        Post(0, 1);

        await Should.NotThrowAsync(() => _node.Audit.StopAsync(default));
    }

    private void Post(int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            _node.Audit.Post(_node.Event(AuditEvents.SignIn, $"{i}"));
        }
    }

    /// <summary>Moves the clock on, in steps that leave the background time to run, until something is so.</summary>
    private async Task AdvanceUntilAsync(Func<Task<bool>> isSo)
    {
        while (!await isSo())
        {
            _state.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }
    }

    private async Task<IReadOnlyList<int>> ReasonsAsync() =>
        [.. (await _node.ReadAuditAsync()).Select(audit => int.Parse(audit.Reason!, System.Globalization.CultureInfo.InvariantCulture))];
}
