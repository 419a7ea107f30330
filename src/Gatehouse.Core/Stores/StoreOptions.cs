namespace Gatehouse.Core.Stores;

/// <summary>How the store is reached and how long it is believed (section <c>Gatehouse:Store</c>).</summary>
public sealed class StoreOptions
{
    /// <summary>PostgreSQL connection string; empty for SQLite in the data directory.</summary>
    public string Connection { get; set; } = "";

    /// <summary>How long a change waits for a busy store, in seconds.</summary>
    public int BusySeconds { get; set; } = 5;

    /// <summary>Without news from the change feed for so long, memory is not believed any more, in seconds.</summary>
    public int StaleAfterSeconds { get; set; } = 5;

    /// <summary>Without an answer from the store for so long, nothing is accepted any more, in seconds.</summary>
    public int OutageGraceSeconds { get; set; } = 30;
}
