using System.Net;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.SignIn;

/// <summary>Which names and passwords are accepted, refused and not even looked at. On the real local authority.</summary>
public sealed class PasswordSignInTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private Node _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        await _node.CatchUpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Theory]
    [InlineData("Älice")]
    [InlineData("A\u0308lice")]
    [InlineData("  Älice ")]
    [Contract("HTT-52", "HTT-72")]
    public async Task Right_password_is_accepted_under_every_spelling_of_the_name(string typed)
    {
        await _node.AddAccountAsync("Älice");

        (await _node.TryAsync(typed)).ShouldBeOfType<PasswordVerdict.Accepted>().Account.Name.ShouldBe("Älice");
    }

    [Fact]
    [Contract("HTT-53")]
    public async Task Password_is_compared_in_normal_form_C_and_otherwise_as_it_is()
    {
        await _node.AddAccountAsync("alice", " grüße aus der Ferne ");

        (await _node.TryAsync("alice", " gru\u0308ße aus der Ferne ")).ShouldBeOfType<PasswordVerdict.Accepted>();
        ReasonOf(await _node.TryAsync("alice", "grüße aus der Ferne")).ShouldBe(AuditReasons.BadCredentials);
        ReasonOf(await _node.TryAsync("alice", " GRÜßE aus der Ferne ")).ShouldBe(AuditReasons.BadCredentials);
    }

    [Fact]
    [Contract("HTT-85", "HTT-178")]
    public async Task Refusal_tells_the_operator_why()
    {
        await _node.AddAccountAsync("alice");
        await _node.AddAccountAsync("nopassword", password: null);
        await _node.AddAccountAsync("disabled");
        await _node.AccountAdministration.DisableAsync("disabled", default);

        ReasonOf(await _node.TryAsync("nobody")).ShouldBe(AuditReasons.UnknownAccount);
        ReasonOf(await _node.TryAsync("alice", "wrong")).ShouldBe(AuditReasons.BadCredentials);
        ReasonOf(await _node.TryAsync("nopassword")).ShouldBe(AuditReasons.BadCredentials);
        ReasonOf(await _node.TryAsync("disabled")).ShouldBe(AuditReasons.Disabled);
    }

    [Theory]
    [InlineData("alice", "", AuditReasons.Blank)]
    [InlineData("alice", " \u00A0\u2003", AuditReasons.Blank)]
    [InlineData("", "password", AuditReasons.Blank)]
    [InlineData("  ", "password", AuditReasons.Blank)]
    [InlineData("al\u0007ice", "password", AuditReasons.Malformed)]
    [InlineData("alice\n", "password", AuditReasons.Malformed)]
    [InlineData("alice", "pass\u0085word", AuditReasons.Malformed)]
    [InlineData("alice", "pass\uFFFEword", AuditReasons.Malformed)]
    [InlineData("al\uFFFEice", "password", AuditReasons.Malformed)]
    [Contract("HTT-48", "HTT-49", "HTT-81", "HTT-88")]
    public async Task What_cannot_be_a_password_is_refused_asked_of_nobody_and_no_guess(string name, string password, string reason)
    {
        var authority = new CountingAuthority();
        using var node = new Node(await _state.OpenAsync(), _state.Clock, authority: authority);
        await node.AddAccountAsync();

        for (var i = 0; i < 20; i++)
        {
            ReasonOf(await node.TryAsync(name, password)).ShouldBe(reason);
        }

        authority.Asked.ShouldBe(0);
        (await node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
    }

    [Fact]
    [Contract("HTT-51")]
    public async Task Name_and_password_are_looked_at_up_to_their_limits()
    {
        var authority = new CountingAuthority();
        using var node = new Node(await _state.OpenAsync(), _state.Clock, authority: authority);

        ReasonOf(await node.TryAsync(new string('n', 257))).ShouldBe(AuditReasons.Malformed);
        ReasonOf(await node.TryAsync("alice", new string('p', 1025))).ShouldBe(AuditReasons.Malformed);
        authority.Asked.ShouldBe(0);
        ReasonOf(await node.TryAsync(new string('n', 256), new string('p', 1024))).ShouldBe(AuditReasons.UnknownAccount);
        authority.Asked.ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-82")]
    public async Task Hash_with_fewer_rounds_is_upgraded_by_the_next_sign_in()
    {
        await _node.AddAccountAsync();
        using var node = new Node(await _state.OpenAsync(), _state.Clock, passwords: new PasswordOptions { Rounds = 2000 });

        ReasonOf(await node.TryAsync("alice", "wrong")).ShouldBe(AuditReasons.BadCredentials);
        (await RoundsAsync()).ShouldBe(1000);
        (await node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();

        (await RoundsAsync()).ShouldBe(2000);
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
    }

    [Fact]
    public async Task Upgrade_that_the_store_does_not_confirm_leaves_the_password_right()
    {
        await _node.AddAccountAsync();
        using var node = new Node(await _state.OpenAsync(), _state.Clock, passwords: new PasswordOptions { Rounds = 2000 });
        node.Watch.IsAway = call => call == "IAccountStore.UpgradePasswordAsync";

        (await node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();

        node.Watch.CallsOf("IAccountStore.UpgradePasswordAsync").ShouldBe(1);
        (await node.Store.Guesses.ReadAsync("alice", "192.0.2.7", default)).Account.Count.ShouldBe(0);
    }

    [Fact]
    [Contract("HTT-83")]
    public async Task Password_that_finds_the_lane_full_is_unavailable_and_no_guess()
    {
        var options = new PasswordOptions { Rounds = 1000, Lanes = 1, Queue = 0 };
        using var lane = new HashingLane(options);
        using var gate = new ManualResetEventSlim();
        var authority = new LocalAuthority(_node.Store, lane, options);
        using var node = new Node(await _state.OpenAsync(), _state.Clock, authority: authority);
        await node.AddAccountAsync();
        lane.TryRun(() => Hold(gate), out var held).ShouldBeTrue();

        (await node.TryAsync("alice", "wrong")).ShouldBeOfType<PasswordVerdict.Unavailable>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));

        (await node.Store.Guesses.ReadAsync("alice", "192.0.2.7", default)).Account.Count.ShouldBe(0);
        gate.Set();
        await held!;
        (await node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
    }

    [Fact]
    [Contract("HTT-112")]
    public async Task Store_that_cannot_count_the_guess_makes_it_unavailable()
    {
        var authority = new CountingAuthority();
        using var node = new Node(await _state.OpenAsync(), _state.Clock, authority: authority);
        await node.AddAccountAsync();
        node.Watch.IsAway = call => call == "IGuessStore.ChangeAsync";

        (await node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Unavailable>();

        authority.Asked.ShouldBe(0);
    }

    [Fact]
    public async Task Account_whose_authority_is_not_configured_is_unavailable()
    {
        await _node.Store.Accounts.AddAsync(new("alice", "alice", "ldap", null, Roles.None, []), _node.Event(AuditEvents.AccountAdd), default);

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Unavailable>();
    }

    [Fact]
    public void Nothing_of_a_password_is_printed()
    {
        new PasswordAttempt("alice", "secret", IPAddress.Loopback).ToString().ShouldNotContain("secret");
        new PasswordQuestion("alice", null, "secret", "secret").ToString().ShouldNotContain("secret");
    }

    private static string ReasonOf(PasswordVerdict verdict) => verdict.ShouldBeOfType<PasswordVerdict.Refused>().Reason;

    private static bool Hold(ManualResetEventSlim gate)
    {
        gate.Wait();
        return true;
    }

    private async Task<int> RoundsAsync() => PasswordHash.RoundsOf((await _node.Store.Accounts.FindAsync("alice", default)).ShouldNotBeNull().PasswordHash!);
}
