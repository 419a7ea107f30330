using System.Diagnostics;
using System.Globalization;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Benchmarks;

/// <summary>
/// What a node does with many sessions: sign-ins per second without the hash, bytes per session, a check among all of them beside
/// one among a thousand, a cold check, and how long the end of an account with 18,500 sessions takes.
/// </summary>
internal static class Scale
{
    private const int Few = 1_000;
    private const int Flight = 64;
    private const int Checks = 2_000_000;
    private const int OfOneAccount = 18_500;

    public static async Task MeasureAsync(int count, string? connection)
    {
        await using var gate = await Gate.OpenAsync(connection: connection);
        var registry = gate.Services.GetRequiredService<SessionRegistry>();
        Say($"store            {(connection is null ? "SQLite" : "PostgreSQL")}");

        // The tokens that the checks come with are the callers' memory, not the gate's.
        var (few, all) = (new TokenHash[Few], new TokenHash[count - Few]);
        await IssueAsync(gate, gate.Account, few);
        await CheckAsync(registry, few);
        var among = await CheckAsync(registry, few);
        var (managed, resident) = Read();
        var started = Stopwatch.GetTimestamp();
        await IssueAsync(gate, gate.Account, all);
        var taken = Stopwatch.GetElapsedTime(started);
        Say($"sign-ins         {(count - Few) / taken.TotalSeconds:F0} per second, {Flight} at once, committed, without the hash");
        var (managedAfter, residentAfter) = Read();
        Say($"sessions         {registry.Count}");
        Say($"managed heap     {(managedAfter - managed) / (double)(count - Few):F0} bytes per session");
        Say($"resident set     +{(residentAfter - resident) / 1048576.0:F0} MiB");

        // The same number of checks each; the spread over memory is what differs.
        await CheckAsync(registry, all);
        var (amongAll, amongFew) = (await CheckAsync(registry, all), await CheckAsync(registry, few));
        Say($"check            {amongAll:F0} ns among {all.Length}, {amongFew:F0} ns among {Few} of them, {amongFew / among:F2} of before; ratio {amongAll / amongFew:F2}");

        registry.ForgetAll();
        started = Stopwatch.GetTimestamp();
        foreach (var token in few)
        {
            await registry.CheckAsync(token, default);
        }

        Say($"cold check       {Stopwatch.GetElapsedTime(started).TotalMicroseconds / Few:F0} us, one after the other");
        await EndAccountAsync(gate);
    }

    private static async Task EndAccountAsync(Gate gate)
    {
        const string Name = "bob";
        await gate.Services.GetRequiredService<AccountAdministration>().AddAsync(Name, null, [], [], default);
        var bob = (await gate.Store.Accounts.FindAsync(Name, default))!.Account;
        var tokens = new TokenHash[OfOneAccount];
        await IssueAsync(gate, bob, tokens);
        var registry = gate.Services.GetRequiredService<SessionRegistry>();
        var started = Stopwatch.GetTimestamp();
        await gate.Services.GetRequiredService<SessionAdministration>().RevokeAccountAsync(Name, default);
        var done = Stopwatch.GetElapsedTime(started);
        while ((await registry.CheckAsync(tokens[^1], default)).IsLive)
        {
            await Task.Delay(1);
        }

        Say($"end of account   {OfOneAccount} sessions: {done.TotalMilliseconds:F1} ms to the store's confirmation, refused here {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms after the beginning");
    }

    private static async Task IssueAsync(Gate gate, Account account, TokenHash[] tokens)
    {
        var desk = gate.Services.GetRequiredService<SessionDesk>();
        await Parallel.ForAsync(0, tokens.Length, new ParallelOptions { MaxDegreeOfParallelism = Flight }, async (i, cancellationToken) =>
        {
            var session = Sessions.Of(account, ApiToken.Draw());
            tokens[i] = session.Token;
            await desk.IssueAsync(session, new SessionConditions(), Sessions.SignIn, cancellationToken);
        });
    }

    private static async Task<double> CheckAsync(SessionRegistry registry, TokenHash[] tokens)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Checks; i++)
        {
            // A stride that visits all in no order that the memory knows.
            if (!(await registry.CheckAsync(tokens[(int)(i * 7_919L % tokens.Length)], default)).IsLive)
            {
                throw new InvalidOperationException("A live session was not accepted.");
            }
        }

        return Stopwatch.GetElapsedTime(started).TotalNanoseconds / Checks;
    }

    private static (long Managed, long Resident) Read()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
