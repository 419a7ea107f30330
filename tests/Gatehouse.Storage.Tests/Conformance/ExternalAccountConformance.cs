using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>Accounts of external authorities: what comes from there, beside what the operator granted.</summary>
public abstract class ExternalAccountConformance(StoreHarness harness) : StoreConformance(harness)
{
    private static readonly ExternalAccount Alice = new("Alice", "alice", "corp", "id-1", Roles.Global, ["north"]);

    [Fact]
    public async Task First_sync_makes_the_account_with_what_is_mapped()
    {
        var tenant = await AddTenantAsync("north");

        var audited = await AuditedByAsync(async () => (await SyncAsync(Alice)).Outcome.ShouldBe(ExternalSync.Added));

        audited.ShouldHaveSingleItem().Event.ShouldBe(AuditEvents.AccountAdd);
        var found = (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull();
        found.Account.Name.ShouldBe("Alice");
        found.Account.Authority.ShouldBe("corp");
        found.Account.ExternalId.ShouldBe("id-1");
        found.Account.Roles.ShouldBe(Roles.Global);
        found.Account.Memberships.ShouldBe([new Membership(tenant.Id, "north")]);
        found.PasswordHash.ShouldBeNull();
        (await LoadAsync(found.Account)).ExternalId.ShouldBe("id-1");
    }

    [Fact]
    public async Task Sync_of_what_is_there_already_writes_nothing()
    {
        await AddTenantAsync("north");
        var first = await SyncAsync(Alice);

        IReadOnlyList<(ChangeKind Kind, string Subject)> announced = [];
        var audited = await AuditedByAsync(async () => announced = await AnnouncedByAsync(async () =>
        {
            var (outcome, account) = await SyncAsync(Alice with { ExternalId = null });
            outcome.ShouldBe(ExternalSync.Unchanged);
            account.ShouldNotBeNull().Id.ShouldBe(first.Account!.Id);
        }));

        audited.ShouldBeEmpty();
        announced.ShouldBeEmpty();
    }

    [Fact]
    public async Task Sync_replaces_what_was_mapped_and_keeps_what_was_granted()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = (await SyncAsync(Alice)).Account.ShouldNotBeNull();
        await Store.Accounts.GrantAsync(account.Id, Roles.Client, [south.Id], Event(), default);

        var announced = await AnnouncedByAsync(async () =>
            (await SyncAsync(Alice with { Roles = Roles.None, TenantKeys = [] })).Outcome.ShouldBe(ExternalSync.Changed));

        announced.ShouldContain((ChangeKind.Account, Subject(account)));
        var now = await LoadAsync(account);
        now.Roles.ShouldBe(Roles.Client);
        now.Memberships.ShouldBe([new Membership(south.Id, "south")]);
        (await SyncAsync(Alice with { TenantKeys = ["north", "south"] })).Account.ShouldNotBeNull().Memberships.Select(membership => membership.TenantId).ShouldBe([north.Id, south.Id]);
        (await SyncAsync(Alice with { TenantKeys = [] })).Account.ShouldNotBeNull().Memberships.Select(membership => membership.TenantId).ShouldBe([south.Id]);
    }

    [Fact]
    public async Task Granting_what_is_mapped_keeps_it_when_the_mapping_ends()
    {
        var north = await AddTenantAsync("north");
        var account = (await SyncAsync(Alice)).Account.ShouldNotBeNull();
        await Store.Accounts.GrantAsync(account.Id, Roles.Global, [north.Id], Event(), default);

        await SyncAsync(Alice with { Roles = Roles.None, TenantKeys = [] });

        var now = await LoadAsync(account);
        now.Roles.ShouldBe(Roles.Global);
        now.Memberships.ShouldBe([new Membership(north.Id, "north")]);
    }

    [Fact]
    public async Task Withdrawing_takes_what_is_mapped_until_the_next_sign_in()
    {
        var north = await AddTenantAsync("north");
        var account = (await SyncAsync(Alice)).Account.ShouldNotBeNull();

        await Store.Accounts.WithdrawAsync(account.Id, Roles.Global, [north.Id], Event(), default);

        var now = await LoadAsync(account);
        now.Roles.ShouldBe(Roles.None);
        now.Memberships.ShouldBeEmpty();
        (await SyncAsync(Alice)).Outcome.ShouldBe(ExternalSync.Changed);
        (await LoadAsync(account)).Roles.ShouldBe(Roles.Global);
    }

