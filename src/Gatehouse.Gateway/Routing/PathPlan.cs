namespace Gatehouse.Gateway.Routing;

/// <summary>Paths that are there before any route: of the dialects, and of the program itself.</summary>
/// <param name="Protected">Prefixes that a dialect protects and forwards, with the dialect's id. Only of dialects that are enabled.</param>
/// <param name="Own">Paths that are answered here, with all below them; <c>*</c> stands for one segment, here and in prefixes.</param>
/// <param name="Exact">Paths that are answered here, without those below them.</param>
/// <param name="Enabled">Ids of the dialects that are enabled.</param>
public sealed record PathPlan(
    IReadOnlyList<(string Prefix, string Dialect)> Protected, IReadOnlyList<string> Own, IReadOnlyList<string> Exact, IReadOnlyList<string> Enabled)
{
    /// <summary>No paths.</summary>
    public static PathPlan Empty { get; } = new([], [], [], []);

    /// <summary>The dialect below whose prefix a path stands; null: none.</summary>
    public string? DialectOf(string path) => Protected.Where(entry => IsAtOrBelow(path, entry.Prefix)).Select(entry => entry.Dialect).FirstOrDefault();

    /// <summary>The path of our own that a path would stand at or below; null: none.</summary>
    public string? OwnAbove(string path) =>
        Own.FirstOrDefault(own => IsAtOrBelow(path, own)) ?? Exact.FirstOrDefault(own => own.Equals(path, StringComparison.OrdinalIgnoreCase));

    private static bool IsAtOrBelow(string path, string prefix)
    {
        var (names, pattern) = (path.Split('/'), prefix.Split('/'));
        return names.Length >= pattern.Length && !pattern.Where((name, i) => name != "*" && !name.Equals(names[i], StringComparison.OrdinalIgnoreCase)).Any();
    }
}
