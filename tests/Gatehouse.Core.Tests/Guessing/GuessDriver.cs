using Gatehouse.Core.Guessing;
using Gatehouse.Testing;

namespace Gatehouse.Core.Tests.Guessing;

/// <summary>Plays guesses of one account from one source against the rules.</summary>
internal sealed class GuessDriver(ThrottleOptions options)
{
    private readonly GuessRules _rules = new(options);

    public ManualClock Clock { get; } = new();

    public DateTimeOffset Now => Clock.GetUtcNow();

    public AccountGuesses Account { get; private set; }

    public SourceGuesses Source { get; private set; }

    public GuessAdmission Peek() => _rules.Peek(Account, Source, Now);

    public Flight Admit()
    {
        (Account, Source, var admission) = _rules.Admit(Account, Source, Now);
        return new Flight(admission, Now);
    }

    /// <summary>Says how a guess ended, and returns whether it locked.</summary>
    public bool Settle(Flight flight, GuessOutcome outcome)
    {
        (Account, Source, var locked) = _rules.Settle(Account, Source, flight.Admission.Ordinal, flight.Admitted, outcome, Now);
        return locked;
    }

    /// <summary>Guesses wrong so many times, waiting for each delay; returns whether the last one locked.</summary>
    public bool GuessWrong(int times)
    {
        var locked = false;
        for (var i = 0; i < times; i++)
        {
            WaitUntilOpen();
            locked = Settle(Admit(), GuessOutcome.Wrong);
        }

        return locked;
    }

    public void WaitUntilOpen(bool stopAtLock = false)
    {
        while (Peek() is { State: not GuessState.Open } wait && !(stopAtLock && wait.State == GuessState.Locked))
        {
            Clock.Advance(wait.RetryAfter);
        }
    }

    public sealed record Flight(GuessAdmission Admission, DateTimeOffset Admitted);
}
