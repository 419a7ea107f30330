namespace Gatehouse.Gateway.Forwarding;

/// <summary>The servers that serve the same API: any of them will do.</summary>
/// <param name="targets">At least one.</param>
public sealed class UpstreamCluster(IReadOnlyList<UpstreamTarget> targets)
{
    private uint _next;

    /// <summary>In which order to try them: in turn, and those last that rest.</summary>
    public IEnumerable<UpstreamTarget> InOrder()
    {
        if (targets.Count == 1)
        {
            return targets;
        }

        var first = (int)(Interlocked.Increment(ref _next) % (uint)targets.Count);
        return targets.Skip(first).Concat(targets.Take(first)).OrderBy(target => target.IsResting);
    }
}
