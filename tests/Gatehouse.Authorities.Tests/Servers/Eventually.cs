using System.Diagnostics;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>Waits for what another process does in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static async Task AsyncTrue(Func<Task<bool>> question)
    {
        var waited = Stopwatch.StartNew();
        while (!await question())
        {
            if (waited.Elapsed > Longest)
            {
                throw new TimeoutException("It did not come true.");
            }

            await Task.Delay(50);
        }
    }
}
