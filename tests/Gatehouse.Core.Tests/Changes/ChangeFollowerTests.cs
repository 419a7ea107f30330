using Gatehouse.Core.Audit;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Changes;

/// <summary>A node whose feed is late, purged or gone, and a node that cannot reach its store.</summary>
public sealed class ChangeFollowerTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private Node _node = null!;
    private Node _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        _operator = new Node(await _state.OpenAsync(), _state.Clock);
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        _operator.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public async Task What_was_revoked_between_the_first_request_and_the_first_reading_is_dead()
    {
        var account = await _operator.AddAccountAsync();
        var session = await _operator.IssueAsync(_operator.NewSession(account, "token"));
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        await _operator.Desk.EndAsync(session.Id, _operator.Event(AuditEvents.Revoke), default);

        await _node.CatchUpAsync();

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-113")]
    public async Task Cut_off_from_before_the_start_holds()
    {
        var account = await _operator.AddAccountAsync();
        await _operator.IssueAsync(_operator.NewSession(account, "token"));
        await _operator.SessionAdministration.RevokeAllAsync(default);

        await _node.CatchUpAsync();

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    public async Task Node_that_missed_purged_entries_forgets_all_that_it_remembers()
    {
        var account = await _operator.AddAccountAsync();
        var session = await _operator.IssueAsync(_operator.NewSession(account, "token"));
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        await _operator.Desk.EndAsync(session.Id, _operator.Event(AuditEvents.Revoke), default);
        await _operator.Store.Changes.PurgeAsync(_operator.Now.AddSeconds(1), default);

        await _node.CatchUpAsync();

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Node_that_loses_the_store_while_it_begins_anew_begins_once_more()
    {
        var account = await _operator.AddAccountAsync();
        await _operator.IssueAsync(_operator.NewSession(account, "token"));
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        await _operator.SessionAdministration.RevokeAllAsync(default);
        await _operator.Store.Changes.PurgeAsync(_operator.Now.AddSeconds(1), default);

        _node.Watch.IsAway = name => name == "ISessionStore.GetCutOffAsync";
        await Should.ThrowAsync<StoreUnavailableException>(_node.CatchUpAsync);
        _node.Watch.IsAway = _ => false;
        await _node.CatchUpAsync();

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    public async Task Tenants_of_another_node_are_seen()
    {
        await _node.CatchUpAsync();
        (await _node.Tenants.ListAsync(default)).ShouldBeEmpty();

        await _operator.TenantAdministration.AddAsync("North", null, hidden: false, default);
        await _node.CatchUpAsync();

        (await _node.Tenants.FindAsync("NORTH", default)).ShouldNotBeNull().Name.ShouldBe("North");
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Node_with_a_stale_feed_believes_its_memory_no_more_and_asks_each_time()
    {
        var account = await _operator.AddAccountAsync();
        var session = await _operator.IssueAsync(_operator.NewSession(account, "token"));
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        var asked = _node.Watch.CallsOf("ISessionStore.FindAsync");

        // The feed is not read for five seconds.
        _state.Clock.Advance(TimeSpan.FromSeconds(5));
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        _node.Watch.CallsOf("ISessionStore.FindAsync").ShouldBe(asked + 2);
        await _operator.Desk.EndAsync(session.Id, _operator.Event(AuditEvents.Revoke), default);

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Theory]
    [InlineData("disable")]
    [InlineData("revoke all")]
    [Contract("HTT-102")]
    public async Task Node_with_a_stale_feed_sees_cut_offs_all_the_same(string command)
    {
        var account = await _operator.AddAccountAsync();
        await _operator.IssueAsync(_operator.NewSession(account, "token"));
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
        _state.Clock.Advance(TimeSpan.FromSeconds(5));

        await (command == "disable" ? _operator.AccountAdministration.DisableAsync("alice", default) : _operator.SessionAdministration.RevokeAllAsync(default));

        (await _node.TryAsync("alice") is PasswordVerdict.Accepted { Remembered: true }).ShouldBeFalse();
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-112")]
    public async Task Outage_of_the_store_spares_what_is_in_memory_for_the_grace_and_then_nothing()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token"));
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
        _node.Watch.IsAway = _ => true;

        _state.Clock.Advance(TimeSpan.FromMilliseconds(29_999));
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        (await _node.StateOfAsync("unknown")).ShouldBe(SessionState.Unavailable);
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>().Remembered.ShouldBeTrue();

        _state.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Unavailable);
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Unavailable>();
    }

    [Fact]
    public async Task Store_that_is_back_is_believed_again_without_a_restart()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token"));
        await _node.CatchUpAsync();
        _node.Watch.IsAway = _ => true;
        _state.Clock.Advance(TimeSpan.FromMinutes(1));
        await Should.ThrowAsync<StoreUnavailableException>(_node.CatchUpAsync);
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Unavailable);

        _node.Watch.IsAway = _ => false;
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        await _node.CatchUpAsync();

        _node.Health.IsFresh.ShouldBeTrue();
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(0, 6)]
    [Contract("HTT-102")]
    public void Memory_is_old_after_five_seconds_by_either_clock(int monotonic, int wall)
    {
        // A machine that was suspended finds its monotonic clock where it left it, and the wall clock far on.
        var clock = new TwoClocks();
        var health = new FeedHealth(new StoreOptions(), clock);
        health.IsFresh.ShouldBeTrue();

        clock.Monotonic += TimeSpan.FromSeconds(monotonic);
        clock.Wall += TimeSpan.FromSeconds(wall);

        health.IsFresh.ShouldBeFalse();
        health.IsOutage.ShouldBeFalse();
    }

    [Fact]
    public void Wall_clock_that_is_set_back_makes_memory_no_older_and_no_younger()
    {
        var clock = new TwoClocks();
        var health = new FeedHealth(new StoreOptions(), clock);

        clock.Wall -= TimeSpan.FromHours(1);
        health.IsFresh.ShouldBeTrue();
        clock.Monotonic += TimeSpan.FromSeconds(5);

        health.IsFresh.ShouldBeFalse();
    }

    private sealed class TwoClocks : TimeProvider
    {
        public TimeSpan Monotonic { get; set; } = TimeSpan.FromDays(1);

        public DateTimeOffset Wall { get; set; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Monotonic.Ticks;

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}
