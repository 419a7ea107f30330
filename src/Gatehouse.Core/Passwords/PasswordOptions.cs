namespace Gatehouse.Core.Passwords;

/// <summary>What passwords may be and how they are checked (section <c>Gatehouse:Passwords</c>).</summary>
public sealed class PasswordOptions
{
    /// <summary>Shortest password that may be set, in code points.</summary>
    public int MinimumLength { get; set; } = 15;

    /// <summary>File with passwords that may not be set, one per line.</summary>
    public string? Blocklist { get; set; }

    /// <summary>PBKDF2 rounds of new hashes.</summary>
    public int Rounds { get; set; } = 210_000;

    /// <summary>Checks that run at once.</summary>
    public int Lanes { get; set; } = Environment.ProcessorCount;

    /// <summary>Checks that may wait.</summary>
    public int Queue { get; set; } = 32;

    /// <summary>How long a verified password is remembered, in seconds; 0 is off.</summary>
    public int CacheSeconds { get; set; } = 60;
}
