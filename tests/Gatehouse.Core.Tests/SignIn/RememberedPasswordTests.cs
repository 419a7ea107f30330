using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.SignIn;

/// <summary>What was right a moment ago is right, for as long as nothing changed.</summary>
[Contract("HTT-84")]
public sealed class RememberedPasswordTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private readonly CountingAuthority _authority = new();
    private Node _node = null!;
    private Node _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock, new ThrottleOptions { FreeAttempts = 3, LockAfter = 5 }, authority: _authority);
        _operator = new Node(await _state.OpenAsync(), _state.Clock);
        await _node.AddAccountAsync();
        await _node.CatchUpAsync();
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>().Remembered.ShouldBeFalse();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        _operator.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public async Task Remembered_password_asks_nobody_until_it_runs_out()
    {
        _state.Clock.Advance(TimeSpan.FromMilliseconds(59_999));
        await _node.CatchUpAsync();
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>().Remembered.ShouldBeTrue();
        _authority.Asked.ShouldBe(1);

        _state.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>().Remembered.ShouldBeFalse();
        _authority.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Other_password_or_name_is_not_the_remembered_one()
    {
        (await _node.TryAsync("alice", Node.Password + " ")).ShouldBeOfType<PasswordVerdict.Refused>();
        (await _node.TryAsync("ALICE")).ShouldBeOfType<PasswordVerdict.Refused>();
        (await _node.TryAsync("bob")).ShouldBeOfType<PasswordVerdict.Refused>();
    }

    [Fact]
    [Contract("HTT-91")]
    public async Task Remembered_password_passes_a_delay_and_does_not_reset_the_count()
    {
        await GuessWrongAsync(3);
        (await _node.TryAsync("alice", "wrong")).ShouldBeOfType<PasswordVerdict.Throttled>();

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>().Remembered.ShouldBeTrue();

        (await _node.Store.Guesses.ReadAsync("alice", "192.0.2.7", default)).Account.Count.ShouldBe(3);
        (await _node.TryAsync("alice", "wrong")).ShouldBeOfType<PasswordVerdict.Throttled>();
    }

    [Fact]
    [Contract("HTT-94")]
    public async Task Remembered_password_does_not_pass_a_lock()
    {
        await GuessWrongAsync(3);
        _state.Clock.Advance(TimeSpan.FromSeconds(5));
        await GuessWrongAsync(1);
        _state.Clock.Advance(TimeSpan.FromSeconds(10));
        await GuessWrongAsync(1);
        await _node.CatchUpAsync();

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Throttled>().Reason.ShouldBe(AuditReasons.Locked);
    }

    public static TheoryData<string> Commands => ["disable", "password", "remove", "remove and add", "revoke account", "revoke all"];

    [Theory]
    [MemberData(nameof(Commands))]
    [Contract("HTT-102")]
    public async Task Command_of_the_operator_drops_the_remembered_password(string command)
    {
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>().Remembered.ShouldBeTrue();

        switch (command)
        {
            case "disable":
                await _operator.AccountAdministration.DisableAsync("alice", default);
                break;
            case "password":
                (await _operator.AccountAdministration.SetPasswordAsync("alice", "another long password", default)).IsDone.ShouldBeTrue();
                break;
            case "remove":
                await _operator.AccountAdministration.RemoveAsync("alice", default);
                break;
            case "remove and add":
                await _operator.AccountAdministration.RemoveAsync("alice", default);
                await _operator.AddAccountAsync("alice", password: null);
                break;
            case "revoke account":
                await _operator.SessionAdministration.RevokeAccountAsync("alice", default);
                break;
            default:
                await _operator.SessionAdministration.RevokeAllAsync(default);
                break;
        }

        await _node.CatchUpAsync();
        await _node.TryAsync("alice");
        _authority.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Password_that_changes_while_it_is_checked_is_not_remembered()
    {
        _state.Clock.Advance(TimeSpan.FromSeconds(60));
        await _node.CatchUpAsync();
        var held = new TaskCompletionSource();
        _authority.HoldBack = held.Task;
        var trying = _node.TryAsync("alice");
        await _authority.ArrivalOfAsync(2);
        await _operator.SessionAdministration.RevokeAccountAsync("alice", default);
        await _node.CatchUpAsync();
        held.SetResult();
        await trying;

        await _node.TryAsync("alice");

        _authority.Asked.ShouldBe(3);
    }

    [Fact]
    [Contract("HTT-93")]
    public async Task Equal_checks_in_flight_are_one_even_if_nothing_is_remembered()
    {
        using var node = new Node(await _state.OpenAsync(), _state.Clock, passwords: new PasswordOptions { Rounds = 1000, CacheSeconds = 0 }, authority: _authority);
        var held = new TaskCompletionSource();
        _authority.HoldBack = held.Task;

        var trying = Enumerable.Range(0, 20).Select(_ => node.TryAsync("alice")).ToArray();
        held.SetResult();

        (await Task.WhenAll(trying)).ShouldAllBe(verdict => verdict is PasswordVerdict.Accepted);
        _authority.Asked.ShouldBe(2);
        await node.TryAsync("alice");
        _authority.Asked.ShouldBe(3);
    }

    private async Task GuessWrongAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            (await _node.TryAsync("alice", $"wrong {i}")).ShouldBeOfType<PasswordVerdict.Refused>();
        }
    }
}
