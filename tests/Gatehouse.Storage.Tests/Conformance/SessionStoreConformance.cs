using System.Collections.Immutable;
using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>Adding, finding, listing and touching of sessions.</summary>
public abstract class SessionStoreConformance(StoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    [Contract("HTT-113")]
    public async Task Session_with_every_member_survives_a_restart()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = await AddAccountAsync("alice", tenants: [north.Id, south.Id]);
        var added = await AddSessionAsync(NewSession(account) with
        {
            IdleTimeout = TimeSpan.FromMinutes(30),
            Source = "192.0.2.7",
            Seat = "host-1",
            Family = PublicId.New(Now),
            Tenants = [north.Id, south.Id],
            Label = "Ünattended",
            Attributes = ImmutableSortedDictionary<string, string>.Empty.Add("scope", "a \"quoted\" one").Add("x", ""),
        });

        await RestartAsync();

        var found = (await Store.Sessions.FindAsync(added.Token, default)).ShouldNotBeNull();
        found.Attributes.ShouldBe(added.Attributes);
        found.Tenants.ShouldBe(added.Tenants);
        (found with { Attributes = added.Attributes, Tenants = added.Tenants }).ShouldBe(added);
    }

    [Fact]
    [Contract("HTT-113")]
    public async Task Session_with_no_optional_member_reads_back()
    {
        var account = await AddAccountAsync();
        var added = await AddSessionAsync(NewSession(account, kind: SessionKind.ApiToken) with { Dialect = null, Expires = null });

        var found = (await Store.Sessions.FindAsync(added.Token, default)).ShouldNotBeNull();

        (found with { Attributes = added.Attributes, Tenants = added.Tenants }).ShouldBe(added);
    }

    [Fact]
    public async Task Sequence_grows_over_both_nodes()
    {
        var account = await AddAccountAsync();
        var other = await OpenAnotherAsync();

        var first = await AddSessionAsync(NewSession(account));
        var (_, second, _) = await other.Sessions.AddAsync(NewSession(account), new SessionConditions(), Admitted, default);
        var third = await AddSessionAsync(NewSession(account));

        second.Sequence.ShouldBeGreaterThan(first.Sequence);
        third.Sequence.ShouldBeGreaterThan(second.Sequence);
    }

    [Fact]
    public async Task Find_of_an_unknown_token_or_id_is_null()
    {
        (await Store.Sessions.FindAsync(TokenHash.Of("unknown"), default)).ShouldBeNull();
        (await Store.Sessions.FindAsync(PublicId.New(Now), default)).ShouldBeNull();
    }

    [Fact]
    public async Task Find_by_id_names_account_and_tenants_in_order()
    {
        var (south, north) = (await AddTenantAsync("south"), await AddTenantAsync("north"));
        var account = await AddAccountAsync("alice", tenants: [north.Id, south.Id]);
        var session = await AddSessionAsync(NewSession(account) with { Tenants = [south.Id, north.Id] });

        var listed = (await Store.Sessions.FindAsync(session.Id, default)).ShouldNotBeNull();

        listed.Account.ShouldBe("alice");
        listed.Tenants.ShouldBe(["north", "south"]);
        listed.Session.Token.ShouldBe(session.Token);
    }

    [Fact]
    public async Task Find_by_token_still_shows_what_ended_or_expired()
    {
        var account = await AddAccountAsync();
        var ended = await AddSessionAsync(NewSession(account));
        var expired = await AddSessionAsync(NewSession(account) with { Expires = Now.AddSeconds(1) });
        await Store.Sessions.EndAsync(ended.Id, Now, Event(), default);
        Clock.Advance(TimeSpan.FromSeconds(1));

        (await Store.Sessions.FindAsync(ended.Token, default)).ShouldNotBeNull().Ended.ShouldNotBeNull();
        (await Store.Sessions.FindAsync(expired.Token, default)).ShouldNotBeNull().Ended.ShouldBeNull();
        (await LiveIdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Contract("HTT-177")]
    public async Task Add_writes_the_audit_row_of_its_outcome()
    {
        var account = await AddAccountAsync();
        var disabled = await AddAccountAsync("bob");
        await Store.Accounts.SetEnabledAsync(disabled.Id, enabled: false, Event(), default);

        var audited = await AuditedByAsync(async () =>
        {
            await TryAddAsync(NewSession(account));
            await TryAddAsync(NewSession(disabled));
        });

        audited.Select(audit => audit.Reason).ShouldBe([nameof(SessionAdmission.Added), nameof(SessionAdmission.AccountChanged)]);
    }

    [Fact]
    public async Task List_is_oldest_first()
    {
        var account = await AddAccountAsync();
        var ids = new List<PublicId>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await AddSessionAsync(NewSession(account))).Id);
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await LiveIdsAsync()).ShouldBe(ids);
    }

    [Fact]
    public async Task List_shows_what_all_members_of_the_filter_name()
    {
        var tenant = await AddTenantAsync("north");
        var (alice, bob) = (await AddAccountAsync("alice", tenants: [tenant.Id]), await AddAccountAsync("bob"));
        var plain = await AddSessionAsync(NewSession(alice));
        var bound = await AddSessionAsync(NewSession(alice) with { Tenants = [tenant.Id] });
        var api = await AddSessionAsync(NewSession(alice, kind: SessionKind.ApiToken) with { Dialect = null, Tenants = [tenant.Id] });
        var bobs = await AddSessionAsync(NewSession(bob) with { Dialect = "micetro" });

        (await LiveIdsAsync(new() { AccountId = alice.Id })).ShouldBe([plain.Id, bound.Id, api.Id], ignoreOrder: true);
        (await LiveIdsAsync(new() { Dialect = "micetro" })).ShouldBe([bobs.Id]);
        (await LiveIdsAsync(new() { TenantId = tenant.Id })).ShouldBe([bound.Id, api.Id], ignoreOrder: true);
        (await LiveIdsAsync(new() { TenantId = tenant.Id, Kind = SessionKind.Session })).ShouldBe([bound.Id]);
        (await LiveIdsAsync(new() { AccountId = alice.Id, Dialect = "micetro" })).ShouldBeEmpty();
    }

    [Fact]
    [Contract("HTT-109")]
    public async Task List_leaves_out_what_expires_or_idles_out_at_this_instant()
    {
        var account = await AddAccountAsync();
        await AddSessionAsync(NewSession(account) with { Expires = Now.AddSeconds(10) });
        await AddSessionAsync(NewSession(account) with { IdleTimeout = TimeSpan.FromSeconds(10) });
        Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        (await LiveIdsAsync()).Count.ShouldBe(2);

        Clock.Advance(TimeSpan.FromMilliseconds(1));

        (await LiveIdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Touch_restarts_the_idle_time_out_and_never_goes_back()
    {
        var account = await AddAccountAsync();
        var session = await AddSessionAsync(NewSession(account) with { IdleTimeout = TimeSpan.FromSeconds(10) });
        var used = Now.AddSeconds(8);

        await Store.Sessions.TouchAsync([(session.Id, used)], default);
        await Store.Sessions.TouchAsync([(session.Id, used.AddSeconds(-3)), (PublicId.New(Now), used)], default);
        Clock.Advance(TimeSpan.FromSeconds(17));

        (await Store.Sessions.FindAsync(session.Token, default)).ShouldNotBeNull().LastUsed.ShouldBe(used);
        (await LiveIdsAsync()).ShouldBe([session.Id]);
    }
}
