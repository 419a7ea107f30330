namespace Gatehouse.Gateway.Routing;

/// <summary>
/// Whose is a path? The longest prefix decides, in whole segments, on the path's normal form, in any letter case (HTT-2).
/// Beside the routes it knows the dialects' prefixes and our own paths, so that a path that two servers could take for
/// paths of two owners is nobody's (ATK-25).
/// </summary>
public sealed class RouteTable
{
    private static readonly object Elsewhere = new();
    private readonly Dictionary<string, object> _owners = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, object>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _deepest;

    internal RouteTable(IReadOnlyList<(string Path, GateRoute Route)> routes, PathPlan plan)
    {
        Routes = [.. routes.Select(entry => entry.Route)];
        foreach (var own in plan.Own.Where(own => !own.Contains('*', StringComparison.Ordinal)))
        {
            _owners[own] = own;
        }

        foreach (var (prefix, _) in plan.Protected)
        {
            _owners[prefix.Split("/*")[0]] = prefix;
        }

        foreach (var (path, route) in routes)
        {
            _owners[path] = route;
        }

        _deepest = _owners.Keys.Select(path => path.Count(character => character == '/')).DefaultIfEmpty().Max();
        _lookup = _owners.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The routes, each once.</summary>
    public IReadOnlyList<GateRoute> Routes { get; }

    /// <summary>Finds the route of a path.</summary>
    /// <param name="path">In normal form, still escaped.</param>
    /// <param name="route">The route; null: the path is on none.</param>
    /// <returns>False: another server could read the path as one of another route, so it must be answered 404.</returns>
    public bool TryFind(string path, out GateRoute? route)
    {
        ArgumentNullException.ThrowIfNull(path);
        route = null;
        if (Routes.Count == 0)
        {
            return true;
        }

        var owner = OwnerOf(path);
        var loose = LooseReading.Of(path);
        if (!ReferenceEquals(loose, path) && !ReferenceEquals(OwnerOf(loose), owner))
        {
            return false;
        }

        route = owner as GateRoute;
        return true;
    }

    private object OwnerOf(string path)
    {
        // Where the first segments end, as many as the longest prefix has; then from the longest to the shortest.
        Span<int> ends = _deepest <= 64 ? stackalloc int[_deepest + 1] : new int[_deepest + 1];
        var count = 0;
        ends[count++] = 0;
        for (var from = 1; count <= _deepest && from <= path.Length; count++)
        {
            var slash = path.IndexOf('/', from);
            ends[count] = slash < 0 ? path.Length : slash;
            from = ends[count] + 1;
        }

        while (count-- > 0)
        {
            if (_lookup.TryGetValue(path.AsSpan(0, ends[count]), out var owner))
            {
                return owner;
            }
        }

        return Elsewhere;
    }
}
