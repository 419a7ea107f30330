namespace Gatehouse.Core.SignIn;

/// <summary>Who was asked about a refused password.</summary>
internal enum RefusedBy
{
    /// <summary>The local authority, about an account.</summary>
    Local,

    /// <summary>An external authority, about an account.</summary>
    External,

    /// <summary>Whoever was asked about a name that has no account.</summary>
    Nobody,
}

/// <summary>
/// Gives refusals one pace where external authorities answer beside the local one (HTT-85, ATK-10): a directory says no in
/// milliseconds, a hash takes its tenths of a second, and the difference would tell who is whose. Each refusal waits
/// until the slowest kind of them, as it was lately, would be done. It costs time only, no work.
/// </summary>
internal sealed class RefusalPace(AuthorityOrder order, TimeProvider clock)
{
    private const double Weight = 0.2;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly double[] _seconds = new double[Enum.GetValues<RefusedBy>().Length];

    /// <summary>Returns when a refusal may go out.</summary>
    /// <param name="by">Who refused.</param>
    /// <param name="started">Timestamp of the beginning.</param>
    public Task HoldAsync(RefusedBy by, long started)
    {
        if (order.External.IsEmpty)
        {
            return Task.CompletedTask;
        }

        var taken = clock.GetElapsedTime(started);
        var rest = Note(by, taken) - taken;
        return rest > TimeSpan.Zero ? Task.Delay(rest, clock) : Task.CompletedTask;
    }

    private TimeSpan Note(RefusedBy by, TimeSpan taken)
    {
        lock (_gate)
        {
            ref var average = ref _seconds[(int)by];
            var seconds = Math.Min(taken.TotalSeconds, Longest.TotalSeconds);
            average = average == 0 ? seconds : average + Weight * (seconds - average);
            return TimeSpan.FromSeconds(_seconds.Max());
        }
    }
}
