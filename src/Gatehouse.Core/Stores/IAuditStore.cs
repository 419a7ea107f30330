using Gatehouse.Core.Audit;

namespace Gatehouse.Core.Stores;

/// <summary>The audit trail. Rows that belong to a change are written with it, by the other stores.</summary>
public interface IAuditStore
{
    /// <summary>Appends events that belong to no change, in their order.</summary>
    ValueTask AppendAsync(IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken);

    /// <summary>Reads events in their order.</summary>
    /// <param name="after">Number of the last event that the caller has; 0 for none.</param>
    /// <param name="since">Earliest time, or null.</param>
    /// <param name="limit">Most events to return.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(long after, DateTimeOffset? since, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes events older than a moment, at most <paramref name="limit"/>.</summary>
    /// <returns>How many were deleted.</returns>
    ValueTask<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);
}
