using Gatehouse.Core.Guessing;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Guessing;

public sealed class GuessRulesTests
{
    private readonly GuessDriver _driver = new(new ThrottleOptions
    {
        FreeAttempts = 3,
        FirstDelaySeconds = 5,
        MaxDelaySeconds = 30,
        LockAfter = 8,
        LockSeconds = 0,
        SourceLimit = 100,
        SourceWindowSeconds = 3600,
    });

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 5)]
    [InlineData(4, 10)]
    [InlineData(5, 20)]
    [InlineData(6, 30)]
    [InlineData(7, 30)]
    [Contract("HTT-89")]
    public void Wrong_in_a_row_delays_doubling_from_the_free_attempts_on(int wrong, int seconds)
    {
        _driver.GuessWrong(wrong);

        var next = _driver.Peek();

        next.State.ShouldBe(seconds == 0 ? GuessState.Open : GuessState.Delayed);
        next.RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    [Contract("HTT-89")]
    public void Delay_is_over_at_its_end_and_not_a_tick_earlier()
    {
        _driver.GuessWrong(3);
        _driver.Clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        _driver.Peek().State.ShouldBe(GuessState.Delayed);

        _driver.Clock.Advance(TimeSpan.FromTicks(1));

        _driver.Peek().State.ShouldBe(GuessState.Open);
    }

    [Fact]
    [Contract("HTT-90")]
    public void Attempt_in_a_delay_is_not_counted_and_does_not_lengthen_it()
    {
        _driver.GuessWrong(3);
        var (account, source) = (_driver.Account, _driver.Source);
        _driver.Clock.Advance(TimeSpan.FromSeconds(4));

        for (var i = 0; i < 20; i++)
        {
            _driver.Admit().Admission.State.ShouldBe(GuessState.Delayed);
        }

        (_driver.Account, _driver.Source).ShouldBe((account, source));
        _driver.Peek().RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    [Contract("HTT-91")]
    public void Right_password_returns_the_count_to_zero()
    {
        _driver.GuessWrong(4);
        _driver.WaitUntilOpen();

        _driver.Settle(_driver.Admit(), GuessOutcome.Right);

        _driver.Account.Count.ShouldBe(0);
        _driver.GuessWrong(2);
        _driver.Peek().State.ShouldBe(GuessState.Open);
    }

    [Fact]
    [Contract("HTT-88", "HTT-99")]
    public void Guess_that_nobody_could_decide_leaves_everything_as_it_was()
    {
        for (var before = 0; before < 8; before++)
        {
            var (count, sources) = (_driver.Account.Count, _driver.Source.Count);
            _driver.Settle(_driver.Admit(), GuessOutcome.GivenBack);

            (_driver.Account.Count, _driver.Source.Count).ShouldBe((count, sources));
            _driver.Peek().State.ShouldBe(GuessState.Open);
            _driver.GuessWrong(1);
            _driver.WaitUntilOpen(stopAtLock: true);
        }
    }

    [Fact]
    [Contract("HTT-94")]
    public void Lock_comes_with_the_guess_that_LockAfter_names_and_has_no_end()
    {
        _driver.GuessWrong(7).ShouldBeFalse();
        _driver.WaitUntilOpen();

        _driver.GuessWrong(1).ShouldBeTrue();

        _driver.Account.LockedUntil.ShouldBe(DateTimeOffset.MaxValue);
        _driver.Peek().ShouldBe(new GuessAdmission(GuessState.Locked, 0, TimeSpan.FromSeconds(3600)));
        _driver.Clock.Advance(TimeSpan.FromDays(3650));
        _driver.Peek().State.ShouldBe(GuessState.Locked);
    }

    [Fact]
    [Contract("HTT-94")]
    public void Guess_that_would_lock_and_is_right_locks_nothing()
    {
        _driver.GuessWrong(7);
        _driver.WaitUntilOpen();

        _driver.Settle(_driver.Admit(), GuessOutcome.Right).ShouldBeFalse();

        _driver.Account.LockedUntil.ShouldBeNull();
        _driver.Peek().State.ShouldBe(GuessState.Open);
    }

    [Fact]
    [Contract("HTT-94")]
    public void Lock_that_runs_out_leaves_nothing_behind()
    {
        var driver = new GuessDriver(new ThrottleOptions { FreeAttempts = 3, LockAfter = 4, LockSeconds = 60 });
        driver.GuessWrong(4);
        driver.Peek().ShouldBe(new GuessAdmission(GuessState.Locked, 0, TimeSpan.FromSeconds(60)));
        driver.Clock.Advance(TimeSpan.FromSeconds(60));

        driver.GuessWrong(2);

        driver.Account.Count.ShouldBe(2);
        driver.Account.LockedUntil.ShouldBeNull();
        driver.Peek().State.ShouldBe(GuessState.Open);
    }

    [Fact]
    [Contract("HTT-186")]
    public void Lock_before_the_free_attempts_comes_without_a_delay()
    {
        var driver = new GuessDriver(new ThrottleOptions { FreeAttempts = 10, LockAfter = 3 });

        for (var i = 0; i < 3; i++)
        {
            driver.Peek().State.ShouldBe(GuessState.Open);
            driver.Settle(driver.Admit(), GuessOutcome.Wrong);
        }

        driver.Peek().State.ShouldBe(GuessState.Locked);
    }

    [Fact]
    public void Largest_delay_of_the_largest_options_does_not_overflow()
    {
        var driver = new GuessDriver(new ThrottleOptions { FreeAttempts = 1, FirstDelaySeconds = 3600, MaxDelaySeconds = 86400, LockAfter = 100 });

        driver.GuessWrong(99);

        driver.Peek().RetryAfter.ShouldBe(TimeSpan.FromDays(1));
    }

    [Fact]
    [Contract("HTT-92")]
    public void Guesses_in_flight_count_as_wrong_ones()
    {
        var flying = Enumerable.Range(0, 3).Select(_ => _driver.Admit()).ToList();

        flying.Select(guess => guess.Admission.Ordinal).ShouldBe([1, 2, 3]);
        _driver.Admit().Admission.State.ShouldBe(GuessState.Delayed);
    }

    [Fact]
    [Contract("HTT-92")]
    public void Guess_in_flight_that_is_given_back_makes_room_for_one()
    {
        var flying = Enumerable.Range(0, 3).Select(_ => _driver.Admit()).ToList();

        _driver.Settle(flying[1], GuessOutcome.GivenBack);

        _driver.Admit().Admission.State.ShouldBe(GuessState.Open);
        _driver.Admit().Admission.State.ShouldBe(GuessState.Delayed);
    }

    [Fact]
    public void Wrong_guess_after_a_right_one_that_overtook_it_changes_nothing()
    {
        var slow = Enumerable.Range(0, 3).Select(_ => _driver.Admit()).ToList();
        _driver.Settle(slow[0], GuessOutcome.Right);

        _driver.Settle(slow[2], GuessOutcome.Wrong).ShouldBeFalse();

        _driver.Account.Count.ShouldBe(0);
        _driver.Peek().State.ShouldBe(GuessState.Open);
    }

    [Fact]
    [Contract("HTT-94")]
    public void Right_guess_does_not_lift_a_lock_that_a_later_one_brought()
    {
        var driver = new GuessDriver(new ThrottleOptions { FreeAttempts = 10, LockAfter = 3 });
        var flying = Enumerable.Range(0, 3).Select(_ => driver.Admit()).ToList();
        driver.Settle(flying[2], GuessOutcome.Wrong).ShouldBeTrue();

        driver.Settle(flying[0], GuessOutcome.Right);

        driver.Peek().State.ShouldBe(GuessState.Locked);
    }

    [Fact]
    [Contract("HTT-89")]
    public void Slow_wrong_answer_does_not_shorten_the_delay_of_a_later_guess()
    {
        _driver.GuessWrong(3);
        _driver.WaitUntilOpen();
        var slow = _driver.Admit();
        _driver.Clock.Advance(TimeSpan.FromSeconds(10));
        var later = _driver.Admit();
        _driver.Settle(later, GuessOutcome.Wrong);

        _driver.Settle(slow, GuessOutcome.Wrong);

        _driver.Peek().RetryAfter.ShouldBe(TimeSpan.FromSeconds(20));
    }

    [Fact]
    [Contract("HTT-92")]
    public void Guess_that_is_given_back_does_not_lift_the_delay_that_later_ones_earned()
    {
        var early = _driver.Admit();
        _driver.GuessWrong(2);
        _driver.GuessWrong(2);
        var (count, wait) = (_driver.Account.Count, _driver.Peek().RetryAfter);
        count.ShouldBe(5);

        _driver.Settle(early, GuessOutcome.GivenBack);

        _driver.Account.Count.ShouldBe(4);
        _driver.Peek().RetryAfter.ShouldBe(wait);
    }
}
