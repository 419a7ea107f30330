using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Sessions;

/// <summary>What one node answers for a token while its feed is fresh.</summary>
public sealed class SessionRegistryTests : IAsyncLifetime
{
    private const string FindCall = "ISessionStore.FindAsync";

    private readonly TestStore _state = new();
    private Node _node = null!;
    private Node _other = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        _other = new Node(await _state.OpenAsync(), _state.Clock);
        await _node.CatchUpAsync();
        await _other.CatchUpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        _other.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    [Contract("HTT-157", "ATK-69")]
    public async Task What_was_made_from_a_session_lives_no_longer_than_that_through_a_chain()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "parent") with { IdleTimeout = TimeSpan.FromMinutes(5) });
        await _node.IssueAsync(_node.NewSession(account, "child", SessionKind.OAuthAccess) with { Parent = TokenHash.Of("parent") });
        await _node.IssueAsync(_node.NewSession(account, "grandchild", SessionKind.OAuthAccess) with { Parent = TokenHash.Of("child") });
        (await _node.StateOfAsync("grandchild")).ShouldBe(SessionState.Live);
        (await _other.StateOfAsync("grandchild")).ShouldBe(SessionState.Live);

        _state.Clock.Advance(TimeSpan.FromMinutes(5));
        await _node.CatchUpAsync();
        await _other.CatchUpAsync();

        (await _node.StateOfAsync("parent")).ShouldBe(SessionState.Idle);
        (await _node.StateOfAsync("grandchild")).ShouldBe(SessionState.Ended);
        (await _other.StateOfAsync("grandchild")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-102", "ATK-15", "ATK-69")]
    public async Task What_was_issued_to_a_client_ends_with_the_client()
    {
        foreach (var command in new[] { "disable", "revoke", "remove" })
        {
            var account = await _node.AddAccountAsync($"user-{command}");
            var client = await _node.AddAccountAsync($"client-{command}");
            await _node.IssueAsync(_node.NewSession(account, command, SessionKind.OAuthAccess) with { ClientId = client.Id });
            (await _node.StateOfAsync(command)).ShouldBe(SessionState.Live);

            (command switch
            {
                "disable" => await _other.AccountAdministration.DisableAsync(client.Name, default),
                "revoke" => await _other.SessionAdministration.RevokeAccountAsync(client.Name, default),
                _ => await _other.AccountAdministration.RemoveAsync(client.Name, default),
            }).Refusal.ShouldBeNull();
            await _node.CatchUpAsync();

            (await _node.StateOfAsync(command)).ShouldBe(SessionState.Ended);
        }
    }

    [Fact]
    [Contract("ATK-11")]
    public async Task What_was_made_from_an_api_token_stops_with_it_while_the_account_is_locked()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "api", SessionKind.ApiToken));
        await _node.IssueAsync(_node.NewSession(account, "made", SessionKind.OAuthAccess) with { Parent = TokenHash.Of("api") });
        (await _node.StateOfAsync("made")).ShouldBe(SessionState.Live);

        for (var i = 0; i < 100; i++)
        {
            await _other.TryAsync("alice", $"wrong {i}");
            _state.Clock.Advance(TimeSpan.FromHours(1));
        }

        await _node.CatchUpAsync();
        (await _node.StateOfAsync("api")).ShouldBe(SessionState.Locked);
        (await _node.StateOfAsync("made")).ShouldBe(SessionState.Locked);
        await _other.AccountAdministration.UnlockAsync("alice", default);
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("made")).ShouldBe(SessionState.Live);
    }

    [Fact]
    [Contract("HTT-157")]
    public async Task A_parent_that_the_store_has_forgotten_is_no_parent()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "child", SessionKind.OAuthAccess) with { Parent = TokenHash.Of("forgotten") });

        (await _node.StateOfAsync("child")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    public async Task Check_of_a_hot_session_asks_no_store()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token"));
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
        _node.Watch.IsAway = _ => true;

        var checking = _node.Sessions.CheckAsync(TokenHash.Of("token"), default).AsTask();

        checking.IsCompletedSuccessfully.ShouldBeTrue();
        var check = await checking;
        check.IsLive.ShouldBeTrue();
        check.Account.Name.ShouldBe("alice");
    }

    [Fact]
    public async Task Miss_asks_the_store_once_for_fifty_callers()
    {
        var account = await _node.AddAccountAsync();
        await _other.IssueAsync(_other.NewSession(account, "token"));
        var gate = new TaskCompletionSource();
        _node.Watch.HoldBack = call => call == FindCall ? gate.Task : Task.CompletedTask;

        var checks = Enumerable.Range(0, 50).Select(_ => _node.StateOfAsync("token")).ToArray();
        checks.ShouldAllBe(check => !check.IsCompleted);
        gate.SetResult();

        (await Task.WhenAll(checks)).ShouldAllBe(state => state == SessionState.Live);
        _node.Watch.CallsOf(FindCall).ShouldBe(1);
    }

    [Fact]
    public async Task Caller_that_goes_away_does_not_end_the_look_up_of_the_others()
    {
        var account = await _node.AddAccountAsync();
        await _other.IssueAsync(_other.NewSession(account, "token"));
        var gate = new TaskCompletionSource();
        _node.Watch.HoldBack = call => call == FindCall ? gate.Task : Task.CompletedTask;
        using var gone = new CancellationTokenSource();
        var first = _node.Sessions.CheckAsync(TokenHash.Of("token"), gone.Token).AsTask();
        var second = _node.StateOfAsync("token");

        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        gate.SetResult();

        (await second).ShouldBe(SessionState.Live);
    }

    [Fact]
    [Contract("ATK-50")]
    public async Task Unknown_token_is_remembered_for_a_short_while()
    {
        for (var i = 0; i < 5; i++)
        {
            (await _node.StateOfAsync("unknown")).ShouldBe(SessionState.Unknown);
        }

        _node.Watch.CallsOf(FindCall).ShouldBe(1);
        await AdvanceAsync(TimeSpan.FromSeconds(4));
        await AdvanceAsync(TimeSpan.FromSeconds(4));
        await _node.StateOfAsync("another");
        await AdvanceAsync(TimeSpan.FromSeconds(4));
        await _node.StateOfAsync("another");
        await AdvanceAsync(TimeSpan.FromSeconds(4));
        await _node.StateOfAsync("unknown");
        _node.Watch.CallsOf(FindCall).ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task Session_that_is_issued_here_lives_even_if_its_token_was_unknown_a_moment_ago()
    {
        var account = await _node.AddAccountAsync();
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Unknown);

        await _node.IssueAsync(_node.NewSession(account, "token"));

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Session_that_is_revoked_while_its_look_up_is_under_way_stays_dead()
    {
        var account = await _node.AddAccountAsync();
        var session = await _other.IssueAsync(_other.NewSession(account, "token"));
        var gate = new TaskCompletionSource();
        _node.Watch.HoldBack = call => call == FindCall ? gate.Task : Task.CompletedTask;

        // The store has answered "alive", and the answer is on its way.
        var check = _node.StateOfAsync("token");
        (await _other.Desk.EndAsync(session.Id, _other.Event(AuditEvents.Revoke), default)).ShouldBeTrue();
        await _node.CatchUpAsync();
        gate.SetResult();

        (await check).ShouldBe(SessionState.Ended);
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Session_that_is_revoked_while_everything_is_forgotten_stays_dead()
    {
        var account = await _node.AddAccountAsync();
        var session = await _other.IssueAsync(_other.NewSession(account, "token"));
        var gate = new TaskCompletionSource();
        _node.Watch.HoldBack = call => call == FindCall ? gate.Task : Task.CompletedTask;

        var check = _node.StateOfAsync("token");
        await _other.Desk.EndAsync(session.Id, _other.Event(AuditEvents.Revoke), default);
        _node.Sessions.ForgetAll();
        gate.SetResult();

        (await check).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-109")]
    public async Task Idle_time_out_is_over_at_its_instant_and_starts_anew_with_each_use()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token") with { IdleTimeout = TimeSpan.FromSeconds(60) });
        await AdvanceAsync(TimeSpan.FromSeconds(59));
        var check = await _node.Sessions.CheckAsync(TokenHash.Of("token"), default);
        check.IsLive.ShouldBeTrue();
        _node.Sessions.Use(check.Live);
        await AdvanceAsync(TimeSpan.FromMilliseconds(59_999));
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);

        await AdvanceAsync(TimeSpan.FromMilliseconds(1));

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Idle);
    }

    [Fact]
    [Contract("HTT-109")]
    public async Task Absolute_lifetime_is_over_at_its_instant_and_use_does_not_move_it()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token") with { Expires = _node.Now.AddSeconds(10) });
        await AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        var check = await _node.Sessions.CheckAsync(TokenHash.Of("token"), default);
        _node.Sessions.Use(check.Live.ShouldNotBeNull());
        check.State.ShouldBe(SessionState.Live);

        await AdvanceAsync(TimeSpan.FromMilliseconds(1));

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    public async Task Use_on_another_node_keeps_an_idle_session_alive_here()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token") with { IdleTimeout = TimeSpan.FromSeconds(60) });
        await AdvanceAsync(TimeSpan.FromSeconds(40));
        var elsewhere = await _other.Sessions.CheckAsync(TokenHash.Of("token"), default);
        _other.Sessions.Use(elsewhere.Live.ShouldNotBeNull());
        await _other.Sessions.SaveUsesAsync(all: false, default);

        await AdvanceAsync(TimeSpan.FromSeconds(40));

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
    }

    [Fact]
    public async Task Last_use_is_written_at_most_once_in_thirty_seconds_however_many_there_are()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token") with { IdleTimeout = TimeSpan.FromHours(2) });
        var live = (await _node.Sessions.CheckAsync(TokenHash.Of("token"), default)).Live.ShouldNotBeNull();
        for (var second = 0; second < 120; second++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1));
            for (var use = 0; use < 10; use++)
            {
                _node.Sessions.Use(live);
            }

            await _node.Sessions.SaveUsesAsync(all: false, default);
        }

        _node.Watch.CallsOf("ISessionStore.TouchAsync").ShouldBe(4);
        (await _node.Store.Sessions.FindAsync(TokenHash.Of("token"), default)).ShouldNotBeNull().LastUsed.ShouldBe(_node.Now);
    }

    [Fact]
    public async Task Last_use_that_the_store_did_not_take_is_written_later_and_all_of_them_at_the_end()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "token"));
        var live = (await _node.Sessions.CheckAsync(TokenHash.Of("token"), default)).Live.ShouldNotBeNull();
        await AdvanceAsync(TimeSpan.FromSeconds(31));
        _node.Sessions.Use(live);
        _node.Watch.IsAway = call => call == "ISessionStore.TouchAsync";
        await _node.Sessions.SaveUsesAsync(all: false, default);
        _node.Watch.IsAway = _ => false;

        await _node.Sessions.SaveUsesAsync(all: false, default);
        (await LastUsedAsync()).ShouldBe(_node.Now);
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        _node.Sessions.Use(live);
        await _node.Sessions.SaveUsesAsync(all: true, default);

        (await LastUsedAsync()).ShouldBe(_node.Now);
    }

    [Fact]
    public async Task Sweep_drops_what_ended_expired_idled_out_or_was_cut_off()
    {
        var (alice, bob) = (await _node.AddAccountAsync("alice"), await _node.AddAccountAsync("bob"));
        var ended = await _node.IssueAsync(_node.NewSession(alice, "ended"));
        await _node.IssueAsync(_node.NewSession(alice, "expired") with { Expires = _node.Now.AddSeconds(1) });
        await _node.IssueAsync(_node.NewSession(alice, "idle") with { IdleTimeout = TimeSpan.FromSeconds(1) });
        await _node.IssueAsync(_node.NewSession(alice, "alive"));
        await _node.IssueAsync(_node.NewSession(bob, "cut off"));
        await _node.Desk.EndAsync(ended.Id, _node.Event(AuditEvents.SignOut), default);
        await _node.SessionAdministration.RevokeAccountAsync("bob", default);
        await AdvanceAsync(TimeSpan.FromMinutes(3));
        (await _node.StateOfAsync("cut off")).ShouldBe(SessionState.Ended);
        _node.Sessions.Count.ShouldBe(5);

        _node.Sessions.Sweep();

        _node.Sessions.Count.ShouldBe(1);
        (await _node.StateOfAsync("alive")).ShouldBe(SessionState.Live);
        (await _node.StateOfAsync("ended")).ShouldBe(SessionState.Ended);
        (await _node.StateOfAsync("idle")).ShouldBe(SessionState.Idle);
    }

    private async Task<DateTimeOffset> LastUsedAsync() => (await _node.Store.Sessions.FindAsync(TokenHash.Of("token"), default)).ShouldNotBeNull().LastUsed;

    /// <summary>Moves the clock on, with the nodes following their feed as they do in the background.</summary>
    private async Task AdvanceAsync(TimeSpan by)
    {
        _state.Clock.Advance(by);
        await _node.CatchUpAsync();
        await _other.CatchUpAsync();
    }
}
