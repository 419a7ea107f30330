namespace Gatehouse.Storage.Copying;

/// <summary>Names of the numbers that are copied beside the settings.</summary>
internal static class CopiedNumbers
{
    /// <summary>The last number of the order of sign-ins and cut-offs.</summary>
    public const string Sequence = "sequence";

    /// <summary>The last number of the change feed. Its entries are not copied: whoever follows the copy begins at its end.</summary>
    public const string Changes = "changes-purged";

    /// <summary>Tables whose numbers are never given again: the last one is copied as a setting of this name and the table's.</summary>
    public const string Last = "last ";

    /// <summary>Those tables.</summary>
    public static IReadOnlyList<string> Numbered { get; } = ["account", "tenant", "audit"];
}

/// <summary>What is read from: nobody changes it meanwhile.</summary>
internal interface ICopySource : IAsyncDisposable
{
    /// <summary>Keeps writers out until it is disposed.</summary>
    Task BeginAsync(CancellationToken cancellationToken);

    /// <summary>Counts the rows of a table.</summary>
    Task<long> CountAsync(CopiedTable table, CancellationToken cancellationToken);

    /// <summary>Reads a table; each row has the values of its columns, in their order.</summary>
    IAsyncEnumerable<object?[]> ReadAsync(CopiedTable table, CancellationToken cancellationToken);
}

/// <summary>What is written to, all or nothing.</summary>
internal interface ICopyTarget : ICopySource
{
    /// <summary>Writes the rows of a table.</summary>
    Task WriteAsync(CopiedTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken);

    /// <summary>Makes it final.</summary>
    Task CommitAsync(CancellationToken cancellationToken);
}
