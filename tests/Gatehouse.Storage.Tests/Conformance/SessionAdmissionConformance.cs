using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>Conditions under which a session is added: the account as it was, seats, numbers.</summary>
public abstract class SessionAdmissionConformance(StoreHarness harness) : StoreConformance(harness)
{
    private static readonly SessionConditions FirstCome = new() { SeatRule = SeatRule.FirstComeFirstServed };
    private static readonly SessionConditions TakeOver = new() { SeatRule = SeatRule.TakeOver, TakeOverInterval = TimeSpan.FromMinutes(5) };

    [Fact]
    public async Task Add_for_a_disabled_or_removed_account_is_turned_away()
    {
        var (disabled, removed) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        await Store.Accounts.SetEnabledAsync(disabled.Id, enabled: false, Event(), default);
        await Store.Accounts.RemoveAsync(removed.Id, Event(), default);

        (await TryAddAsync(NewSession(disabled))).ShouldBe(SessionAdmission.AccountChanged);
        (await TryAddAsync(NewSession(removed))).ShouldBe(SessionAdmission.AccountChanged);
    }

    [Fact]
    public async Task Add_of_a_token_that_a_session_stands_on_is_turned_away()
    {
        var (alice, bob) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        var first = await AddSessionAsync(NewSession(alice, "the same"));

        (await TryAddAsync(NewSession(bob, "the same"))).ShouldBe(SessionAdmission.TokenTaken);

        (await LiveIdsAsync()).ShouldBe([first.Id]);
    }

