using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Core.Guessing;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Guessing;

/// <summary>What holds of the rules whatever the order in which guesses come and answers arrive.</summary>
public sealed class GuessRulesProperties
{
    private enum Step
    {
        Admit,
        Wrong,
        GiveBack,
    }

    [Fact]
    [Contract("HTT-92")]
    public void Without_time_passing_no_more_than_the_free_attempts_are_wrong_or_in_flight() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Schedules(), schedule =>
        {
            var driver = new GuessDriver(Options(schedule.FreeAttempts));
            var flying = new List<GuessDriver.Flight>();
            var wrong = 0;
            foreach (var (step, which) in schedule.Steps)
            {
                Play(driver, flying, step, which, ref wrong);
                (wrong + flying.Count).ShouldBeLessThanOrEqualTo(schedule.FreeAttempts);
            }
        }));

    [Fact]
    [Contract("HTT-94")]
    public void Lock_comes_at_the_latest_with_LockAfter_wrong_answers() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Schedules(), schedule =>
        {
            const int LockAfter = 6;
            var driver = new GuessDriver(new ThrottleOptions { FreeAttempts = schedule.FreeAttempts, LockAfter = LockAfter });
            var flying = new List<GuessDriver.Flight>();
            var wrong = 0;
            foreach (var (step, which) in schedule.Steps)
            {
                driver.WaitUntilOpen(stopAtLock: true);
                Play(driver, flying, step, which, ref wrong);
                (wrong + flying.Count).ShouldBeLessThanOrEqualTo(LockAfter);
                if (wrong == LockAfter)
                {
                    driver.Peek().State.ShouldBe(GuessState.Locked);
                }
            }
        }));

    [Fact]
    [Contract("HTT-88")]
    public void Guesses_that_are_all_given_back_leave_nothing() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Schedules(), schedule =>
        {
            var driver = new GuessDriver(Options(schedule.FreeAttempts));
            var flying = new List<GuessDriver.Flight>();
            var wrong = 0;
            foreach (var (step, which) in schedule.Steps)
            {
                Play(driver, flying, step == Step.Wrong ? Step.GiveBack : step, which, ref wrong);
            }

            flying.ForEach(flight => driver.Settle(flight, GuessOutcome.GivenBack));

            (driver.Account.Count, driver.Source.Count).ShouldBe((0, 0));
            driver.Peek().State.ShouldBe(GuessState.Open);
        }));

    private static ThrottleOptions Options(int freeAttempts) => new() { FreeAttempts = freeAttempts, LockAfter = 100, SourceLimit = 100_000 };

    private static void Play(GuessDriver driver, List<GuessDriver.Flight> flying, Step step, int which, ref int wrong)
    {
        if (step == Step.Admit)
        {
            var flight = driver.Admit();
            if (flight.Admission.State == GuessState.Open)
            {
                flying.Add(flight);
            }

            return;
        }

        if (flying.Count == 0)
        {
            return;
        }

        var landing = flying[which % flying.Count];
        flying.Remove(landing);
        driver.Settle(landing, step == Step.Wrong ? GuessOutcome.Wrong : GuessOutcome.GivenBack);
        wrong += step == Step.Wrong ? 1 : 0;
    }

    private static Arbitrary<Schedule> Schedules() =>
        (from free in Gen.Choose(1, 5)
         from steps in (from step in Gen.Elements(Step.Admit, Step.Admit, Step.Wrong, Step.GiveBack) from which in Gen.Choose(0, 100) select (step, which)).ListOf(60)
         select new Schedule(free, [.. steps])).ToArbitrary();

    private sealed record Schedule(int FreeAttempts, (Step Step, int Which)[] Steps)
    {
        public override string ToString() => $"{FreeAttempts} free: {string.Join(' ', Steps)}";
    }
}
