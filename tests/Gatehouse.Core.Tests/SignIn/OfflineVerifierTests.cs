using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tests.Support;
using Shouldly;

namespace Gatehouse.Core.Tests.SignIn;

/// <summary>What a password that a directory confirmed is worth while the directory is away.</summary>
public sealed class OfflineVerifierTests : IAsyncLifetime
{
    private static readonly TimeSpan CacheEnd = TimeSpan.FromMinutes(2);

    private readonly TestStore _state = new();
    private readonly TestDirectory _corp = new("corp") { OfflineFor = TimeSpan.FromHours(8) };
    private Node _node = null!;

    public async ValueTask InitializeAsync()
    {
        _corp.Add("alice", new ExternalPerson("alice"));
        _node = new Node(await _state.OpenAsync(), _state.Clock, external: [_corp]);
        await _node.CatchUpAsync();
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
        _node.Clock.Advance(CacheEnd);
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public async Task Confirmed_password_is_right_while_the_directory_is_away()
    {
        _corp.IsAway = true;

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
    }

    [Fact]
    public async Task Other_password_is_a_wrong_guess_even_then()
    {
        _corp.IsAway = true;

        (await _node.TryAsync("alice", "wrong")).ShouldBeOfType<PasswordVerdict.Refused>();

        (await _node.Store.Guesses.ReadAsync("alice", "192.0.2.7", default)).Account.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Its_time_is_over_exactly_when_it_ends()
    {
        var confirmed = _node.Now - CacheEnd;
        _corp.IsAway = true;

        _node.Clock.Advance(confirmed + _corp.OfflineFor - _node.Now - TimeSpan.FromSeconds(1));
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
        _node.Clock.Advance(CacheEnd);
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Unavailable>();
    }

    [Fact]
    public async Task Using_it_does_not_prolong_it()
    {
        _corp.IsAway = true;
        for (var i = 0; i < 9; i++)
        {
            await _node.TryAsync("alice");
            _node.Clock.Advance(TimeSpan.FromHours(1));
        }

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Unavailable>();
    }

    [Fact]
    public async Task Password_that_the_directory_refuses_is_forgotten()
    {
        _corp.Add("alice", new ExternalPerson("alice"), "the new password of alice");
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Refused>();
        _corp.IsAway = true;

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Unavailable>();
    }

    [Fact]
    public async Task Mistyped_password_forgets_nothing()
    {
        (await _node.TryAsync("alice", "wrong")).ShouldBeOfType<PasswordVerdict.Refused>();
        _corp.IsAway = true;

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
    }

    [Fact]
    public async Task Off_by_default_nothing_is_kept()
    {
        var other = new TestDirectory("other");
        other.Add("bob", new ExternalPerson("bob"));
        using var node = new Node(await _state.OpenAsync(), _state.Clock, external: [other]);
        await node.CatchUpAsync();
        (await node.TryAsync("bob")).ShouldBeOfType<PasswordVerdict.Accepted>();

        (await node.Store.Accounts.FindAsync("bob", default)).ShouldNotBeNull().PasswordHash.ShouldBeNull();
    }
}
