namespace Gatehouse.Authorities.Sso;

/// <summary>
/// Stops asking somebody who does not answer: after several failures in a row nothing is asked for a while, then one question goes
/// out to see. Callers get their 503 at once instead of after a time-out each.
/// </summary>
internal sealed class Breaker(TimeProvider clock)
{
    private const int FailuresInARow = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private int _failures;
    private DateTimeOffset _nextTry;

    /// <summary>Whether a question may go out now.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_failures < FailuresInARow)
            {
                return true;
            }

            var now = clock.GetUtcNow();
            if (now < _nextTry)
            {
                return false;
            }

            // This one finds out; the others wait for what it finds.
            _nextTry = now + Pause;
            return true;
        }
    }

    /// <summary>Notes that a question was answered.</summary>
    public void Succeeded()
    {
        lock (_gate)
        {
            _failures = 0;
        }
    }

    /// <summary>Notes that it was not.</summary>
    public void Failed()
    {
        lock (_gate)
        {
            _failures++;
            _nextTry = clock.GetUtcNow() + Pause;
        }
    }
}
