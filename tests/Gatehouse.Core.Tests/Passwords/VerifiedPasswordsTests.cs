using Gatehouse.Core.Accounts;
using Gatehouse.Core.Passwords;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Passwords;

[Contract("HTT-84")]
public sealed class VerifiedPasswordsTests : IDisposable
{
    private static readonly Account Alice = new() { Id = 1, Name = "alice", Key = "alice", CutOff = 5, PasswordVersion = 3 };

    private readonly ManualClock _clock = new();
    private readonly VerifiedPasswords _verified;

    public VerifiedPasswordsTests() => _verified = new VerifiedPasswords(new PasswordOptions { CacheSeconds = 60 }, _clock);

    public void Dispose() => _verified.Dispose();

    [Fact]
    public void Key_tells_every_part_and_every_boundary_apart()
    {
        var keys = new[]
        {
            _verified.KeyOf("ab", "c", ""), _verified.KeyOf("a", "bc", ""), _verified.KeyOf("", "ab", "c"), _verified.KeyOf("abc"),
            _verified.KeyOf("ab", "c"), _verified.KeyOf("AB", "c", ""), _verified.KeyOf("c", "ab", ""),
        };

        keys.Distinct().Count().ShouldBe(keys.Length);
        _verified.KeyOf("ab", "c", "").ShouldBe(keys[0]);
    }

    [Fact]
    public void Key_is_another_one_in_every_process() =>
        new VerifiedPasswords(new PasswordOptions(), _clock).KeyOf("a", "b").ShouldNotBe(_verified.KeyOf("a", "b"));

    [Fact]
    public void Remembered_password_runs_out_at_the_instant()
    {
        var key = Remember();
        _clock.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        _verified.Recall(key).ShouldNotBeNull();

        _clock.Advance(TimeSpan.FromTicks(1));

        _verified.Recall(key).ShouldBeNull();
    }

    [Fact]
    public void Memory_that_is_off_remembers_nothing()
    {
        var verified = new VerifiedPasswords(new PasswordOptions { CacheSeconds = 0 }, _clock);
        var key = verified.KeyOf("alice", "password");

        verified.Remember(key, new AccountEntry(1), Alice, 0);

        verified.Recall(key).ShouldBeNull();
    }

    [Fact]
    public void Remembered_password_holds_for_the_account_as_it_was()
    {
        var remembered = _verified.Recall(Remember()).ShouldNotBeNull();

        remembered.HoldsFor(Alice, 2).ShouldBeTrue();
        remembered.HoldsFor(Alice with { Roles = Roles.Client }, 2).ShouldBeTrue();
        remembered.HoldsFor(Alice with { Enabled = false }, 2).ShouldBeFalse();
        remembered.HoldsFor(Alice with { CutOff = 6 }, 2).ShouldBeFalse();
        remembered.HoldsFor(Alice with { PasswordVersion = 4 }, 2).ShouldBeFalse();
        remembered.HoldsFor(Alice, 3).ShouldBeFalse();
        remembered.HoldsFor(null, 2).ShouldBeFalse();
    }

    [Fact]
    public void Memory_is_bounded_and_takes_new_ones_when_old_ones_ran_out()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _verified.Remember(_verified.KeyOf($"{i}"), new AccountEntry(1), Alice, 2);
        }

        var late = _verified.KeyOf("late");
        _verified.Remember(late, new AccountEntry(1), Alice, 2);
        _verified.Recall(late).ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(60));
        _verified.Remember(late, new AccountEntry(1), Alice, 2);
        _verified.Recall(late).ShouldNotBeNull();
    }

    private Core.Sessions.TokenHash Remember()
    {
        var key = _verified.KeyOf("alice", "password");
        _verified.Remember(key, new AccountEntry(1), Alice, globalCutOff: 2);
        return key;
    }
}
