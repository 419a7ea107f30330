using System.Diagnostics;

namespace Gatehouse.EndToEnd.Tests.Servers;

/// <summary>Waits for what another process does in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static async Task TrueAsync(Func<Task<bool>> question, TimeSpan? within = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await question())
        {
            if (clock.Elapsed > (within ?? Longest))
            {
                throw new TimeoutException("What the test waits for did not happen.");
            }

            await Task.Delay(25);
        }
    }
}
