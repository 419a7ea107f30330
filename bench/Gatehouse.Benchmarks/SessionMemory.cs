using System.Globalization;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Benchmarks;

/// <summary>Memory of 100,000 live sessions, as the process and as the garbage collector see it.</summary>
internal static class SessionMemory
{
    private const int Count = 100_000;
    private const int Batch = 1_000;

    public static async Task MeasureAsync()
    {
        await using var gate = await Gate.OpenAsync();
        var desk = gate.Services.GetRequiredService<SessionDesk>();
        var sessions = gate.Services.GetRequiredService<SessionRegistry>();
        var (managed, resident) = Read();
        for (var done = 0; done < Count; done += Batch)
        {
            await Task.WhenAll(Enumerable.Range(0, Batch).Select(async _ =>
                await desk.IssueAsync(Sessions.Of(gate.Account, ApiToken.Draw()), new SessionConditions(), Sessions.SignIn, default)));
        }

        var (managedAfter, residentAfter) = Read();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sessions.Count} sessions in memory"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"managed heap  +{(managedAfter - managed) / (double)Count:F0} bytes per session"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident set  +{(residentAfter - resident) / 1048576.0:F1} MiB in all"));
    }

    private static (long Managed, long Resident) Read()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }
}
