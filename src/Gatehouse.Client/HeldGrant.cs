namespace Gatehouse.Client;

/// <summary>A grant, and what became of it so far. Times are monotonic time stamps of the clock.</summary>
internal sealed class HeldGrant(Grant grant, TimeProvider clock, long asked, bool isReplacement)
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMinutes(1);
    private long _lastUsed = clock.GetTimestamp();

    public Grant Grant => grant;

    /// <summary>It was fetched because the one before was refused.</summary>
    public bool IsReplacement => isReplacement;

    /// <summary>The upstream accepted it at least once.</summary>
    public bool IsProven { get; set; }

    /// <summary>It was refused although it had just been fetched.</summary>
    public bool IsStruck { get; set; }

    /// <summary>The upstream ended it.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Good for the next request.</summary>
    public bool IsFresh => IsWithin(MarginOf);

    /// <summary>Not ended yet, though its end may be near.</summary>
    public bool IsAlive => IsWithin(_ => TimeSpan.Zero);

    public void Use() => Volatile.Write(ref _lastUsed, clock.GetTimestamp());

    // A tenth of the life, at most a minute: enough for a request to arrive before the end.
    private static TimeSpan MarginOf(TimeSpan life) => life / 10 < LongestMargin ? life / 10 : LongestMargin;

    private bool IsWithin(Func<TimeSpan, TimeSpan> margin) =>
        !IsRefused
        && (grant.Life is not { } life || clock.GetElapsedTime(asked) < life - margin(life))
        && (grant.IdleLife is not { } idle || clock.GetElapsedTime(Volatile.Read(ref _lastUsed)) < idle - margin(idle));
}
