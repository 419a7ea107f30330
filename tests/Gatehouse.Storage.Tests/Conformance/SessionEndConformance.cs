using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>How sessions end: one by one, by filter, by cut-off; and when they are forgotten.</summary>
public abstract class SessionEndConformance(StoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task End_by_id_ends_the_family_and_announces_each_of_its_tokens()
    {
        var account = await AddAccountAsync();
        var family = PublicId.New(Now);
        var access = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Family = family });
        var refresh = await AddSessionAsync(NewSession(account, kind: SessionKind.Refresh) with { Family = family });
        var other = await AddSessionAsync(NewSession(account) with { Family = PublicId.New(Now) });
        IReadOnlyList<TokenHash> ended = [];

        var announced = await AnnouncedByAsync(async () => ended = await Store.Sessions.EndAsync(access.Id, Now, Event(), default));

        ended.ShouldBe([access.Token, refresh.Token], ignoreOrder: true);
        announced.ShouldBe([(ChangeKind.Session, Subject(access)), (ChangeKind.Session, Subject(refresh))], ignoreOrder: true);
        (await LiveIdsAsync()).ShouldBe([other.Id]);
        (await Store.Sessions.FindAsync(refresh.Token, default)).ShouldNotBeNull().Ended.ShouldBe(Now);
    }

    [Fact]
    public async Task End_by_id_of_a_session_without_a_family_ends_it_alone()
    {
        var account = await AddAccountAsync();
        var (one, other) = (await AddSessionAsync(NewSession(account)), await AddSessionAsync(NewSession(account)));

        (await Store.Sessions.EndAsync(one.Id, Now, Event(), default)).ShouldBe([one.Token]);

        (await LiveIdsAsync()).ShouldBe([other.Id]);
    }

    [Fact]
    public async Task End_of_what_is_not_alive_ends_announces_and_audits_nothing()
    {
        var account = await AddAccountAsync();
        var ended = await AddSessionAsync(NewSession(account));
        var expired = await AddSessionAsync(NewSession(account) with { Expires = Now });
        await Store.Sessions.EndAsync(ended.Id, Now, Event(), default);

        var announced = await AnnouncedByAsync(async () => (await AuditedByAsync(async () =>
        {
            (await Store.Sessions.EndAsync(ended.Id, Now, Event(), default)).ShouldBeEmpty();
            (await Store.Sessions.EndAsync(expired.Id, Now, Event(), default)).ShouldBeEmpty();
            (await Store.Sessions.EndAsync(PublicId.New(Now), Now, Event(), default)).ShouldBeEmpty();
        })).ShouldBeEmpty());

        announced.ShouldBeEmpty();
    }

    [Fact]
    public async Task End_of_one_session_on_two_nodes_at_once_ends_it_for_one_caller()
    {
        var account = await AddAccountAsync();
        var session = await AddSessionAsync(NewSession(account));
        var other = await OpenAnotherAsync();
        IReadOnlyList<TokenHash>[] ended = [];

        var audited = await AuditedByAsync(async () =>
            ended = await AtOnceAsync(10, async i => await (i % 2 == 0 ? Store : other).Sessions.EndAsync(session.Id, Now, Event(), default)));

        ended.Count(tokens => tokens.Count > 0).ShouldBe(1);
        audited.Count.ShouldBe(1);
    }

    [Fact]
    public async Task End_by_filter_ends_what_lives_and_agrees()
    {
        var (alice, bob) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        var one = await AddSessionAsync(NewSession(alice));
        var another = await AddSessionAsync(NewSession(alice));
        var elsewhere = await AddSessionAsync(NewSession(alice) with { Dialect = "micetro" });
        var bobs = await AddSessionAsync(NewSession(bob));
        IReadOnlyList<TokenHash> ended = [];

        var announced = await AnnouncedByAsync(async () =>
            ended = await Store.Sessions.EndAsync(new SessionFilter { AccountId = alice.Id, Dialect = Dialect }, Now, Event(), default));

        ended.ShouldBe([one.Token, another.Token], ignoreOrder: true);
        announced.ShouldBe([(ChangeKind.Session, Subject(one)), (ChangeKind.Session, Subject(another))], ignoreOrder: true);
        (await LiveIdsAsync()).ShouldBe([elsewhere.Id, bobs.Id], ignoreOrder: true);
    }

    [Fact]
    [Contract("HTT-103", "HTT-104")]
    public async Task Cut_off_of_an_account_ends_what_was_before_and_not_what_comes_after()
    {
        var (alice, bob) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        await AddSessionAsync(NewSession(alice));
        var bobs = await AddSessionAsync(NewSession(bob));

        var announced = await AnnouncedByAsync(async () => (await Store.Sessions.CutOffAsync(alice.Id, Event(), default)).ShouldBeTrue());
        var after = await AddSessionAsync(NewSession(alice));

        (await LiveIdsAsync()).ShouldBe([bobs.Id, after.Id], ignoreOrder: true);
        announced.ShouldBe([(ChangeKind.Account, Subject(alice))]);
        after.Sequence.ShouldBeGreaterThan((await LoadAsync(alice)).CutOff);
    }

    [Fact]
    [Contract("HTT-103", "HTT-104", "HTT-113")]
    public async Task Cut_off_of_all_ends_what_was_before_also_after_a_restart()
    {
        var (alice, bob) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        var before = await AddSessionAsync(NewSession(alice));
        await AddSessionAsync(NewSession(bob));

        var announced = await AnnouncedByAsync(async () => (await Store.Sessions.CutOffAsync(null, Event(), default)).ShouldBeTrue());
        await RestartAsync();
        var after = await AddSessionAsync(NewSession(alice));

        (await LiveIdsAsync()).ShouldBe([after.Id]);
        announced.Select(change => change.Kind).ShouldBe([ChangeKind.Everything]);
        (await Store.Sessions.GetCutOffAsync(default)).ShouldBeInRange(before.Sequence, after.Sequence - 1);
    }

    [Fact]
    [Contract("HTT-103")]
    public async Task Later_cut_off_of_all_is_not_hidden_by_an_earlier_one_of_the_account()
    {
        var account = await AddAccountAsync();
        await Store.Sessions.CutOffAsync(account.Id, Event(), default);
        await AddSessionAsync(NewSession(account));

        await Store.Sessions.CutOffAsync(null, Event(), default);

        (await LiveIdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Cut_off_of_an_unknown_account_is_false_and_leaves_no_trace()
    {
        var audited = await AuditedByAsync(async () =>
            (await AnnouncedByAsync(async () => (await Store.Sessions.CutOffAsync(999, Event(), default)).ShouldBeFalse())).ShouldBeEmpty());

        audited.ShouldBeEmpty();
    }

    public static TheoryData<string> Endings => ["password", "disable", "disable and enable", "remove", "remove and add"];

    [Theory]
    [MemberData(nameof(Endings))]
    [Contract("HTT-102", "HTT-105")]
    public async Task Change_of_the_account_ends_its_sessions_for_good(string ending)
    {
        var account = await AddAccountAsync();
        var session = await AddSessionAsync(NewSession(account));
        await AddSessionAsync(NewSession(account, kind: SessionKind.ApiToken));

        await EndingOf(account, ending);

        (await LiveIdsAsync()).ShouldBeEmpty();
        (await Store.Sessions.EndAsync(session.Id, Now, Event(), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Purge_deletes_what_ended_or_expired_longer_ago_than_its_retention()
    {
        var account = await AddAccountAsync();
        var ended = await AddSessionAsync(NewSession(account));
        var expired = await AddSessionAsync(NewSession(account) with { Expires = Now.AddMinutes(1) });
        var alive = await AddSessionAsync(NewSession(account) with { Expires = null });
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Store.Sessions.EndAsync(ended.Id, Now, Event(), default);

        Clock.Advance(ended.Retention);
        (await Store.Sessions.PurgeAsync(Now, 100, default)).ShouldBe(0);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await Store.Sessions.PurgeAsync(Now, 100, default)).ShouldBe(2);

        (await Store.Sessions.FindAsync(ended.Token, default)).ShouldBeNull();
        (await Store.Sessions.FindAsync(expired.Token, default)).ShouldBeNull();
        (await LiveIdsAsync()).ShouldBe([alive.Id]);
    }

    [Fact]
    public async Task Purge_deletes_no_more_than_its_limit()
    {
        var account = await AddAccountAsync();
        for (var i = 0; i < 5; i++)
        {
            await AddSessionAsync(NewSession(account) with { Expires = Now, Retention = TimeSpan.Zero });
        }

        Clock.Advance(TimeSpan.FromMilliseconds(1));

        (await Store.Sessions.PurgeAsync(Now, 3, default)).ShouldBe(3);
        (await Store.Sessions.PurgeAsync(Now, 3, default)).ShouldBe(2);
    }

    public static TheoryData<string> QuietEndings => ["password", "disable", "remove", "cut-off", "cut-off of all", "idle"];

    [Theory]
    [MemberData(nameof(QuietEndings))]
    public async Task Purge_forgets_in_time_what_no_row_says_has_ended(string ending)
    {
        var account = await AddAccountAsync();
        var session = await AddSessionAsync(NewSession(account) with { Expires = null, IdleTimeout = TimeSpan.FromMinutes(1) });
        await EndingOf(account, ending);

        // Idleness is noted a day late: another node may have seen a use that is not written yet.
        Clock.Advance(TimeSpan.FromDays(2));
        await Store.Sessions.PurgeAsync(Now, 100, default);
        Clock.Advance(session.Retention + TimeSpan.FromMilliseconds(1));
        await Store.Sessions.PurgeAsync(Now, 100, default);

        (await Store.Sessions.FindAsync(session.Token, default)).ShouldBeNull();
    }

    private async Task EndingOf(Account account, string ending)
    {
        switch (ending)
        {
            case "password":
                await Store.Accounts.SetPasswordAsync(account.Id, "hash-2", Event(), default);
                break;
            case "disable":
                await Store.Accounts.SetEnabledAsync(account.Id, enabled: false, Event(), default);
                break;
            case "disable and enable":
                await Store.Accounts.SetEnabledAsync(account.Id, enabled: false, Event(), default);
                await Store.Accounts.SetEnabledAsync(account.Id, enabled: true, Event(), default);
                break;
            case "remove":
                await Store.Accounts.RemoveAsync(account.Id, Event(), default);
                break;
            case "remove and add":
                await Store.Accounts.RemoveAsync(account.Id, Event(), default);
                await AddAccountAsync(account.Name);
                break;
            case "cut-off":
                await Store.Sessions.CutOffAsync(account.Id, Event(), default);
                break;
            case "cut-off of all":
                await Store.Sessions.CutOffAsync(null, Event(), default);
                break;
            default:
                ending.ShouldBe("idle");
                break;
        }
    }
}