    [Fact]
    public async Task Tenant_that_does_not_exist_is_left_out()
    {
        var account = (await SyncAsync(Alice)).Account.ShouldNotBeNull();

        account.Memberships.ShouldBeEmpty();
        (await SyncAsync(Alice)).Outcome.ShouldBe(ExternalSync.Unchanged);
    }

    [Fact]
    [Contract("ATK-4")]
    public async Task Sync_of_a_name_of_another_authority_writes_nothing()
    {
        var local = await AddAccountAsync("alice");

        var audited = await AuditedByAsync(async () => (await SyncAsync(Alice)).ShouldBe((ExternalSync.OtherAuthority, null)));

        audited.ShouldBeEmpty();
        var now = await LoadAsync(local);
        (now.Authority, now.Roles, now.ExternalId).ShouldBe((Account.LocalAuthority, Roles.None, null));
    }

    [Fact]
    [Contract("ATK-73")]
    public async Task Sync_of_another_person_of_the_same_name_writes_nothing()
    {
        var account = (await SyncAsync(Alice)).Account.ShouldNotBeNull();

        (await SyncAsync(Alice with { ExternalId = "id-2", Roles = Roles.Administrator })).ShouldBe((ExternalSync.OtherPerson, null));

        (await LoadAsync(account)).Roles.ShouldBe(Roles.Global);
    }

    [Fact]
    public async Task Sync_gives_a_prepared_account_its_person()
    {
        await Store.Accounts.AddAsync(NewAccount("Alice", passwordHash: null) with { Authority = "corp" }, Event(), default);

        (await SyncAsync(Alice)).Outcome.ShouldBe(ExternalSync.Changed);
        (await SyncAsync(Alice with { ExternalId = "id-2" })).Outcome.ShouldBe(ExternalSync.OtherPerson);
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Sync_enables_nothing()
    {
        var account = (await SyncAsync(Alice)).Account.ShouldNotBeNull();
        await Store.Accounts.SetEnabledAsync(account.Id, enabled: false, Event(), default);

        (await SyncAsync(Alice with { Roles = Roles.None })).Account.ShouldNotBeNull().Enabled.ShouldBeFalse();
    }

    [Fact]
    public async Task First_syncs_on_two_nodes_at_once_make_one_account()
    {
        var other = await OpenAnotherAsync();

        var synced = await AtOnceAsync(10, async i => await SyncAsync(Alice, i % 2 == 0 ? Store : other));

        synced.Count(sync => sync.Outcome == ExternalSync.Added).ShouldBe(1);
        synced.Select(sync => sync.Account.ShouldNotBeNull().Id).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Verifier_is_kept_with_its_time_and_forgotten()
    {
        var account = (await SyncAsync(Alice)).Account.ShouldNotBeNull();

        await Store.Accounts.SetVerifierAsync(account.Id, "hash-1", Now, default);
        var kept = (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull();
        await Store.Accounts.SetVerifierAsync(account.Id, null, Now, default);
        var forgotten = (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull();

        (kept.PasswordHash, kept.Verified).ShouldBe(("hash-1", Now));
        (forgotten.PasswordHash, forgotten.Verified).ShouldBe((null, null));
    }

    [Fact]
    public async Task Verifier_never_replaces_a_local_password()
    {
        var local = await AddAccountAsync("bob");

        await Store.Accounts.SetVerifierAsync(local.Id, "other", Now, default);

        (await Store.Accounts.FindAsync("bob", default)).ShouldNotBeNull().PasswordHash.ShouldBe("hash-1");
    }

    [Fact]
    [Contract("PN-93")]
    public async Task Session_on_a_token_that_is_taken_is_turned_away()
    {
        var (alice, bob) = (await AddAccountAsync("alice"), await AddAccountAsync("bob"));
        var first = await AddSessionAsync(NewSession(alice, "sso-token"));

        (await TryAddAsync(NewSession(bob, "sso-token"))).ShouldBe(SessionAdmission.TokenTaken);
        (await Store.Sessions.AddFamilyAsync([NewSession(bob), NewSession(bob, "sso-token")], new SessionConditions(), Admitted, default)).ShouldBe(SessionAdmission.TokenTaken);

        (await Store.Sessions.FindAsync(first.Token, default)).ShouldNotBeNull().AccountId.ShouldBe(alice.Id);
    }

    private async Task<(ExternalSync Outcome, Account? Account)> SyncAsync(ExternalAccount account, IStore? node = null) =>
        await (node ?? Store).Accounts.SyncAsync(account, added => Event(added ? AuditEvents.AccountAdd : AuditEvents.AccountChange, "corp"), default);
}