    [Fact]
    public async Task Add_after_a_check_of_an_older_password_is_turned_away()
    {
        var account = await AddAccountAsync();
        var conditions = new SessionConditions { PasswordVersion = account.PasswordVersion };
        (await TryAddAsync(NewSession(account), conditions)).ShouldBe(SessionAdmission.Added);
        await Store.Accounts.SetPasswordAsync(account.Id, "hash-2", Event(), default);

        var late = NewSession(account);
        (await TryAddAsync(late, conditions)).ShouldBe(SessionAdmission.AccountChanged);
        (await TryAddAsync(NewSession(account))).ShouldBe(SessionAdmission.Added);

        (await Store.Sessions.FindAsync(late.Token, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Password_version_of_a_removed_account_does_not_fit_its_successor()
    {
        var first = await AddAccountAsync();
        await Store.Accounts.RemoveAsync(first.Id, Event(), default);
        var second = await AddAccountAsync();

        second.PasswordVersion.ShouldNotBe(first.PasswordVersion);
    }

    [Fact]
    public async Task First_come_first_served_sends_other_seats_away_until_the_seat_is_free()
    {
        var account = await AddAccountAsync();
        var holder = await AddSessionAsync(NewSession(account) with { Seat = "host-1" });

        (await TryAddAsync(NewSession(account) with { Seat = "host-2" }, FirstCome)).ShouldBe(SessionAdmission.SeatTaken);
        (await TryAddAsync(NewSession(account) with { Seat = "host-1" }, FirstCome)).ShouldBe(SessionAdmission.Added);
        await Store.Sessions.EndAsync(new SessionFilter { AccountId = account.Id }, Now, Event(), default);

        (await TryAddAsync(NewSession(account) with { Seat = "host-2" }, FirstCome)).ShouldBe(SessionAdmission.Added);
        (await LiveIdsAsync()).ShouldNotContain(holder.Id);
    }

    [Fact]
    public async Task Seats_of_another_account_dialect_or_kind_are_not_in_the_way()
    {
        var (alice, bob) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        await AddSessionAsync(NewSession(bob) with { Seat = "host-1" });
        await AddSessionAsync(NewSession(alice) with { Seat = "host-1", Dialect = "micetro" });
        await AddSessionAsync(NewSession(alice, kind: SessionKind.ApiToken) with { Seat = "host-1" });
        await AddSessionAsync(NewSession(alice));

        (await TryAddAsync(NewSession(alice) with { Seat = "host-2" }, FirstCome)).ShouldBe(SessionAdmission.Added);
    }

    [Fact]
    public async Task Seat_of_an_expired_or_idle_session_is_free()
    {
        var account = await AddAccountAsync();
        await AddSessionAsync(NewSession(account) with { Seat = "host-1", Expires = Now.AddMinutes(1) });
        await AddSessionAsync(NewSession(account) with { Seat = "host-1", IdleTimeout = TimeSpan.FromMinutes(1) });
        (await TryAddAsync(NewSession(account) with { Seat = "host-2" }, FirstCome)).ShouldBe(SessionAdmission.SeatTaken);

        Clock.Advance(TimeSpan.FromMinutes(1));

        (await TryAddAsync(NewSession(account) with { Seat = "host-2" }, FirstCome)).ShouldBe(SessionAdmission.Added);
    }

    [Fact]
    public async Task Sign_ins_from_different_seats_on_two_nodes_at_once_let_one_in()
    {
        var account = await AddAccountAsync();
        var other = await OpenAnotherAsync();

        var outcomes = await AtOnceAsync(8, async i => await TryAddAsync(NewSession(account) with { Seat = $"host-{i}" }, FirstCome, i % 2 == 0 ? Store : other));

        outcomes.Count(outcome => outcome == SessionAdmission.Added).ShouldBe(1);
        outcomes.Count(outcome => outcome == SessionAdmission.SeatTaken).ShouldBe(7);
    }

    [Fact]
    public async Task Take_over_ends_the_other_seats_and_is_announced_and_audited()
    {
        var account = await AddAccountAsync();
        var first = await AddSessionAsync(NewSession(account) with { Seat = "host-1" });
        var newcomer = NewSession(account) with { Seat = "host-2" };
        IReadOnlyList<(ChangeKind, string)> announced = [];

        var audited = await AuditedByAsync(async () => announced = await AnnouncedByAsync(async () =>
        {
            var (outcome, _, ended) = await Store.Sessions.AddAsync(newcomer, TakeOver, Admitted, default);
            outcome.ShouldBe(SessionAdmission.AddedByTakeOver);
            ended.ShouldBe([first.Token]);
        }));

        (await LiveIdsAsync()).ShouldBe([newcomer.Id]);
        announced.ShouldBe([(ChangeKind.Session, Subject(first))]);
        audited.Select(audit => audit.Event).ShouldBe([AuditEvents.SignIn, AuditEvents.TakeOver], ignoreOrder: true);
    }

    [Fact]
    public async Task Take_over_comes_again_only_after_its_interval()
    {
        var account = await AddAccountAsync();
        await AddSessionAsync(NewSession(account) with { Seat = "host-1" });
        (await TryAddAsync(NewSession(account) with { Seat = "host-2" }, TakeOver)).ShouldBe(SessionAdmission.AddedByTakeOver);
        Clock.Advance(TakeOver.TakeOverInterval - TimeSpan.FromMilliseconds(1));
        await RestartAsync();
        (await TryAddAsync(NewSession(account) with { Seat = "host-3" }, TakeOver)).ShouldBe(SessionAdmission.TakeOverTooSoon);

        Clock.Advance(TimeSpan.FromMilliseconds(1));

        (await TryAddAsync(NewSession(account) with { Seat = "host-3" }, TakeOver)).ShouldBe(SessionAdmission.AddedByTakeOver);
    }

    [Fact]
    public async Task Take_over_of_a_free_seat_is_none()
    {
        var account = await AddAccountAsync();

        (await TryAddAsync(NewSession(account) with { Seat = "host-1" }, TakeOver)).ShouldBe(SessionAdmission.Added);
        (await TryAddAsync(NewSession(account) with { Seat = "host-1" }, TakeOver)).ShouldBe(SessionAdmission.Added);

        (await LiveIdsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Maximum_holds_for_sign_ins_on_two_nodes_at_once()
    {
        var account = await AddAccountAsync();
        var other = await OpenAnotherAsync();
        var conditions = new SessionConditions { MaximumPerAccount = 3 };

        var outcomes = await AtOnceAsync(10, async i => await TryAddAsync(NewSession(account), conditions, i % 2 == 0 ? Store : other));

        outcomes.Count(outcome => outcome == SessionAdmission.Added).ShouldBe(3);
        outcomes.Count(outcome => outcome == SessionAdmission.TooMany).ShouldBe(7);
    }

    [Fact]
    public async Task Maximum_counts_live_sessions_of_the_account_and_dialect_only()
    {
        var (alice, bob) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        await AddSessionAsync(NewSession(bob));
        await AddSessionAsync(NewSession(alice) with { Dialect = "micetro" });
        await AddSessionAsync(NewSession(alice, kind: SessionKind.Refresh));
        await AddSessionAsync(NewSession(alice) with { Expires = Now });

        (await TryAddAsync(NewSession(alice), new() { MaximumPerAccount = 1 })).ShouldBe(SessionAdmission.Added);
        (await TryAddAsync(NewSession(alice), new() { MaximumPerAccount = 1 })).ShouldBe(SessionAdmission.TooMany);
    }

    [Fact]
    public async Task Family_is_added_whole_or_not_at_all()
    {
        var account = await AddAccountAsync();
        var family = FamilyOf(account);

        (await Store.Sessions.AddFamilyAsync(family, new SessionConditions { PasswordVersion = account.PasswordVersion - 1 }, Admitted, default)).ShouldBe(SessionAdmission.AccountChanged);
        (await LiveIdsAsync()).ShouldBeEmpty();
        (await Store.Sessions.AddFamilyAsync(family, new SessionConditions { PasswordVersion = account.PasswordVersion }, Admitted, default)).ShouldBe(SessionAdmission.Added);

        (await LiveIdsAsync()).ShouldBe(family.Select(session => session.Id), ignoreOrder: true);
        (await AuditAsync()).Count(audit => audit.Event == AuditEvents.SignIn).ShouldBe(2);
    }

    [Fact]
    public async Task Family_takes_a_seat_over_like_a_single_session()
    {
        var account = await AddAccountAsync();
        await AddSessionAsync(NewSession(account) with { Seat = "host-1" });
        var family = FamilyOf(account).ConvertAll(session => session with { Seat = "host-2" });

        (await Store.Sessions.AddFamilyAsync(family, TakeOver, Admitted, default)).ShouldBe(SessionAdmission.AddedByTakeOver);

        (await LiveIdsAsync()).ShouldBe(family.Select(session => session.Id), ignoreOrder: true);
        (await AuditAsync()).Count(audit => audit.Event == AuditEvents.TakeOver).ShouldBe(1);
    }

    private List<Session> FamilyOf(Account account)
    {
        var family = PublicId.New(Now);
        return
        [
            NewSession(account) with { Family = family },
            NewSession(account, kind: SessionKind.Refresh) with { Family = family },
        ];
    }
}
