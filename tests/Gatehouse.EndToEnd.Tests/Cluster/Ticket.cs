namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>A token that a node handed out, and what the caller knows of its end.</summary>
/// <param name="product">Whose token it is.</param>
/// <param name="token">The token.</param>
internal sealed class Ticket(Product product, string token)
{
    private long _revoked;
    private int _claimed;

    public Product Product { get; } = product;

    public string Token { get; } = token;

    /// <summary>Time stamp of the moment at which its end was confirmed; 0: never.</summary>
    public long Revoked => Volatile.Read(ref _revoked);

    /// <summary>Whether somebody tried to end it: without a confirmation nobody knows.</summary>
    public bool IsClaimed => Volatile.Read(ref _claimed) != 0;

    /// <summary>Takes it to end it; one can.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    public void Confirm(long moment) => Volatile.Write(ref _revoked, moment);
}

/// <summary>Two of the dialects, both with tokens that every node must know.</summary>
internal enum Product
{
    ArSystem,
    ProactiveNet,
}
