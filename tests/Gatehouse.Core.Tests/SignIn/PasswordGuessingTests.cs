using System.Net;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.SignIn;

/// <summary>How guesses are counted, whoever guesses, through one node or two.</summary>
public sealed class PasswordGuessingTests : IAsyncLifetime
{
    private const string Source = "192.0.2.7";

    private static readonly ThrottleOptions Throttle = new() { FreeAttempts = 4, FirstDelaySeconds = 5, LockAfter = 6, SourceLimit = 20 };

    private readonly TestStore _state = new();
    private readonly CountingAuthority _authority = new();
    private Node _node = null!;
    private Node _other = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock, Throttle, authority: _authority);
        _other = new Node(await _state.OpenAsync(), _state.Clock, Throttle, authority: _authority);
        await _node.AddAccountAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        _other.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    [Contract("HTT-88")]
    public async Task Guess_is_counted_before_it_is_checked()
    {
        var held = new TaskCompletionSource();
        _authority.HoldBack = held.Task;

        var trying = _node.TryAsync("alice", "wrong");
        await _authority.ArrivalOfAsync(1);
        (await CountAsync("alice")).ShouldBe(1);
        held.SetResult();
        await trying;

        (await CountAsync("alice")).ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-89")]
    public async Task Right_password_in_a_delay_is_not_checked_and_throttled()
    {
        await GuessWrongAsync(4);
        var asked = _authority.Asked;

        var verdict = (await _other.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Throttled>();

        verdict.Reason.ShouldBe(AuditReasons.Throttled);
        verdict.RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));
        verdict.Account.ShouldNotBeNull().Name.ShouldBe("alice");
        _authority.Asked.ShouldBe(asked);
        _state.Clock.Advance(TimeSpan.FromSeconds(5));
        (await _other.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
        (await CountAsync("alice")).ShouldBe(0);
    }

    [Fact]
    [Contract("HTT-89", "HTT-98")]
    public async Task Spellings_sources_and_nodes_share_one_count()
    {
        await _node.TryAsync("alice", "wrong 1", "192.0.2.1");
        await _other.TryAsync("ALICE", "wrong 2", "192.0.2.2");
        await _node.TryAsync(" Alice ", "wrong 3", "2001:db8::1");
        await _other.TryAsync("aLICE", "wrong 4", "192.0.2.3");

        (await _node.TryAsync("alice", Node.Password, "192.0.2.4")).ShouldBeOfType<PasswordVerdict.Throttled>();
    }

    [Fact]
    [Contract("HTT-73")]
    public async Task Other_letter_case_with_the_right_password_is_refused_and_counts_on_the_same_key()
    {
        (await _node.TryAsync("Alice")).ShouldBeOfType<PasswordVerdict.Refused>().Reason.ShouldBe(AuditReasons.BadCredentials);

        _authority.Asked.ShouldBe(1);
        (await CountAsync("alice")).ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-92")]
    public async Task Different_wrong_guesses_at_once_reach_the_authority_no_more_often_than_is_free()
    {
        var held = new TaskCompletionSource();
        _authority.HoldBack = held.Task;

        var trying = Enumerable.Range(0, 40).Select(i => Task.Run(() => (i % 2 == 0 ? _node : _other).TryAsync("alice", $"wrong {i}", $"192.0.2.{i}"))).ToArray();
        var throttled = 0;
        await foreach (var done in Task.WhenEach(trying))
        {
            (await done).ShouldBeOfType<PasswordVerdict.Throttled>();
            if (++throttled == 36)
            {
                break;
            }
        }

        await _authority.ArrivalOfAsync(4);
        _authority.Asked.ShouldBe(4);
        held.SetResult();
        (await Task.WhenAll(trying)).Count(verdict => verdict is PasswordVerdict.Refused).ShouldBe(4);
    }

    [Fact]
    [Contract("HTT-93")]
    public async Task Equal_and_right_sign_ins_at_once_are_all_accepted_and_count_once()
    {
        var held = new TaskCompletionSource();
        _authority.HoldBack = held.Task;

        var trying = Enumerable.Range(0, 40).Select(_ => _node.TryAsync("alice")).ToArray();
        await _authority.ArrivalOfAsync(1);
        (await CountAsync("alice")).ShouldBe(1);
        held.SetResult();

        (await Task.WhenAll(trying)).ShouldAllBe(verdict => verdict is PasswordVerdict.Accepted);
        _authority.Asked.ShouldBe(1);
        (await CountAsync("alice")).ShouldBe(0);
    }

    [Fact]
    [Contract("HTT-94", "HTT-176")]
    public async Task Lock_comes_with_an_audit_row_and_refuses_the_right_password()
    {
        await LockAsync("alice");

        var verdict = (await _other.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Throttled>();

        verdict.Reason.ShouldBe(AuditReasons.Locked);
        verdict.RetryAfter.ShouldBe(TimeSpan.FromHours(1));
        var audit = (await _node.ReadAuditAsync()).Where(row => row.Event == AuditEvents.Lock).ShouldHaveSingleItem();
        (audit.Account, audit.Name, audit.Source).ShouldBe(("alice", null, Source));
    }

    [Fact]
    [Contract("HTT-95")]
    public async Task Unlock_ends_lock_delay_and_count()
    {
        await LockAsync("alice");

        (await _other.AccountAdministration.UnlockAsync("alice", default)).IsDone.ShouldBeTrue();

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
        (await CountAsync("alice")).ShouldBe(0);
    }

    [Fact]
    [Contract("HTT-96", "HTT-179")]
    public async Task Unknown_name_is_counted_delayed_and_locked_alike()
    {
        await GuessWrongAsync(4, "Nobody");
        (await _node.TryAsync("nobody")).ShouldBeOfType<PasswordVerdict.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));
        _state.Clock.Advance(TimeSpan.FromSeconds(5));

        await LockAsync("Nobody");

        (await _node.TryAsync("nobody")).ShouldBeOfType<PasswordVerdict.Throttled>().Reason.ShouldBe(AuditReasons.Locked);
        var audit = (await _node.ReadAuditAsync()).Where(row => row.Event == AuditEvents.Lock).ShouldHaveSingleItem();
        (audit.Account, audit.Name).ShouldBe((null, "Nobody"));
    }

    [Fact]
    [Contract("HTT-99")]
    public async Task Authority_that_cannot_be_asked_is_unavailable_and_costs_no_guess()
    {
        _authority.IsAway = true;

        for (var i = 0; i < 20; i++)
        {
            (await _node.TryAsync("alice", $"wrong {i}")).ShouldBeOfType<PasswordVerdict.Unavailable>();
        }

        _authority.IsAway = false;
        (await CountAsync("alice")).ShouldBe(0);
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>();
    }

    [Fact]
    [Contract("HTT-97")]
    public async Task Source_that_guesses_too_often_is_throttled_for_every_name_and_no_other_source_is()
    {
        for (var i = 0; i < 20; i++)
        {
            await _node.TryAsync($"name-{i}", "wrong");
        }

        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Throttled>().Reason.ShouldBe(AuditReasons.Throttled);
        (await _node.TryAsync("alice", Node.Password, "192.0.2.8")).ShouldBeOfType<PasswordVerdict.Accepted>();
    }

    [Fact]
    [Contract("HTT-81", "HTT-89")]
    public async Task Blank_password_in_a_delay_is_throttled_like_any_other()
    {
        await GuessWrongAsync(4);

        (await _node.TryAsync("alice", "")).ShouldBeOfType<PasswordVerdict.Throttled>();
    }

    [Fact]
    public async Task Name_that_no_authority_knows_is_no_guess_where_it_is_a_guest()
    {
        for (var i = 0; i < 20; i++)
        {
            (await GuestAsync("visitor", $"whatever {i}")).ShouldBeOfType<PasswordVerdict.Refused>().Reason.ShouldBe(AuditReasons.UnknownAccount);
        }

        (await CountAsync("visitor")).ShouldBe(0);
        (await GuestAsync("alice", "wrong")).ShouldBeOfType<PasswordVerdict.Refused>();
        (await CountAsync("alice")).ShouldBe(1);
    }

    private Task<PasswordVerdict> GuestAsync(string name, string password) =>
        _node.SignIn.CheckAsync(new PasswordAttempt(name, password, IPAddress.Parse(Source)) { UnknownIsGuest = true }, default).AsTask();

    private async Task GuessWrongAsync(int times, string name = "alice")
    {
        for (var i = 0; i < times; i++)
        {
            (await _node.TryAsync(name, $"wrong {i}")).ShouldBeOfType<PasswordVerdict.Refused>();
        }
    }

    /// <summary>Guesses wrong, waiting for each delay, until the name is locked.</summary>
    private async Task LockAsync(string name)
    {
        for (var i = 0; ; i++)
        {
            if (await _node.TryAsync(name, $"wrong {i}") is PasswordVerdict.Throttled throttled)
            {
                if (throttled.Reason == AuditReasons.Locked)
                {
                    return;
                }

                _state.Clock.Advance(throttled.RetryAfter);
            }
        }
    }

    private async Task<int> CountAsync(string key) => (await _node.Store.Guesses.ReadAsync(key, Source, default)).Account.Count;
}
