using Gatehouse.Core.Audit;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.Sessions;

/// <summary>Housekeeping: writes last uses, sweeps memory, deletes what the store need not remember, makes keys that are due.</summary>
public sealed class SessionKeeper(
    IStore store, SessionRegistry registry, VerifiedPasswords passwords, KeyRings keys, AuditOptions audit, TimeProvider clock, ILogger<SessionKeeper> logger) : BackgroundService
{
    private const int PurgeBatch = 1_000;
    private const int UnknownNamesKept = 100_000;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PurgeEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UnknownNamesFor = TimeSpan.FromDays(7);
    private static readonly TimeSpan WindowsFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan ChangesFor = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await registry.SaveUsesAsync(all: true, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, clock);
        var lastSweep = clock.GetUtcNow();
        var lastPurge = lastSweep;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await registry.SaveUsesAsync(all: false, stoppingToken);
                var now = clock.GetUtcNow();
                if (now - lastSweep >= SweepEvery)
                {
                    lastSweep = now;
                    registry.Sweep();
                    passwords.Sweep();
                }

                if (now - lastPurge >= PurgeEvery)
                {
                    lastPurge = now;
                    await PurgeAsync(now, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Shutdown.
        }
    }

    private async ValueTask PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            while (await store.Sessions.PurgeAsync(now, PurgeBatch, cancellationToken) == PurgeBatch)
            {
                await Task.Yield();
            }

            while (await store.Audit.PurgeAsync(now.AddDays(-audit.RetentionDays), PurgeBatch, cancellationToken) == PurgeBatch)
            {
                await Task.Yield();
            }

            await store.Guesses.PurgeAsync(now - WindowsFor, now - UnknownNamesFor, UnknownNamesKept, cancellationToken);
            await store.Changes.PurgeAsync(now - ChangesFor, cancellationToken);
            await keys.ReloadAllAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            CoreLog.HousekeepingFailed(logger, exception);
        }
    }
}
