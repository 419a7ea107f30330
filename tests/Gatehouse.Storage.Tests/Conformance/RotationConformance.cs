using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>Refresh tokens: used once, repeated within the grace, the family's end after it.</summary>
public abstract class RotationConformance(StoreHarness harness) : StoreConformance(harness)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task First_use_adds_the_successors_and_ends_the_access_token_before()
    {
        var family = await BeginAsync();
        var next = Next(family.Refresh);
        RotationResult? result = null;

        var announced = await AnnouncedByAsync(async () => result = await UseAsync(family.Refresh, next));

        result.ShouldNotBeNull().Outcome.ShouldBe(RotationOutcome.Rotated);
        result.Ended.ShouldBe([family.Access.Token]);
        announced.ShouldBe([(ChangeKind.Session, Subject(family.Access))]);
        (await LiveIdsAsync()).ShouldBe([next.Access.Id, next.Refresh.Id], ignoreOrder: true);
        (await Store.Sessions.FindAsync(next.Access.Token, default)).ShouldNotBeNull().Sequence.ShouldBeGreaterThan(0);
    }

    [Fact]
    [Contract("HTT-110")]
    public async Task Use_again_within_the_grace_hands_the_same_successor_back()
    {
        var family = await BeginAsync();
        var next = Next(family.Refresh);
        await UseAsync(family.Refresh, next, sealedAs: 7);
        Clock.Advance(Grace - TimeSpan.FromMilliseconds(1));
        await RestartAsync();

        var repeated = await UseAsync(family.Refresh, Next(family.Refresh), sealedAs: 8);

        repeated.Outcome.ShouldBe(RotationOutcome.Repeated);
        repeated.Sealed.ShouldBe([7]);
        repeated.Ended.ShouldBeEmpty();
        (await LiveIdsAsync()).ShouldBe([next.Access.Id, next.Refresh.Id], ignoreOrder: true);
    }

    [Fact]
    [Contract("HTT-111")]
    public async Task Use_again_after_the_grace_ends_the_family()
    {
        var family = await BeginAsync();
        var next = Next(family.Refresh);
        await UseAsync(family.Refresh, next);
        Clock.Advance(Grace);
        RotationResult? result = null;

        var announced = await AnnouncedByAsync(async () => result = await UseAsync(family.Refresh, Next(family.Refresh)));

        result.ShouldNotBeNull().Outcome.ShouldBe(RotationOutcome.Reused);
        result.Sealed.ShouldBeNull();
        result.Ended.ShouldContain(next.Access.Token);
        result.Ended.ShouldContain(next.Refresh.Token);
        announced.ShouldContain((ChangeKind.Session, Subject(next.Access)));
        announced.ShouldContain((ChangeKind.Session, Subject(next.Refresh)));
        (await LiveIdsAsync()).ShouldBeEmpty();
        (await UseAsync(next.Refresh, Next(next.Refresh))).Outcome.ShouldBe(RotationOutcome.Refused);
    }

    [Fact]
    [Contract("HTT-111")]
    public async Task Use_again_after_the_successor_was_used_ends_the_family_even_within_the_grace()
    {
        var family = await BeginAsync();
        var second = Next(family.Refresh);
        await UseAsync(family.Refresh, second);
        var third = Next(second.Refresh);
        await UseAsync(second.Refresh, third);

        (await UseAsync(family.Refresh, Next(family.Refresh))).Outcome.ShouldBe(RotationOutcome.Reused);

        (await LiveIdsAsync()).ShouldBeEmpty();
        (await UseAsync(third.Refresh, Next(third.Refresh))).Outcome.ShouldBe(RotationOutcome.Refused);
    }

    [Fact]
    [Contract("HTT-111")]
    public async Task Reuse_ends_its_own_family_only()
    {
        var (family, other) = (await BeginAsync("alice"), await BeginAsync("bob"));
        await UseAsync(family.Refresh, Next(family.Refresh));
        Clock.Advance(Grace);

        await UseAsync(family.Refresh, Next(family.Refresh));

        (await LiveIdsAsync()).ShouldBe([other.Access.Id, other.Refresh.Id], ignoreOrder: true);
    }

    [Fact]
    [Contract("HTT-110")]
    public async Task Uses_on_two_nodes_at_once_rotate_once_and_repeat_the_same()
    {
        var family = await BeginAsync();
        var other = await OpenAnotherAsync();

        var results = await AtOnceAsync(10, async i => await UseAsync(family.Refresh, Next(family.Refresh), (byte)i, i % 2 == 0 ? Store : other));

        results.Count(result => result.Outcome == RotationOutcome.Rotated).ShouldBe(1);
        var winner = Array.FindIndex(results, result => result.Outcome == RotationOutcome.Rotated);
        results.Where(result => result.Outcome == RotationOutcome.Repeated).ShouldAllBe(result => result.Sealed!.Single() == winner);
        results.Count(result => result.Outcome == RotationOutcome.Repeated).ShouldBe(9);
        (await LiveIdsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Use_of_what_is_no_live_refresh_token_is_refused()
    {
        var family = await BeginAsync();
        var expiring = await AddSessionAsync(family.Refresh with { Id = PublicId.New(Now), Token = TokenHash.Of("expiring"), Expires = Now.AddSeconds(1) });
        Clock.Advance(TimeSpan.FromSeconds(1));

        (await UseAsync(family.Access, Next(family.Refresh))).Outcome.ShouldBe(RotationOutcome.Refused);
        (await UseAsync(expiring, Next(expiring))).Outcome.ShouldBe(RotationOutcome.Refused);
        (await UseAsync(family.Refresh with { Token = TokenHash.Of("unknown") }, Next(family.Refresh))).Outcome.ShouldBe(RotationOutcome.Refused);

        (await LiveIdsAsync()).ShouldBe([family.Access.Id, family.Refresh.Id], ignoreOrder: true);
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Use_after_the_account_or_the_family_ended_is_refused()
    {
        var (disabled, cut, ended) = (await BeginAsync("alice"), await BeginAsync("bob"), await BeginAsync("carol"));
        await Store.Accounts.SetEnabledAsync(disabled.Refresh.AccountId, enabled: false, Event(), default);
        await Store.Sessions.CutOffAsync(cut.Refresh.AccountId, Event(), default);
        await Store.Sessions.EndAsync(ended.Access.Id, Now, Event(), default);

        foreach (var family in new[] { disabled, cut, ended })
        {
            (await UseAsync(family.Refresh, Next(family.Refresh))).Outcome.ShouldBe(RotationOutcome.Refused);
        }
    }

    [Fact]
    public async Task Used_token_is_not_listed_among_the_live_ones()
    {
        var family = await BeginAsync();
        await UseAsync(family.Refresh, Next(family.Refresh));

        (await LiveIdsAsync(new() { Kind = SessionKind.Refresh })).ShouldNotContain(family.Refresh.Id);
    }

    [Fact]
    public async Task Each_use_writes_the_audit_row_of_its_outcome()
    {
        var family = await BeginAsync();

        var audited = await AuditedByAsync(async () =>
        {
            await UseAsync(family.Refresh, Next(family.Refresh));
            await UseAsync(family.Refresh, Next(family.Refresh));
            Clock.Advance(Grace);
            await UseAsync(family.Refresh, Next(family.Refresh));
            await UseAsync(family.Refresh, Next(family.Refresh));
        });

        audited.Select(audit => audit.Reason).ShouldBe(
            [nameof(RotationOutcome.Rotated), nameof(RotationOutcome.Repeated), nameof(RotationOutcome.Reused), nameof(RotationOutcome.Refused)]);
    }

    private async Task<(Session Access, Session Refresh)> BeginAsync(string name = "alice")
    {
        var account = await AddAccountAsync(name);
        var family = PublicId.New(Now);
        var (access, refresh) = (NewSession(account) with { Family = family }, NewSession(account, kind: SessionKind.Refresh) with { Family = family });
        (await Store.Sessions.AddFamilyAsync([access, refresh], new SessionConditions(), Admitted, default)).ShouldBe(SessionAdmission.Added);
        return (access, refresh);
    }

    private (Session Access, Session Refresh) Next(Session refresh)
    {
        var account = new Account { Id = refresh.AccountId, Name = "", Key = "" };
        return (NewSession(account) with { Family = refresh.Family }, NewSession(account, kind: SessionKind.Refresh) with { Family = refresh.Family });
    }

    private async Task<RotationResult> UseAsync(Session used, (Session Access, Session Refresh) next, byte sealedAs = 1, IStore? node = null) =>
        await (node ?? Store).Sessions.RotateAsync(
            new Rotation(used.Token, [next.Access, next.Refresh], [sealedAs], Now, Grace), outcome => Event(AuditEvents.Refresh, outcome.ToString()), default);
}
