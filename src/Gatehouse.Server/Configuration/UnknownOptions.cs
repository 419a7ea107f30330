using Gatehouse.Core.Configuration;
using Gatehouse.Core.Text;
using Microsoft.Extensions.Configuration;

namespace Gatehouse.Server.Configuration;

/// <summary>Finds what stands under <c>Gatehouse</c> and is no option: a mistyped security switch must not pass in silence.</summary>
internal static class UnknownOptions
{
    private const int FarthestSuggestion = 8;

    public static IEnumerable<OptionFault> Find(IConfigurationSection root, IReadOnlyList<IOptionTable> tables)
    {
        var known = tables
            .SelectMany(table => table.Options.Select(option => (Name: $"{table.Section}:{option.Name}", option.Type)))
            .ToDictionary(option => option.Name, option => option.Type, StringComparer.OrdinalIgnoreCase);
        foreach (var leaf in Leaves(root))
        {
            var parent = leaf.Path[..leaf.Path.LastIndexOf(':')];
            var isItem = known.GetValueOrDefault(parent) == OptionType.List && known.ContainsKey(parent);
            if (!known.ContainsKey(leaf.Path) && !isItem)
            {
                var nearest = known.Keys.MinBy(name => Distance(name, leaf.Path))!;
                var remedy = Distance(nearest, leaf.Path) <= FarthestSuggestion ? $"did you mean {nearest}?" : "remove it, or look its name up in the documentation.";
                yield return new OptionFault(TypedText.Escape(leaf.Path), $"there is no option of this name; {remedy}");
            }
        }
    }

    private static IEnumerable<IConfigurationSection> Leaves(IConfigurationSection section)
    {
        var isLeaf = true;
        foreach (var child in section.GetChildren())
        {
            isLeaf = false;
            foreach (var leaf in Leaves(child))
            {
                yield return leaf;
            }
        }

        // An empty object or list says nothing.
        if (isLeaf && section.Value is not null && section.Path.Contains(':', StringComparison.Ordinal))
        {
            yield return section;
        }
    }

    /// <summary>Levenshtein's distance, without regard to letter case.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 0; i < one.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < other.Length; j++)
            {
                var substituted = diagonal + (char.ToUpperInvariant(one[i]) == char.ToUpperInvariant(other[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(substituted, Math.Min(row[j], diagonal) + 1);
            }
        }

        return row[^1];
    }
}
