namespace Gatehouse.Core.Keys;

/// <summary>How the keys of one purpose are made and how they follow each other.</summary>
public sealed record KeyPolicy
{
    /// <summary>Name of the ring.</summary>
    public required string Purpose { get; init; }

    /// <summary>Draws new material.</summary>
    public required Func<byte[]> Make { get; init; }

    /// <summary>How long a key signs. Null: until somebody rotates by hand.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How long a key is known before it signs, so that all who verify have it by then.</summary>
    public TimeSpan AnnounceAhead { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long a retired key still verifies: the longest life of what it signed.</summary>
    public required TimeSpan VerifyAfter { get; init; }
}
