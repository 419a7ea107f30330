using System.Collections.Concurrent;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.Sessions;

/// <summary>
/// Answers for tokens. Hot sessions are in memory: a check is a hash, a look-up and a few compares, without
/// allocation, lock or I/O. A miss asks the store once, however many ask at the same moment; unknown tokens are
/// remembered briefly and boundedly.
/// </summary>
public sealed class SessionRegistry(
    IStore store, AccountDirectory accounts, FeedHealth health, TimeProvider clock, ILogger<SessionRegistry> logger)
{
    // Longer than any look-up that may still be under way, so that it finds the mark and not the session.
    private static readonly TimeSpan EndedStaysMarked = TimeSpan.FromMinutes(2);

    private readonly LiveSessions _live = new();
    private readonly ConcurrentDictionary<TokenHash, DateTimeOffset> _forgotten = new();
    private readonly ConcurrentDictionary<TokenHash, Lazy<Task<LiveSession?>>> _lookups = new();
    private readonly ConcurrentQueue<LiveSession> _unsaved = new();
    private readonly UnknownTokens _unknown = new(clock);
    private long _cutOff;
    private long _forgettings;

    /// <summary>Sequence number up to which everything is dead.</summary>
    public long CutOff => Volatile.Read(ref _cutOff);

    /// <summary>Sessions in memory.</summary>
    public int Count => _live.Count;

    /// <summary>Says what became of a token.</summary>
    public ValueTask<SessionCheck> CheckAsync(TokenHash token, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!health.IsFreshAt(now))
        {
            return AskStoreAsync(token, cancellationToken);
        }

        if (_live.TryFind(token, out var live))
        {
            var entry = live.AccountEntry;
            if (entry.Snapshot is { } account)
            {
                var state = live.StateFor(account, CutOff, now);
                if (state is not SessionState.Idle)
                {
                    var check = new SessionCheck(state, live, account);
                    return live.IsDerived ? FollowAsync(check, cancellationToken) : new(check);
                }
            }
        }
        else if (_unknown.Contains(token))
        {
            return new(new SessionCheck(SessionState.Unknown, null, null));
        }

        return CheckColdAsync(live, token, cancellationToken);
    }

    /// <summary>Counts an accepted request as a use: the idle time-out starts anew (HTT-109).</summary>
    public void Use(LiveSession live)
    {
        ArgumentNullException.ThrowIfNull(live);
        if (live.Use(clock.GetUtcNow()))
        {
            _unsaved.Enqueue(live);
        }
    }

    /// <summary>Takes in a session that this node has just put into the store.</summary>
    public void Add(Session session)
    {
        ArgumentNullException.ThrowIfNull(session);
        Keep(session);
    }

    /// <summary>
    /// Reads a session that has just been put into the store, so that it is found although its token was shown, and
    /// unknown, a moment ago: a token that somebody else made can be seen before it is handed on.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask LearnAsync(TokenHash token, CancellationToken cancellationToken)
    {
        if (await store.Sessions.FindAsync(token, cancellationToken) is { } session)
        {
            Keep(session);
        }
    }

    /// <summary>Forgets sessions that have ended; nothing that was read before brings them back.</summary>
    public void Forget(IEnumerable<TokenHash> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var now = clock.GetUtcNow();
        foreach (var token in tokens)
        {
            _forgotten[token] = now;
            if (_live.TryFind(token, out var live))
            {
                live.End(now);
            }
        }
    }

    /// <summary>Forgets everything that is in memory.</summary>
    public void ForgetAll()
    {
        Interlocked.Increment(ref _forgettings);
        _live.Clear();
        _unknown.Clear();
    }

    /// <summary>Reads the cut-off of all accounts.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask ReadCutOffAsync(CancellationToken cancellationToken) => RaiseCutOff(await store.Sessions.GetCutOffAsync(cancellationToken));

    /// <summary>An account as it may be believed now: from memory while the feed is fresh, else as the store has it.</summary>
    /// <exception cref="StoreUnavailableException">It must be read, and the store cannot be asked.</exception>
    internal async ValueTask<Account?> ReadAccountAsync(AccountEntry entry, CancellationToken cancellationToken)
    {
        if (health.IsFresh)
        {
            return await accounts.ReadAsync(entry, cancellationToken);
        }

        try
        {
            await ReadCutOffAsync(cancellationToken);
            return await accounts.ReloadAsync(entry, cancellationToken);
        }
        catch (StoreUnavailableException) when (!health.IsOutage && entry.Snapshot is not null)
        {
            return entry.Snapshot;
        }
    }

    /// <summary>Drops what is over.</summary>
    public void Sweep()
    {
        var before = clock.GetUtcNow() - EndedStaysMarked;
        foreach (var live in _live.All)
        {
            if (live.IsOver(before, CutOff))
            {
                _live.Drop(live);
            }
        }

        foreach (var (token, time) in _forgotten)
        {
            if (time < before)
            {
                _forgotten.TryRemove(token, out _);
            }
        }
    }

    /// <summary>Writes last uses to the store.</summary>
    /// <param name="all">All of them, as at shutdown; else only those that are due.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask SaveUsesAsync(bool all, CancellationToken cancellationToken)
    {
        var due = all ? _live.All.Where(live => live.IsUnsaved && !live.HasEnded).ToList() : Drain();
        if (due.Count == 0)
        {
            return;
        }

        var uses = due.ConvertAll(live => (live.Id, live.LastUsed));
        try
        {
            await store.Sessions.TouchAsync(uses, cancellationToken);
        }
        catch (Exception exception)
        {
            CoreLog.UsesNotWritten(logger, due.Count, exception);
            due.ForEach(_unsaved.Enqueue);
            return;
        }

        for (var i = 0; i < due.Count; i++)
        {
            due[i].Saved(uses[i].LastUsed);
        }
    }

    /// <summary>
    /// A session that was made from another one, or issued to a client, is worth no more than they are (HTT-157): asked
    /// at each use, because a parent also ends by time, without anybody's doing.
    /// </summary>
    private async ValueTask<SessionCheck> FollowAsync(SessionCheck check, CancellationToken cancellationToken)
    {
        if (!check.IsLive || !check.Live.IsDerived)
        {
            return check;
        }

        try
        {
            if (check.Live.ClientEntry is { } entry)
            {
                var client = await ReadAccountAsync(entry, cancellationToken);
                if (client is not { Enabled: true } || check.Live.Sequence <= client.CutOff)
                {
                    return check with { State = SessionState.Ended };
                }
            }

            if (check.Live.Parent is { } parent)
            {
                var state = (await CheckAsync(parent, cancellationToken)).State;
                return check with { State = state is SessionState.Unknown or SessionState.Idle ? SessionState.Ended : state };
            }

            return check;
        }
        catch (StoreUnavailableException exception)
        {
            CoreLog.StoreUnavailable(logger, exception);
            return new SessionCheck(SessionState.Unavailable, null, null);
        }
    }

    private async ValueTask<SessionCheck> CheckColdAsync(LiveSession? live, TokenHash token, CancellationToken cancellationToken)
    {
        try
        {
            live ??= await LookUpAsync(token, cancellationToken);
            if (live is null)
            {
                return new SessionCheck(SessionState.Unknown, null, null);
            }

            var account = await accounts.ReadAsync(live.AccountEntry, cancellationToken);
            var state = live.StateFor(account, CutOff, clock.GetUtcNow());
            if (state == SessionState.Idle && await store.Sessions.FindAsync(token, cancellationToken) is { } stored)
            {
                // Another node may have seen it since.
                live.LearnUse(stored.LastUsed);
                state = live.StateFor(account, CutOff, clock.GetUtcNow());
            }

            return await FollowAsync(new SessionCheck(state, live, account), cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            CoreLog.StoreUnavailable(logger, exception);
            return new SessionCheck(SessionState.Unavailable, null, null);
        }
    }

    /// <summary>Decides without believing memory; falls back on it for as long as the grace allows.</summary>
    private async ValueTask<SessionCheck> AskStoreAsync(TokenHash token, CancellationToken cancellationToken)
    {
        try
        {
            var session = await store.Sessions.FindAsync(token, cancellationToken);
            if (session is null)
            {
                return new SessionCheck(SessionState.Unknown, null, null);
            }

            await ReadCutOffAsync(cancellationToken);
            var live = Keep(session);
            live.LearnUse(session.LastUsed);
            if (session.Ended is { } ended)
            {
                live.End(ended);
            }

            var account = await accounts.ReloadAsync(live.AccountEntry, cancellationToken);
            return await FollowAsync(new SessionCheck(live.StateFor(account, CutOff, clock.GetUtcNow()), live, account), cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            CoreLog.StoreUnavailable(logger, exception);
            return !health.IsOutage && _live.TryFind(token, out var live) && live.AccountEntry.Snapshot is { } account
                ? await FollowAsync(new SessionCheck(live.StateFor(account, CutOff, clock.GetUtcNow()), live, account), cancellationToken)
                : new SessionCheck(SessionState.Unavailable, null, null);
        }
    }

    private async Task<LiveSession?> LookUpAsync(TokenHash token, CancellationToken cancellationToken)
    {
        // The look-up is everybody's: nobody's cancellation ends it.
        var lookup = _lookups.GetOrAdd(token, key => new Lazy<Task<LiveSession?>>(() => ReadAsync(key)));
        return await lookup.Value.WaitAsync(cancellationToken);
    }

    private async Task<LiveSession?> ReadAsync(TokenHash token)
    {
        try
        {
            while (true)
            {
                var forgettings = Interlocked.Read(ref _forgettings);
                if (await store.Sessions.FindAsync(token, CancellationToken.None) is not { } session)
                {
                    _unknown.Add(token);
                    return null;
                }

                var live = Keep(session);
                if (Interlocked.Read(ref _forgettings) == forgettings)
                {
                    return live;
                }

                // Everything was forgotten while we read: what we read may be old.
                _live.Drop(live);
            }
        }
        finally
        {
            _lookups.TryRemove(token, out _);
        }
    }

    private LiveSession Keep(Session session)
    {
        var client = session.ClientId is { } clientId ? accounts.EntryOf(clientId) : null;
        var live = _live.Keep(new LiveSession(session, accounts.EntryOf(session.AccountId), client));

        // Forget marks first and looks second, we look second: one of us sees the other.
        if (_forgotten.TryGetValue(session.Token, out var ended))
        {
            live.End(ended);
        }

        return live;
    }

    private void RaiseCutOff(long cutOff)
    {
        long known;
        do
        {
            known = CutOff;
        }
        while (cutOff > known && Interlocked.CompareExchange(ref _cutOff, cutOff, known) != known);
    }

    private List<LiveSession> Drain()
    {
        var due = new List<LiveSession>();
        while (_unsaved.TryDequeue(out var live))
        {
            if (!live.HasEnded)
            {
                due.Add(live);
            }
        }

        return due;
    }
}
