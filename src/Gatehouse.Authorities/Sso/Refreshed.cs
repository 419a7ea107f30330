namespace Gatehouse.Authorities.Sso;

/// <summary>How often something is fetched anew.</summary>
/// <param name="RenewAfter">An older copy is renewed when it is next wanted.</param>
/// <param name="BelieveFor">A copy that cannot be renewed is used until it is this old.</param>
/// <param name="Least">Shortest time between two attempts while there is a copy, whatever the reason.</param>
internal readonly record struct RefreshPace(TimeSpan RenewAfter, TimeSpan BelieveFor, TimeSpan Least);

/// <summary>A copy of something that another server has: fetched when it is wanted, by one caller for all, and not too often.</summary>
internal sealed class Refreshed<T>(Func<CancellationToken, Task<T>> fetch, RefreshPace pace, TimeProvider clock) : IDisposable
    where T : class
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile Copy? _copy;
    private DateTimeOffset _lastAttempt = DateTimeOffset.MinValue;

    /// <summary>The copy, renewed if it is due.</summary>
    /// <exception cref="SsoUnavailableException">There is none that can be believed, and none can be fetched.</exception>
    public async ValueTask<T> GetAsync(CancellationToken cancellationToken)
    {
        var copy = _copy;
        return copy is not null && clock.GetUtcNow() - copy.Fetched < pace.RenewAfter ? copy.Value : await RenewAsync(copy, cancellationToken);
    }

    /// <summary>A newer copy than the given one, if it is time for one.</summary>
    /// <exception cref="SsoUnavailableException">There is none that can be believed, and none can be fetched.</exception>
    public async ValueTask<T> GetNewerThanAsync(T known, CancellationToken cancellationToken)
    {
        var copy = _copy;
        return copy is not null && !ReferenceEquals(copy.Value, known) ? copy.Value : await RenewAsync(copy, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<T> RenewAsync(Copy? seen, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var now = clock.GetUtcNow();
            if (_copy is { } copy && (!ReferenceEquals(copy, seen) || now - _lastAttempt < pace.Least))
            {
                return Believe(copy, now) ?? throw new SsoUnavailableException("its metadata is too old, and could not be fetched a moment ago");
            }

            _lastAttempt = now;
            return (_copy = new Copy(await fetch(cancellationToken), now)).Value;
        }
        catch (SsoUnavailableException) when (_copy is { } old && Believe(old, clock.GetUtcNow()) is not null)
        {
            return old.Value;
        }
        finally
        {
            _turn.Release();
        }
    }

    private T? Believe(Copy copy, DateTimeOffset now) => now - copy.Fetched < pace.BelieveFor ? copy.Value : null;

    private sealed record Copy(T Value, DateTimeOffset Fetched);
}
