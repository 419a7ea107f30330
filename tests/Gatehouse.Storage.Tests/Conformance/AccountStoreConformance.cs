using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

public abstract class AccountStoreConformance(StoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Add_keeps_every_member_of_the_account()
    {
        var tenant = await AddTenantAsync("north");

        var added = await AddAccountAsync("Älice", "hash-1", Roles.Administrator | Roles.Client, tenant.Id);

        var found = (await Store.Accounts.FindAsync("älice", default)).ShouldNotBeNull();
        found.PasswordHash.ShouldBe("hash-1");
        found.Account.Id.ShouldBe(added.Id);
        found.Account.Name.ShouldBe("Älice");
        found.Account.Key.ShouldBe("älice");
        found.Account.Authority.ShouldBe(Account.LocalAuthority);
        found.Account.Enabled.ShouldBeTrue();
        found.Account.Roles.ShouldBe(Roles.Administrator | Roles.Client);
        found.Account.Memberships.ShouldBe([new Membership(tenant.Id, "north")]);
        found.Account.LockedUntil.ShouldBeNull();
    }

    [Fact]
    [Contract("HTT-96")]
    public async Task Add_forgets_what_was_guessed_at_the_name_before()
    {
        await Store.Guesses.ChangeAsync(
            "alice", "192.0.2.1", (_, source) => new GuessStep<bool>(new AccountGuesses(100, null, DateTimeOffset.MaxValue, Now), source, true), default);

        (await AddAccountAsync("alice")).LockedUntil.ShouldBeNull();
        (await Store.Guesses.ReadAsync("alice", "192.0.2.1", default)).Account.Count.ShouldBe(0);
    }

    [Fact]
    [Contract("HTT-79")]
    public async Task Add_without_a_password_keeps_none()
    {
        await AddAccountAsync("alice", passwordHash: null);

        (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull().PasswordHash.ShouldBeNull();
    }

    [Fact]
    [Contract("HTT-74")]
    public async Task Add_of_a_taken_key_adds_and_audits_nothing()
    {
        await AddAccountAsync("alice");

        var audited = await AuditedByAsync(async () =>
            (await Store.Accounts.AddAsync(NewAccount("ALICE"), Event(AuditEvents.AccountAdd), default)).ShouldBeNull());

        audited.ShouldBeEmpty();
        (await Store.Accounts.ListAsync(default)).Select(account => account.Name).ShouldBe(["alice"]);
    }

    [Fact]
    public async Task Add_of_one_key_on_two_nodes_at_once_adds_one()
    {
        var other = await OpenAnotherAsync();

        var added = await AtOnceAsync(10, async i => await (i % 2 == 0 ? Store : other).Accounts.AddAsync(NewAccount("alice"), Event(), default));

        added.Count(account => account is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Add_with_a_tenant_that_is_gone_joins_the_others()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        await Store.Tenants.RemoveAsync("north", Event(), default);

        var account = await AddAccountAsync("alice", tenants: [north.Id, south.Id]);

        account.Memberships.Select(membership => membership.Name).ShouldBe(["south"]);
    }

    [Fact]
    public async Task List_is_in_code_point_order_of_the_names()
    {
        foreach (var name in new[] { "b", "\U0001F600", "C", "\uFB03", "a", "ä" })
        {
            await AddAccountAsync(name);
        }

        (await Store.Accounts.ListAsync(default)).Select(account => account.Name).ShouldBe(["C", "a", "b", "ä", "\uFB03", "\U0001F600"], Case.Sensitive);
    }

    [Fact]
    public async Task List_comes_in_pages_that_miss_nobody_and_repeat_nobody()
    {
        var names = Enumerable.Range(0, 23).Select(i => $"user {i:00}").ToList();
        foreach (var name in names)
        {
            await AddAccountAsync(name);
        }

        var seen = new List<string>();
        for (IReadOnlyList<Account> page; (page = await Store.Accounts.ListAsync(new AccountPage(seen.LastOrDefault(""), 5), default)).Count > 0;)
        {
            page.Count.ShouldBeLessThanOrEqualTo(5);
            seen.AddRange(page.Select(account => account.Name));
        }

        seen.ShouldBe(names);
    }

    [Fact]
    public async Task List_shows_only_names_that_contain_what_is_searched()
    {
        foreach (var name in new[] { "Alice North", "bob_north", "carol", "100%" })
        {
            await AddAccountAsync(name);
        }

        (await Store.Accounts.ListAllAsync("north", default).ToListAsync()).Select(account => account.Name).ShouldBe(["Alice North", "bob_north"]);
        (await Store.Accounts.ListAllAsync("%", default).ToListAsync()).Select(account => account.Name).ShouldBe(["100%"]);
        (await Store.Accounts.ListAllAsync("nobody", default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Contract("ATK-83")]
    public async Task First_start_is_held_by_one_node_at_a_time()
    {
        var other = await OpenAnotherAsync();
        var held = await Store.Accounts.HoldBootstrapAsync(default);
        var waiting = other.Accounts.HoldBootstrapAsync(default).AsTask();
        await Task.Delay(200);
        waiting.IsCompleted.ShouldBeFalse();

        await held.DisposeAsync();

        await (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).DisposeAsync();
    }

    [Fact]
    public async Task Sync_makes_the_account_once_on_two_nodes_at_once_and_keeps_what_was_granted()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var other = await OpenAnotherAsync();
        var external = new ExternalAccount("Alice", "alice", "ldap", "id-1", Roles.Client, ["north", "nowhere"]);

        var outcomes = await AtOnceAsync(8, async i => (await (i % 2 == 0 ? Store : other).Accounts.SyncAsync(external, _ => Event(), default)).Outcome);
        outcomes.Count(outcome => outcome == ExternalSync.Added).ShouldBe(1);
        outcomes.Count(outcome => outcome == ExternalSync.Unchanged).ShouldBe(7);

        var account = (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull().Account;
        (account.Authority, account.ExternalId, account.Roles).ShouldBe(("ldap", "id-1", Roles.Client));
        await Store.Accounts.GrantAsync(account.Id, Roles.Global, [north.Id], Event(), default);
        (await Store.Accounts.SyncAsync(external with { Roles = Roles.None, TenantKeys = ["south"] }, _ => Event(), default)).Outcome.ShouldBe(ExternalSync.Changed);
        var now = await LoadAsync(account);
        now.Roles.ShouldBe(Roles.Global);
        now.Memberships.ShouldBe([new Membership(north.Id, "north"), new Membership(south.Id, "south")]);

        (await Store.Accounts.SyncAsync(external with { ExternalId = "id-2" }, _ => Event(), default)).Outcome.ShouldBe(ExternalSync.OtherPerson);
        (await Store.Accounts.SyncAsync(external with { Authority = "other" }, _ => Event(), default)).Outcome.ShouldBe(ExternalSync.OtherAuthority);
    }

    [Fact]
    public async Task Verifier_of_an_external_password_is_kept_and_forgotten()
    {
        var account = (await Store.Accounts.SyncAsync(new ExternalAccount("Alice", "alice", "ldap", null, Roles.None, []), _ => Event(), default)).Account.ShouldNotBeNull();
        var local = await AddAccountAsync("bob");

        await Store.Accounts.SetVerifierAsync(account.Id, "verifier", Now, default);
        await Store.Accounts.SetVerifierAsync(local.Id, "verifier", Now, default);

        var found = (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull();
        (found.PasswordHash, found.Verified).ShouldBe(("verifier", Now));
        (await Store.Accounts.FindAsync("bob", default)).ShouldNotBeNull().PasswordHash.ShouldBe("hash-1");
        await Store.Accounts.SetVerifierAsync(account.Id, null, Now, default);
        found = (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull();
        (found.PasswordHash, found.Verified).ShouldBe((null, null));
    }

    [Fact]
    public async Task List_and_load_say_the_same()
    {
        var tenant = await AddTenantAsync("north");
        var added = await AddAccountAsync("alice", roles: Roles.Global, tenants: [tenant.Id]);

        var listed = (await Store.Accounts.ListAsync(default)).ShouldHaveSingleItem();

        listed.Memberships.ShouldBe([new Membership(tenant.Id, "north")]);
        (listed with { Memberships = [] }).ShouldBe(await LoadAsync(added) with { Memberships = [] });
    }

    [Fact]
    public async Task Grant_adds_to_roles_and_memberships_and_is_announced()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = await AddAccountAsync("alice", roles: Roles.Client, tenants: [south.Id]);

        var announced = await AnnouncedByAsync(async () =>
            (await Store.Accounts.GrantAsync(account.Id, Roles.Global, [north.Id, south.Id], Event(), default)).ShouldBeTrue());

        var now = await LoadAsync(account);
        now.Roles.ShouldBe(Roles.Client | Roles.Global);
        now.Memberships.Select(membership => membership.Name).ShouldBe(["north", "south"]);
        now.CutOff.ShouldBe(account.CutOff);
        announced.ShouldBe([(ChangeKind.Account, Subject(account))]);
    }

    [Fact]
    public async Task Grant_of_a_tenant_that_is_gone_grants_the_rest()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = await AddAccountAsync();
        await Store.Tenants.RemoveAsync("north", Event(), default);

        (await Store.Accounts.GrantAsync(account.Id, Roles.Client, [north.Id, south.Id], Event(), default)).ShouldBeTrue();

        (await LoadAsync(account)).Memberships.Select(membership => membership.Name).ShouldBe(["south"]);
    }

    [Fact]
    public async Task Withdraw_takes_what_it_names_and_leaves_the_rest()
    {
        var (north, south) = (await AddTenantAsync("north"), await AddTenantAsync("south"));
        var account = await AddAccountAsync("alice", roles: Roles.Client | Roles.Global, tenants: [north.Id, south.Id]);

        var announced = await AnnouncedByAsync(async () =>
            (await Store.Accounts.WithdrawAsync(account.Id, Roles.Global, [north.Id], Event(), default)).ShouldBeTrue());

        var now = await LoadAsync(account);
        now.Roles.ShouldBe(Roles.Client);
        now.Memberships.Select(membership => membership.Name).ShouldBe(["south"]);
        announced.ShouldBe([(ChangeKind.Account, Subject(account))]);
    }

    [Fact]
    public async Task Set_password_changes_hash_version_and_cut_off()
    {
        var account = await AddAccountAsync();

        var announced = await AnnouncedByAsync(async () => (await Store.Accounts.SetPasswordAsync(account.Id, "hash-2", Event(), default)).ShouldBeTrue());

        var now = (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull();
        now.PasswordHash.ShouldBe("hash-2");
        now.Account.PasswordVersion.ShouldNotBe(account.PasswordVersion);
        now.Account.CutOff.ShouldBeGreaterThan(account.CutOff);
        announced.ShouldBe([(ChangeKind.Account, Subject(account))]);
    }

    [Fact]
    [Contract("HTT-82")]
    public async Task Upgrade_of_a_password_replaces_the_hash_and_nothing_else()
    {
        var account = await AddAccountAsync();

        await Store.Accounts.UpgradePasswordAsync(account.Id, "hash-1", "hash-1 upgraded", default);

        (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull().PasswordHash.ShouldBe("hash-1 upgraded");
        (await LoadAsync(account)).ShouldBe(account);
    }

    [Fact]
    public async Task Upgrade_of_a_password_that_changed_meanwhile_does_nothing()
    {
        var account = await AddAccountAsync();
        await Store.Accounts.SetPasswordAsync(account.Id, "hash-2", Event(), default);

        await Store.Accounts.UpgradePasswordAsync(account.Id, "hash-1", "hash-1 upgraded", default);

        (await Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull().PasswordHash.ShouldBe("hash-2");
    }

    [Fact]
    public async Task Disable_raises_the_cut_off_and_enable_leaves_it()
    {
        var account = await AddAccountAsync();

        var announced = await AnnouncedByAsync(async () => (await Store.Accounts.SetEnabledAsync(account.Id, enabled: false, Event(), default)).ShouldBeTrue());
        var disabled = await LoadAsync(account);
        await Store.Accounts.SetEnabledAsync(account.Id, enabled: true, Event(), default);
        var enabled = await LoadAsync(account);

        announced.ShouldBe([(ChangeKind.Account, Subject(account))]);
        disabled.Enabled.ShouldBeFalse();
        disabled.CutOff.ShouldBeGreaterThan(account.CutOff);
        enabled.Enabled.ShouldBeTrue();
        enabled.CutOff.ShouldBe(disabled.CutOff);
    }

    [Fact]
    [Contract("HTT-105")]
    public async Task Removed_account_that_is_added_again_is_another_one()
    {
        var tenant = await AddTenantAsync("north");
        var first = await AddAccountAsync("alice", roles: Roles.Administrator, tenants: [tenant.Id]);

        var announced = await AnnouncedByAsync(async () => (await Store.Accounts.RemoveAsync(first.Id, Event(AuditEvents.AccountRemove), default)).ShouldBeTrue());
        (await Store.Accounts.FindAsync("alice", default)).ShouldBeNull();
        var second = await AddAccountAsync("alice", passwordHash: null);

        announced.ShouldBe([(ChangeKind.Account, Subject(first))]);
        second.Id.ShouldBeGreaterThan(first.Id);
        second.Roles.ShouldBe(Roles.None);
        second.Memberships.ShouldBeEmpty();
        (await Store.Accounts.LoadAsync(first.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Number_of_the_last_account_is_not_given_again_after_a_restart()
    {
        var first = await AddAccountAsync("alice");
        await Store.Accounts.RemoveAsync(first.Id, Event(), default);
        await RestartAsync();

        (await AddAccountAsync("bob")).Id.ShouldBeGreaterThan(first.Id);
    }

    [Fact]
    public async Task Change_of_an_account_that_does_not_exist_is_false_and_leaves_no_trace()
    {
        const long Nobody = 12345;
        var tenant = await AddTenantAsync("north");
        var before = await Store.Changes.GetLatestAsync(default);

        var audited = await AuditedByAsync(async () =>
        {
            (await Store.Accounts.SetPasswordAsync(Nobody, "hash", Event(), default)).ShouldBeFalse();
            (await Store.Accounts.SetEnabledAsync(Nobody, enabled: false, Event(), default)).ShouldBeFalse();
            (await Store.Accounts.GrantAsync(Nobody, Roles.Client, [tenant.Id], Event(), default)).ShouldBeFalse();
            (await Store.Accounts.WithdrawAsync(Nobody, Roles.Client, [tenant.Id], Event(), default)).ShouldBeFalse();
            (await Store.Accounts.RemoveAsync(Nobody, Event(), default)).ShouldBeFalse();
        });

        audited.ShouldBeEmpty();
        (await Store.Changes.GetLatestAsync(default)).ShouldBe(before);
    }

    [Fact]
    public async Task Each_change_writes_its_audit_row()
    {
        var account = await AddAccountAsync();

        var audited = await AuditedByAsync(async () =>
        {
            await Store.Accounts.SetPasswordAsync(account.Id, "hash-2", Event(reason: "password"), default);
            await Store.Accounts.SetEnabledAsync(account.Id, enabled: false, Event(reason: "disable"), default);
            await Store.Accounts.GrantAsync(account.Id, Roles.Client, [], Event(reason: "grant"), default);
            await Store.Accounts.WithdrawAsync(account.Id, Roles.Client, [], Event(reason: "withdraw"), default);
            await Store.Accounts.RemoveAsync(account.Id, Event(AuditEvents.AccountRemove), default);
        });

        audited.Select(audit => audit.Reason ?? audit.Event).ShouldBe(["password", "disable", "grant", "withdraw", AuditEvents.AccountRemove]);
    }

    [Fact]
    public async Task State_of_the_first_start_survives_a_restart()
    {
        (await Store.Accounts.GetBootstrapAsync(default)).ShouldBe(Bootstrap.Fresh);
        await Store.Accounts.SetBootstrapAsync(Bootstrap.Unannounced, default);
        await RestartAsync();
        (await Store.Accounts.GetBootstrapAsync(default)).ShouldBe(Bootstrap.Unannounced);

        await Store.Accounts.SetBootstrapAsync(Bootstrap.Done, default);
        (await Store.Accounts.GetBootstrapAsync(default)).ShouldBe(Bootstrap.Done);
    }

    [Fact]
    public async Task Accounts_survive_a_restart()
    {
        var account = await AddAccountAsync("alice", roles: Roles.Client);
        await Store.Accounts.SetEnabledAsync(account.Id, enabled: false, Event(), default);
        var before = await LoadAsync(account);

        await RestartAsync();

        (await LoadAsync(account)).ShouldBe(before);
    }
}
