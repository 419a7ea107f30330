using System.Collections.Immutable;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.Sessions;

/// <summary>
/// A session in memory. All that changes about it is its last use, and whether it has ended. There are millions of them: it
/// holds what a check or an answer needs, times as milliseconds since 1970, and what few sessions have in a part of its own.
/// </summary>
public sealed class LiveSession
{
    private const int LongestUnsavedMilliseconds = 30_000;
    private const int ShortestUnsavedMilliseconds = 1_000;

    private readonly TokenHash _token;
    private readonly Rarities? _rarities;
    private readonly long _issued;
    private readonly long _expires;
    private readonly long _idle;
    private readonly byte _kind;
    private long _lastUsed;
    private long _saved;
    private long _ended;
    private int _queued;
    private long _confirmed;

    internal LiveSession(Session session, AccountEntry account, AccountEntry? client = null)
    {
        _token = session.Token;
        _kind = (byte)session.Kind;
        Id = session.Id;
        Sequence = session.Sequence;
        Tenants = session.Tenants;
        AccountEntry = account;
        Dialect = session.Dialect is { } dialect ? string.IsInterned(dialect) ?? string.Intern(dialect) : null;
        _rarities = Rarities.Of(session, client);
        _issued = session.Issued.ToUnixTimeMilliseconds();
        _expires = session.Expires?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        _idle = session.IdleTimeout is { } idle ? (long)idle.TotalMilliseconds : 0;
        _lastUsed = _saved = session.LastUsed.ToUnixTimeMilliseconds();
        _ended = session.Ended?.ToUnixTimeMilliseconds() ?? 0;
        _confirmed = session.Issued.ToUnixTimeMilliseconds();
    }

    /// <summary>Public id: for lists, logs and revocation.</summary>
    public PublicId Id { get; }

    /// <summary>Hash of the token.</summary>
    public TokenHash Token => _token;

    /// <summary>What the token is good for.</summary>
    public SessionKind Kind => (SessionKind)_kind;

    /// <summary>Id of the dialect that issued it; null for an API token.</summary>
    public string? Dialect { get; }

    /// <summary>Number of the account.</summary>
    public long AccountId => AccountEntry.AccountId;

    /// <summary>Place in the order of all sign-ins and cut-offs of the store.</summary>
    public long Sequence { get; }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset Issued => DateTimeOffset.FromUnixTimeMilliseconds(_issued);

    /// <summary>End of its absolute life; null: never.</summary>
    public DateTimeOffset? Expires => _expires == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(_expires);

    /// <summary>Longest time between two uses; null: no limit.</summary>
    public TimeSpan? IdleTimeout => _idle == 0 ? null : TimeSpan.FromMilliseconds(_idle);

    /// <summary>Numbers of the tenants that it is bound to. Empty: not bound.</summary>
    public ImmutableArray<long> Tenants { get; }

    /// <summary>The refresh family; all of it ends together.</summary>
    public PublicId? Family => _rarities?.Family;

    /// <summary>Hash of the token that it was made from; null: from none.</summary>
    public TokenHash? Parent => _rarities?.Parent;

    /// <summary>Number of the account of the OAuth client that it was issued to; null: to none.</summary>
    public long? ClientId => _rarities?.Client?.AccountId;

