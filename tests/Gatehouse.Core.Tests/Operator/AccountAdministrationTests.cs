using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Operator;

public sealed class AccountAdministrationTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private Node _node = null!;

    private AccountAdministration Accounts => _node.AccountAdministration;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        await _node.TenantAdministration.AddAsync("north", null, hidden: false, default);
        await _node.TenantAdministration.AddAsync("south", null, hidden: false, default);
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public async Task Add_makes_the_account_with_its_roles_and_tenants()
    {
        (await Accounts.AddAsync("A\u0308lice", Node.Password, ["NORTH", "south", "north"], ["client", "global"], default)).IsDone.ShouldBeTrue();

        var account = (await Accounts.FindAsync("äLICE", default)).ShouldNotBeNull();
        account.Name.ShouldBe("\u00C4lice");
        account.Roles.ShouldBe(Roles.Client | Roles.Global);
        account.Memberships.Select(membership => membership.Name).ShouldBe(["north", "south"]);
        var audit = (await _node.ReadAuditAsync())[^1];
        (audit.Event, audit.Outcome, audit.Account).ShouldBe((AuditEvents.AccountAdd, AuditOutcomes.Accepted, "\u00C4lice"));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("..", "dot segment")]
    [InlineData(" alice", "blanks around it")]
    [InlineData("al\nice", "control character")]
    [InlineData("Bob", "exists already")]
    [InlineData("BOB", "exists already")]
    [Contract("HTT-74")]
    public async Task Add_of_a_name_that_cannot_be_is_refused_and_says_why(string name, string why)
    {
        await _node.AddAccountAsync("bob");

        (await Accounts.AddAsync(name, Node.Password, [], [], default)).Refusal.ShouldNotBeNull().ShouldContain(why);

        (await _node.Store.Accounts.ListAsync(default)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("a@b:c\\d")]
    [InlineData("DOMAIN\\alice")]
    [Contract("HTT-74")]
    public async Task Add_takes_signs_that_only_tenants_may_not_have(string name) =>
        (await Accounts.AddAsync(name, null, [], [], default)).IsDone.ShouldBeTrue();

    [Fact]
    [Contract("HTT-74")]
    public async Task Name_may_have_256_characters()
    {
        (await Accounts.AddAsync(new string('n', 256), null, [], [], default)).IsDone.ShouldBeTrue();
        (await Accounts.AddAsync(new string('m', 257), null, [], [], default)).Refusal.ShouldNotBeNull().ShouldContain("256");
    }

    [Fact]
    [Contract("HTT-75", "HTT-76")]
    public async Task Weak_password_is_refused_and_nothing_is_made_or_changed()
    {
        (await Accounts.AddAsync("alice", "short", [], [], default)).Refusal.ShouldNotBeNull().ShouldContain("15");
        (await _node.Store.Accounts.ListAsync(default)).ShouldBeEmpty();
        var account = await _node.AddAccountAsync();

        (await Accounts.SetPasswordAsync("alice", "alicealicealice", default)).Refusal.ShouldNotBeNull().ShouldContain("known password");

        (await Accounts.FindAsync("alice", default)).ShouldNotBeNull().PasswordVersion.ShouldBe(account.PasswordVersion);
    }

    [Fact]
    public async Task Unknown_role_or_tenant_is_refused_with_the_choice()
    {
        (await Accounts.AddAsync("alice", null, [], ["root\u001b"], default)).Refusal
            .ShouldBe("No role is called 'root\\u001b'; there are administrator, client, global, impersonator.");
        (await Accounts.AddAsync("alice", null, ["west"], [], default)).Refusal.ShouldNotBeNull().ShouldContain("'west'");

        (await _node.Store.Accounts.ListAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    [Contract("HTT-107")]
    public async Task Password_is_stored_as_a_hash_of_its_normal_form()
    {
        await _node.AddAccountAsync("alice", "gru\u0308ße aus der Ferne");

        var hash = (await _node.Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull().PasswordHash.ShouldNotBeNull();

        PasswordHash.Verify(hash, "gr\u00FCße aus der Ferne").ShouldBeTrue();
        PasswordHash.RoundsOf(hash).ShouldBe(1000);
    }

    [Fact]
    public async Task Password_of_another_authority_is_not_ours_to_set()
    {
        await _node.Store.Accounts.AddAsync(new("alice", "alice", "ldap", null, Roles.None, []), _node.Event(AuditEvents.AccountAdd), default);

        (await Accounts.SetPasswordAsync("alice", Node.Password, default)).Refusal.ShouldNotBeNull().ShouldContain("'ldap'");
    }

    [Fact]
    public async Task Grant_and_withdraw_change_what_they_name_and_are_audited()
    {
        await _node.AddAccountAsync("alice", Node.Password, "north");

        (await Accounts.GrantAsync("alice", ["south"], ["administrator"], default)).IsDone.ShouldBeTrue();
        (await Accounts.WithdrawAsync("ALICE", ["north"], [], default)).IsDone.ShouldBeTrue();

        var account = (await Accounts.FindAsync("alice", default)).ShouldNotBeNull();
        account.Memberships.Select(membership => membership.Name).ShouldBe(["south"]);
        account.Roles.ShouldBe(Roles.Administrator);
        (account.Has(Roles.Impersonator), account.Has(Roles.Global), account.Has(Roles.Client)).ShouldBe((true, true, false));
        (await _node.ReadAuditAsync()).TakeLast(2).Select(audit => (audit.Event, audit.Reason)).ShouldBe([(AuditEvents.AccountChange, "grant"), (AuditEvents.AccountChange, "withdraw")]);
    }

    [Fact]
    public async Task Every_command_on_an_unknown_name_is_refused_without_a_trace()
    {
        var before = (await _node.ReadAuditAsync()).Count;

        var results = new[]
        {
            await Accounts.SetPasswordAsync("no\u202Ebody", Node.Password, default),
            await Accounts.GrantAsync("no\u202Ebody", ["north"], [], default),
            await Accounts.WithdrawAsync("no\u202Ebody", ["north"], [], default),
            await Accounts.DisableAsync("no\u202Ebody", default),
            await Accounts.EnableAsync("no\u202Ebody", default),
            await Accounts.RemoveAsync("no\u202Ebody", default),
        };

        results.ShouldAllBe(result => result.Refusal == "No account is called 'no\\u202ebody'; 'gatehouse account list' shows them all.");
        (await _node.ReadAuditAsync()).Count.ShouldBe(before);
    }

    [Fact]
    public async Task Disable_enable_and_remove_do_what_they_say()
    {
        await _node.AddAccountAsync();

        await Accounts.DisableAsync("alice", default);
        (await Accounts.FindAsync("alice", default)).ShouldNotBeNull().Enabled.ShouldBeFalse();
        await Accounts.EnableAsync("alice", default);
        (await Accounts.FindAsync("alice", default)).ShouldNotBeNull().Enabled.ShouldBeTrue();
        await Accounts.RemoveAsync("alice", default);
        (await Accounts.FindAsync("alice", default)).ShouldBeNull();
    }
}
