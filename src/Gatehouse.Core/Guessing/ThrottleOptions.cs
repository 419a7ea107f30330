namespace Gatehouse.Core.Guessing;

/// <summary>How wrong passwords slow down and lock (section <c>Gatehouse:Throttle</c>).</summary>
public sealed class ThrottleOptions
{
    /// <summary>Wrong passwords in a row before the first delay.</summary>
    public int FreeAttempts { get; set; } = 10;

    /// <summary>The first delay, in seconds; doubled with every further wrong password.</summary>
    public int FirstDelaySeconds { get; set; } = 5;

    /// <summary>The longest delay, in seconds.</summary>
    public int MaxDelaySeconds { get; set; } = 900;

    /// <summary>Wrong passwords in a row that lock.</summary>
    public int LockAfter { get; set; } = 100;

    /// <summary>Length of a lock, in seconds; 0 until unlocked.</summary>
    public int LockSeconds { get; set; }

    /// <summary>Wrong passwords from one source within its window.</summary>
    public int SourceLimit { get; set; } = 300;

    /// <summary>Length of a source's window, in seconds.</summary>
    public int SourceWindowSeconds { get; set; } = 300;
}
