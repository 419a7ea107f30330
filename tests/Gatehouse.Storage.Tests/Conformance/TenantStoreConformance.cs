using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

public abstract class TenantStoreConformance(StoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Add_keeps_every_member_and_is_announced()
    {
        var announced = await AnnouncedByAsync(async () =>
            (await Store.Tenants.AddAsync("North", "north", "GUID-1", hidden: true, Event(AuditEvents.TenantAdd), default)).ShouldNotBeNull());

        await RestartAsync();
        var tenant = (await Store.Tenants.ListAsync(default)).ShouldHaveSingleItem();
        (tenant.Name, tenant.Key, tenant.InternalId, tenant.Hidden).ShouldBe(("North", "north", "GUID-1", true));
        announced.Select(change => change.Kind).ShouldBe([ChangeKind.Tenant]);
        (await AuditAsync()).ShouldHaveSingleItem().Event.ShouldBe(AuditEvents.TenantAdd);
    }

    [Theory]
    [InlineData("north", "other id")]
    [InlineData("other key", "id of north")]
    [Contract("HTT-74")]
    public async Task Add_of_a_taken_key_or_internal_id_leaves_no_trace(string key, string internalId)
    {
        await AddTenantAsync("north");
        var before = await Store.Changes.GetLatestAsync(default);

        var audited = await AuditedByAsync(async () =>
            (await Store.Tenants.AddAsync("NORTH", key, internalId, hidden: false, Event(), default)).ShouldBeNull());

        audited.ShouldBeEmpty();
        (await Store.Changes.GetLatestAsync(default)).ShouldBe(before);
        (await Store.Tenants.ListAsync(default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task List_is_in_code_point_order_of_the_names()
    {
        foreach (var name in new[] { "b", "\U0001F600", "C", "\uFB03", "a" })
        {
            await AddTenantAsync(name);
        }

        (await Store.Tenants.ListAsync(default)).Select(tenant => tenant.Name).ShouldBe(["C", "a", "b", "\uFB03", "\U0001F600"], Case.Sensitive);
    }

    [Fact]
    public async Task Remove_takes_its_memberships_along_and_is_announced()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = await AddAccountAsync("alice", tenants: [north.Id, south.Id]);

        var announced = await AnnouncedByAsync(async () => (await Store.Tenants.RemoveAsync("north", Event(AuditEvents.TenantRemove), default)).ShouldBeTrue());

        (await LoadAsync(account)).Memberships.Select(membership => membership.Name).ShouldBe(["south"]);
        announced.Select(change => change.Kind).ShouldContain(ChangeKind.Tenant);
        (await AuditAsync())[^1].Event.ShouldBe(AuditEvents.TenantRemove);
    }

    [Fact]
    public async Task Remove_of_an_unknown_tenant_is_false_and_leaves_no_trace()
    {
        var before = await Store.Changes.GetLatestAsync(default);

        (await Store.Tenants.RemoveAsync("north", Event(), default)).ShouldBeFalse();

        (await AuditAsync()).ShouldBeEmpty();
        (await Store.Changes.GetLatestAsync(default)).ShouldBe(before);
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Remove_ends_the_sessions_that_are_bound_to_it_alone()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = await AddAccountAsync("alice", tenants: [north.Id, south.Id]);
        var bound = await AddSessionAsync(NewSession(account) with { Tenants = [north.Id] });
        var boundToBoth = await AddSessionAsync(NewSession(account) with { Tenants = [north.Id, south.Id] });
        var unbound = await AddSessionAsync(NewSession(account));

        await Store.Tenants.RemoveAsync("north", Event(), default);

        (await LiveIdsAsync()).ShouldBe([boundToBoth.Id, unbound.Id], ignoreOrder: true);
        (await Store.Sessions.FindAsync(bound.Token, default)).ShouldNotBeNull().Ended.ShouldBe(Now);
        (await Store.Sessions.FindAsync(unbound.Token, default)).ShouldNotBeNull().Ended.ShouldBeNull();
    }

    [Fact]
    public async Task Remove_of_the_last_of_its_tenants_ends_a_session()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = await AddAccountAsync("alice", tenants: [north.Id, south.Id]);
        await AddSessionAsync(NewSession(account) with { Tenants = [north.Id, south.Id] });

        await Store.Tenants.RemoveAsync("north", Event(), default);
        await Store.Tenants.RemoveAsync("south", Event(), default);

        (await LiveIdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Contract("HTT-105")]
    public async Task Removed_tenant_that_is_added_again_is_another_one()
    {
        var first = await AddTenantAsync("north");
        var account = await AddAccountAsync("alice", tenants: [first.Id]);
        await AddSessionAsync(NewSession(account, kind: SessionKind.ApiToken) with { Tenants = [first.Id] });
        await Store.Tenants.RemoveAsync("north", Event(), default);
        await RestartAsync();

        var second = await AddTenantAsync("north");

        second.Id.ShouldBeGreaterThan(first.Id);
        (await LoadAsync(account)).Memberships.ShouldBeEmpty();
        (await LiveIdsAsync()).ShouldBeEmpty();
    }
}
