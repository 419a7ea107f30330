using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Sessions;

/// <summary>What one node ends is dead on the other as soon as that has read its feed.</summary>
public sealed class SessionRevocationTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private Node _node = null!;
    private Node _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        _operator = new Node(await _state.OpenAsync(), _state.Clock);
        await _node.CatchUpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        _operator.Dispose();
        await _state.DisposeAsync();
    }

    public static TheoryData<string> Commands => ["disable", "disable and enable", "password", "remove", "remove and add", "revoke", "revoke account", "revoke all"];

    [Theory]
    [MemberData(nameof(Commands))]
    [Contract("HTT-102", "HTT-105")]
    public async Task Command_of_the_operator_ends_the_session_here(string command)
    {
        var account = await _node.AddAccountAsync();
        var session = await _node.IssueAsync(_node.NewSession(account, "token"));
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);

        await RunAsync(command, session);
        await _node.CatchUpAsync();

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-103", "HTT-104")]
    public async Task Latest_of_all_cut_offs_counts_and_what_is_issued_after_it_lives()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "first"));
        await _operator.SessionAdministration.RevokeAllAsync(default);
        await _node.CatchUpAsync();
        await _node.IssueAsync(_node.NewSession(account, "second"));
        (await _node.StateOfAsync("second")).ShouldBe(SessionState.Live);
        await _operator.SessionAdministration.RevokeAccountAsync("alice", default);
        await _node.IssueAsync(_node.NewSession(account, "third"));
        await _node.CatchUpAsync();

        (await _node.StateOfAsync("first")).ShouldBe(SessionState.Ended);
        (await _node.StateOfAsync("second")).ShouldBe(SessionState.Ended);
        (await _node.StateOfAsync("third")).ShouldBe(SessionState.Live);
        await _operator.SessionAdministration.RevokeAllAsync(default);
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("third")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-102", "HTT-105")]
    public async Task Removed_tenant_ends_what_is_bound_to_it_also_when_it_is_added_again()
    {
        await _operator.TenantAdministration.AddAsync("north", null, hidden: false, default);
        var account = await _node.AddAccountAsync("alice", Node.Password, "north");
        await _node.IssueAsync(_node.NewSession(account, "bound") with { Tenants = [account.Memberships[0].TenantId] });
        await _node.IssueAsync(_node.NewSession(account, "unbound"));
        (await _node.StateOfAsync("bound")).ShouldBe(SessionState.Live);

        await _operator.TenantAdministration.RemoveAsync("north", default);
        await _operator.TenantAdministration.AddAsync("north", null, hidden: false, default);
        await _operator.AccountAdministration.GrantAsync("alice", ["north"], [], default);
        await _node.CatchUpAsync();

        (await _node.StateOfAsync("bound")).ShouldBe(SessionState.Ended);
        (await _node.StateOfAsync("unbound")).ShouldBe(SessionState.Live);
    }

    [Fact]
    public async Task Withdrawn_membership_closes_what_is_bound_to_the_tenant()
    {
        await _operator.TenantAdministration.AddAsync("north", null, hidden: false, default);
        var account = await _node.AddAccountAsync("alice", Node.Password, "north");
        await _node.IssueAsync(_node.NewSession(account, "bound") with { Tenants = [account.Memberships[0].TenantId] });

        await _operator.AccountAdministration.WithdrawAsync("alice", ["north"], [], default);
        await _node.CatchUpAsync();

        (await _node.StateOfAsync("bound")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    [Contract("HTT-94", "HTT-95")]
    public async Task Lock_stops_API_and_refresh_tokens_until_it_is_lifted_and_sessions_go_on()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "session"));
        await _node.IssueAsync(_node.NewSession(account, "access", SessionKind.OAuthAccess));
        await _node.IssueAsync(_node.NewSession(account, "api", SessionKind.ApiToken));
        await _node.IssueAsync(_node.NewSession(account, "refresh", SessionKind.Refresh));

        await LockAsync(account, DateTimeOffset.MaxValue);
        await _node.CatchUpAsync();
        (await StatesAsync()).ShouldBe([SessionState.Live, SessionState.Live, SessionState.Locked, SessionState.Locked]);

        await _operator.AccountAdministration.UnlockAsync("alice", default);
        await _node.CatchUpAsync();
        (await StatesAsync()).ShouldAllBe(state => state == SessionState.Live);
    }

    [Fact]
    [Contract("HTT-94")]
    public async Task Lock_with_an_end_is_over_then_without_any_news()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "api", SessionKind.ApiToken));
        await LockAsync(account, _node.Now.AddSeconds(3));
        await _node.CatchUpAsync();
        (await _node.StateOfAsync("api")).ShouldBe(SessionState.Locked);

        _state.Clock.Advance(TimeSpan.FromSeconds(3));

        (await _node.StateOfAsync("api")).ShouldBe(SessionState.Live);
    }

    [Fact]
    [Contract("HTT-112")]
    public async Task Sign_out_that_the_store_does_not_confirm_is_an_error_and_the_session_lives_on()
    {
        var account = await _node.AddAccountAsync();
        var session = await _node.IssueAsync(_node.NewSession(account, "token"));
        _node.Watch.IsAway = call => call == "ISessionStore.EndAsync";

        await Should.ThrowAsync<StoreUnavailableException>(() => _node.Desk.EndAsync(session.Id, _node.Event(AuditEvents.SignOut), default).AsTask());

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
    }

    [Fact]
    [Contract("HTT-112")]
    public async Task Sign_in_that_the_store_does_not_confirm_leaves_no_session()
    {
        var account = await _node.AddAccountAsync();
        _node.Watch.IsAway = call => call == "ISessionStore.AddAsync";

        await Should.ThrowAsync<StoreUnavailableException>(() => _node.IssueAsync(_node.NewSession(account, "token")));

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Unknown);
    }

    [Fact]
    public async Task Sign_out_of_one_session_by_several_at_once_is_done_by_one()
    {
        var account = await _node.AddAccountAsync();
        var session = await _node.IssueAsync(_node.NewSession(account, "token"));

        var done = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => _node.Desk.EndAsync(session.Id, _node.Event(AuditEvents.SignOut), default).AsTask())));

        done.Count(ended => ended).ShouldBe(1);
        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Ended);
    }

    [Fact]
    public async Task Take_over_ends_the_other_seat_here_at_once()
    {
        var account = await _node.AddAccountAsync();
        await _node.IssueAsync(_node.NewSession(account, "first") with { Seat = "host-1" });

        var outcome = await _node.Desk.IssueAsync(
            _node.NewSession(account, "second") with { Seat = "host-2" }, new SessionConditions { SeatRule = SeatRule.TakeOver }, _ => _node.Event(AuditEvents.SignIn), default);

        outcome.ShouldBe(SessionAdmission.AddedByTakeOver);
        (await _node.StateOfAsync("first")).ShouldBe(SessionState.Ended);
        (await _node.StateOfAsync("second")).ShouldBe(SessionState.Live);
    }

    private async Task<IReadOnlyList<SessionState>> StatesAsync() =>
        [await _node.StateOfAsync("session"), await _node.StateOfAsync("access"), await _node.StateOfAsync("api"), await _node.StateOfAsync("refresh")];

    private async Task LockAsync(Account account, DateTimeOffset until) => await _operator.Store.Guesses.ChangeAsync(
        account.Key, "source", (_, source) => new GuessStep<bool>(new AccountGuesses(100, null, until, _node.Now), source, true, Announce: true), default);

    private async Task RunAsync(string command, Session session)
    {
        var (accounts, sessions) = (_operator.AccountAdministration, _operator.SessionAdministration);
        foreach (var result in command switch
        {
            "disable" => [await accounts.DisableAsync("alice", default)],
            "disable and enable" => [await accounts.DisableAsync("alice", default), await accounts.EnableAsync("alice", default)],
            "password" => [await accounts.SetPasswordAsync("alice", "another long password", default)],
            "remove" => [await accounts.RemoveAsync("alice", default)],
            "remove and add" => [await accounts.RemoveAsync("alice", default), await accounts.AddAsync("alice", Node.Password, [], [], default)],
            "revoke" => [await sessions.RevokeAsync(session.Id.ToString(), apiTokensOnly: false, default)],
            "revoke account" => [await sessions.RevokeAccountAsync("alice", default)],
            _ => new[] { await sessions.RevokeAllAsync(default) },
        })
        {
            result.Refusal.ShouldBeNull();
        }
    }
}
