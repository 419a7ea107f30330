using System.Collections.Concurrent;

namespace Gatehouse.Core.Sessions;

/// <summary>
/// The sessions in memory, found by their tokens without allocation or lock. A session is its own key: a second copy of the
/// token's 32 bytes for each would be a sixth of all memory.
/// </summary>
internal sealed class LiveSessions
{
    private readonly ConcurrentDictionary<LiveSession, LiveSession> _sessions = new(ByToken.Comparer);
    private readonly ConcurrentDictionary<LiveSession, LiveSession>.AlternateLookup<TokenHash> _byToken;

    public LiveSessions() => _byToken = _sessions.GetAlternateLookup<TokenHash>();

    public int Count => _sessions.Count;

    /// <summary>All of them, as they come; others may be added and removed meanwhile.</summary>
    public IEnumerable<LiveSession> All => _sessions.Select(pair => pair.Value);

    public bool TryFind(TokenHash token, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LiveSession? session) => _byToken.TryGetValue(token, out session);

    /// <summary>Keeps a session, unless its token is there already.</summary>
    /// <returns>The one that is there.</returns>
    public LiveSession Keep(LiveSession session) => _sessions.GetOrAdd(session, session);

    /// <summary>Drops exactly this object.</summary>
    public void Drop(LiveSession session) => _sessions.TryRemove(KeyValuePair.Create(session, session));

    public void Clear() => _sessions.Clear();

    private sealed class ByToken : IEqualityComparer<LiveSession>, IAlternateEqualityComparer<TokenHash, LiveSession>
    {
        public static readonly ByToken Comparer = new();

        public bool Equals(LiveSession? x, LiveSession? y) => ReferenceEquals(x, y) || (x is not null && y is not null && x.Token == y.Token);

        public int GetHashCode(LiveSession obj) => obj.Token.GetHashCode();

        public bool Equals(TokenHash alternate, LiveSession other) => alternate == other.Token;

        public int GetHashCode(TokenHash alternate) => alternate.GetHashCode();

        public LiveSession Create(TokenHash alternate) => throw new NotSupportedException("A session is not made from its token.");
    }
}