    /// <summary>Small facts that the dialect keeps with it.</summary>
    public ImmutableSortedDictionary<string, string> Attributes => _rarities?.Attributes ?? ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Its last use, exact on this node.</summary>
    public DateTimeOffset LastUsed => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _lastUsed));

    /// <summary>When the authority last said that the token holds, where it is an authority's token; at first, when it gave it.</summary>
    internal DateTimeOffset Confirmed => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _confirmed));

    internal AccountEntry AccountEntry { get; }

    /// <summary>The client that it was issued to.</summary>
    internal AccountEntry? ClientEntry => _rarities?.Client;

    /// <summary>Whether it lives no longer than something else: its parent, its client.</summary>
    internal bool IsDerived => _rarities is { IsDerived: true };

    private long SaveAfter => _idle == 0 ? LongestUnsavedMilliseconds : Math.Clamp(_idle / 10, ShortestUnsavedMilliseconds, LongestUnsavedMilliseconds);

    internal bool HasEnded => Volatile.Read(ref _ended) != 0;

    internal bool IsUnsaved => Volatile.Read(ref _lastUsed) > Volatile.Read(ref _saved);

    /// <summary>Decides from memory alone.</summary>
    /// <param name="account">The account as it is.</param>
    /// <param name="globalCutOff">Sequence number up to which everything is dead.</param>
    /// <param name="now">The moment.</param>
    internal SessionState StateFor(Account? account, long globalCutOff, DateTimeOffset now)
    {
        if (HasEnded || account is not { Enabled: true } || Sequence <= account.CutOff || Sequence <= globalCutOff)
        {
            return SessionState.Ended;
        }

        var moment = now.ToUnixTimeMilliseconds();
        if (moment >= _expires || !OpensATenant(account))
        {
            return SessionState.Ended;
        }

        if (_idle > 0 && moment - Volatile.Read(ref _lastUsed) >= _idle)
        {
            return SessionState.Idle;
        }

        return Kind is SessionKind.ApiToken or SessionKind.Refresh && account.IsLocked(now) ? SessionState.Locked : SessionState.Live;
    }

    /// <summary>Notes a use.</summary>
    /// <returns>True when the store should learn it now; said once until <see cref="Saved"/>.</returns>
    internal bool Use(DateTimeOffset now)
    {
        var moment = now.ToUnixTimeMilliseconds();
        Volatile.Write(ref _lastUsed, moment);
        return moment - Volatile.Read(ref _saved) >= SaveAfter && Interlocked.Exchange(ref _queued, 1) == 0;
    }

    internal void Confirm(DateTimeOffset asked) => Volatile.Write(ref _confirmed, asked.ToUnixTimeMilliseconds());

    internal void Saved(DateTimeOffset lastUsed)
    {
        Volatile.Write(ref _saved, lastUsed.ToUnixTimeMilliseconds());
        Volatile.Write(ref _queued, 0);
    }

    internal void LearnUse(DateTimeOffset lastUsed)
    {
        var moment = lastUsed.ToUnixTimeMilliseconds();
        if (moment > Volatile.Read(ref _lastUsed))
        {
            Volatile.Write(ref _lastUsed, moment);
        }
    }

    internal void End(DateTimeOffset now) => Interlocked.CompareExchange(ref _ended, now.ToUnixTimeMilliseconds(), 0);

    /// <summary>Whether memory may drop it: it ended, expired or idled out before the given moment, or a cut-off ended it.</summary>
    internal bool IsOver(DateTimeOffset before, long globalCutOff)
    {
        var moment = before.ToUnixTimeMilliseconds();
        return _expires < moment
            || (Volatile.Read(ref _ended) is > 0 and var ended && ended < moment)
            || (_idle > 0 && moment - Volatile.Read(ref _lastUsed) >= _idle)
            || Sequence <= Math.Max(globalCutOff, AccountEntry.Snapshot?.CutOff ?? 0);
    }

    private bool OpensATenant(Account account)
    {
        if (Tenants.Length == 0)
        {
            return true;
        }

        foreach (var tenant in Tenants)
        {
            if (account.IsMemberOf(tenant))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What few sessions have.</summary>
    private sealed record Rarities(PublicId? Family, TokenHash? Parent, AccountEntry? Client, ImmutableSortedDictionary<string, string> Attributes)
    {
        public bool IsDerived => Parent is not null || Client is not null;

        public static Rarities? Of(Session session, AccountEntry? client) =>
            session.Family is null && session.Parent is null && client is null && session.Attributes.IsEmpty ? null : new(session.Family, session.Parent, client, session.Attributes);
    }
}
