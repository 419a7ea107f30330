using System.Diagnostics;

namespace Gatehouse.Gateway.Tests.Support;

/// <summary>Waits for what another party does in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static async Task TrueAsync(Func<bool> question)
    {
        var clock = Stopwatch.StartNew();
        while (!question())
        {
            if (clock.Elapsed > Longest)
            {
                throw new TimeoutException("What the test waits for did not happen.");
            }

            await Task.Delay(10);
        }
    }
}
