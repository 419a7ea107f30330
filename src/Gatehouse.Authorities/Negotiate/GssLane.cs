using System.Collections.Concurrent;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>
/// A few threads for calls into the security library: they read files and ask domain controllers, and block while they do.
/// Whatever hangs there, the threads of the requests stay free.
/// </summary>
internal sealed class GssLane : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    public GssLane(NegotiateOptions options)
    {
        for (var i = 0; i < options.Lanes; i++)
        {
            new Thread(Run) { IsBackground = true, Name = $"handshake lane {i}" }.Start();
        }
    }

    /// <summary>Runs a call when its turn comes. What waits is bounded by the number of handshakes.</summary>
    public Task<T> RunAsync<T>(Func<T> call)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                completion.SetResult(call());
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    public void Dispose() => _work.CompleteAdding();

    private void Run()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
