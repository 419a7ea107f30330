using Gatehouse.Core.Accounts;
using Gatehouse.Core.Tests.Support;
using Shouldly;

namespace Gatehouse.Core.Tests.Accounts;

public sealed class AccountDirectoryTests : IAsyncLifetime
{
    private const string LoadCall = "IAccountStore.LoadAsync";

    private readonly TestStore _state = new();
    private Node _node = null!;
    private Account _alice = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        _alice = await _node.AddAccountAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public void Account_has_one_place_in_memory() => _node.Accounts.EntryOf(_alice.Id).ShouldBeSameAs(_node.Accounts.EntryOf(_alice.Id));

    [Fact]
    public async Task Account_is_read_once_until_it_is_forgotten()
    {
        var entry = _node.Accounts.EntryOf(_alice.Id);
        await _node.Accounts.ReadAsync(entry, default);
        await _node.Accounts.ReadAsync(entry, default);
        _node.Watch.CallsOf(LoadCall).ShouldBe(1);

        _node.Accounts.Invalidate(_alice.Id);
        entry.IsKnown.ShouldBeFalse();
        entry.Snapshot.ShouldBeNull();
        await _node.Accounts.ReadAsync(entry, default);

        _node.Watch.CallsOf(LoadCall).ShouldBe(2);
    }

    [Fact]
    public async Task Account_that_changes_while_it_is_read_is_read_again()
    {
        var gate = new TaskCompletionSource();
        _node.Watch.HoldBack = call => call == LoadCall ? gate.Task : Task.CompletedTask;
        var reading = _node.Accounts.ReadAsync(_node.Accounts.EntryOf(_alice.Id), default).AsTask();

        await _node.AccountAdministration.DisableAsync("alice", default);
        _node.Accounts.Invalidate(_alice.Id);
        gate.SetResult();

        (await reading).ShouldNotBeNull().Enabled.ShouldBeFalse();
        _node.Watch.CallsOf(LoadCall).ShouldBe(2);
    }

    [Fact]
    public async Task Removed_account_is_known_to_be_none()
    {
        await _node.AccountAdministration.RemoveAsync("alice", default);
        var entry = _node.Accounts.EntryOf(_alice.Id);

        (await _node.Accounts.ReadAsync(entry, default)).ShouldBeNull();

        entry.IsKnown.ShouldBeTrue();
    }

    [Theory]
    [InlineData(Roles.None, "")]
    [InlineData(Roles.Administrator | Roles.Client, "administrator client")]
    [InlineData(Roles.Global | Roles.Impersonator, "global impersonator")]
    public void Roles_have_names_in_alphabetical_order(Roles roles, string names) => string.Join(' ', RoleNames.NamesOf(roles)).ShouldBe(names);

    [Fact]
    public void Every_role_reads_back_by_its_exact_name()
    {
        foreach (var name in RoleNames.All)
        {
            RoleNames.TryParse(name, out var role).ShouldBeTrue();
            RoleNames.NamesOf(role).ShouldBe([name]);
            RoleNames.TryParse(name.ToUpperInvariant(), out _).ShouldBeFalse();
        }

        RoleNames.TryParse("", out _).ShouldBeFalse();
    }
}
