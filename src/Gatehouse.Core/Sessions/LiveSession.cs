using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.Sessions;

/// <summary>A session in memory. All that changes about it is its last use, and whether it has ended.</summary>
public sealed class LiveSession
{
    private const int LongestUnsavedMilliseconds = 30_000;
    private const int ShortestUnsavedMilliseconds = 1_000;

    private readonly long _expires;
    private readonly long _idle;
    private readonly long _saveAfter;
    private long _lastUsed;
    private long _saved;
    private int _queued;
    private long _ended;

    internal LiveSession(Session session, AccountEntry account, AccountEntry? client = null)
    {
        Session = session;
        AccountEntry = account;
        ClientEntry = client;
        IsDerived = session.Parent is not null || client is not null;
        _expires = session.Expires?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        _idle = session.IdleTimeout is { } idle ? (long)idle.TotalMilliseconds : 0;
        _saveAfter = _idle == 0 ? LongestUnsavedMilliseconds : Math.Clamp(_idle / 10, ShortestUnsavedMilliseconds, LongestUnsavedMilliseconds);
        _lastUsed = _saved = session.LastUsed.ToUnixTimeMilliseconds();
        _ended = session.Ended?.ToUnixTimeMilliseconds() ?? 0;
    }

    /// <summary>The session as it was issued.</summary>
    public Session Session { get; }

    /// <summary>Its last use, exact on this node.</summary>
    public DateTimeOffset LastUsed => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _lastUsed));

    internal AccountEntry AccountEntry { get; }

    /// <summary>The client that it was issued to.</summary>
    internal AccountEntry? ClientEntry { get; }

    /// <summary>Whether it lives no longer than something else: its parent, its client.</summary>
    internal bool IsDerived { get; }

    internal bool HasEnded => Volatile.Read(ref _ended) != 0;

    internal bool IsUnsaved => Volatile.Read(ref _lastUsed) > Volatile.Read(ref _saved);

    /// <summary>Decides from memory alone.</summary>
    /// <param name="account">The account as it is.</param>
    /// <param name="globalCutOff">Sequence number up to which everything is dead.</param>
    /// <param name="now">The moment.</param>
    internal SessionState StateFor(Account? account, long globalCutOff, DateTimeOffset now)
    {
        if (HasEnded || account is not { Enabled: true } || Session.Sequence <= account.CutOff || Session.Sequence <= globalCutOff)
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

        return Session.Kind is SessionKind.ApiToken or SessionKind.Refresh && account.IsLocked(now) ? SessionState.Locked : SessionState.Live;
    }

    /// <summary>Notes a use.</summary>
    /// <returns>True when the store should learn it now; said once until <see cref="Saved"/>.</returns>
    internal bool Use(DateTimeOffset now)
    {
        var moment = now.ToUnixTimeMilliseconds();
        Volatile.Write(ref _lastUsed, moment);
        return moment - Volatile.Read(ref _saved) >= _saveAfter && Interlocked.Exchange(ref _queued, 1) == 0;
    }

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
            || Session.Sequence <= Math.Max(globalCutOff, AccountEntry.Snapshot?.CutOff ?? 0);
    }

    private bool OpensATenant(Account account)
    {
        if (Session.Tenants.Length == 0)
        {
            return true;
        }

        foreach (var tenant in Session.Tenants)
        {
            if (account.IsMemberOf(tenant))
            {
                return true;
            }
        }

        return false;
    }
}
