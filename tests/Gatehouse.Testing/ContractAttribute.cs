using Xunit.v3;

namespace Gatehouse.Testing;

/// <summary>
/// Cites the contract rows that a test proves, as <c>[Contract("ARS-12")]</c>. Runs can be filtered by it:
/// <c>-trait "Contract=ARS-12"</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class ContractAttribute(params string[] rows) : Attribute, ITraitAttribute
{
    /// <summary>Ids of the rows.</summary>
    public IReadOnlyList<string> Rows { get; } = rows;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [.. Rows.Select(row => KeyValuePair.Create("Contract", row))];
}
