namespace Gatehouse.Core.Operator;

/// <summary>What became of an operator's command: done, or refused with one sentence that says what to do.</summary>
/// <param name="Refusal">Null when done.</param>
public readonly record struct OperatorResult(string? Refusal)
{
    /// <summary>Done.</summary>
    public static OperatorResult Done => default;

    /// <summary>Whether it was done.</summary>
    public bool IsDone => Refusal is null;

    /// <summary>Refused.</summary>
    public static OperatorResult Refused(string why) => new(why);
}
