namespace Gatehouse.Core.Accounts;

/// <summary>The one place in memory where an account's state is kept current; sessions point to it.</summary>
public sealed class AccountEntry(long accountId)
{
    private readonly Lock _gate = new();
    private volatile State? _state;
    private long _version;

    /// <summary>Number of the account.</summary>
    public long AccountId { get; } = accountId;

    /// <summary>Whether the state in memory may be believed.</summary>
    public bool IsKnown => _state is not null;

    /// <summary>The account; null when it was removed, or when its state is not known.</summary>
    public Account? Snapshot => _state?.Account;

    /// <summary>Counts invalidations; what was read before one is not kept after it.</summary>
    internal long Version => Interlocked.Read(ref _version);

    /// <summary>Keeps what was read, unless the account changed meanwhile.</summary>
    internal bool TryKeep(Account? account, long readAtVersion)
    {
        lock (_gate)
        {
            if (_version != readAtVersion)
            {
                return false;
            }

            _state = new State(account);
            return true;
        }
    }

    /// <summary>Forgets the state.</summary>
    internal void Invalidate()
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _version);
            _state = null;
        }
    }

    private sealed record State(Account? Account);
}
