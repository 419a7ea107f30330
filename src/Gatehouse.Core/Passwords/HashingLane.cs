using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Core.Passwords;

/// <summary>
/// The bounded place where passwords are hashed: a few threads of its own and a short queue. Whatever the flood of
/// sign-ins, the thread pool stays free for token checks (HTT-83).
/// </summary>
public sealed class HashingLane : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly int _capacity;
    private int _pending;

    /// <summary>Starts the lane.</summary>
    public HashingLane(PasswordOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _capacity = options.Lanes + options.Queue;
        for (var i = 0; i < options.Lanes; i++)
        {
            new Thread(RunLane) { IsBackground = true, Name = $"password lane {i}", Priority = ThreadPriority.BelowNormal }.Start();
        }
    }

    /// <summary>Checks that run or wait.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Runs a piece of hashing when its turn comes.</summary>
    /// <param name="hash">The hashing.</param>
    /// <param name="result">What it returns, when it is done.</param>
    /// <returns>False when the lane and its queue are full; nothing was done then.</returns>
    public bool TryRun<T>(Func<T> hash, [NotNullWhen(true)] out Task<T>? result)
    {
        if (Interlocked.Increment(ref _pending) > _capacity)
        {
            Interlocked.Decrement(ref _pending);
            result = null;
            return false;
        }

        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            // Room is made before anybody learns of the result: who does may come again at once.
            try
            {
                var hashed = hash();
                Interlocked.Decrement(ref _pending);
                completion.SetResult(hashed);
            }
            catch (Exception exception)
            {
                Interlocked.Decrement(ref _pending);
                completion.SetException(exception);
            }
        });
        result = completion.Task;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _work.CompleteAdding();

    private void RunLane()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
