using System.Globalization;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.Changes;

/// <summary>Follows the change feed and forgets what it names.</summary>
public sealed class ChangeFollower(
    IStore store,
    FeedHealth health,
    AccountDirectory accounts,
    TenantDirectory tenants,
    SessionRegistry sessions,
    KeyRings keys,
    TimeProvider clock,
    ILogger<ChangeFollower> logger) : BackgroundService
{
    // SQLite's version is read from shared memory, and PostgreSQL wakes us: a poll costs next to nothing.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromMilliseconds(250);
    private long _last;
    private bool _isLost = true;
    private bool _failing;

    /// <summary>Reads the feed once, to its end.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        var (startedAt, time) = (clock.GetTimestamp(), clock.GetUtcNow());
        if (_isLost)
        {
            await BeginAnewAsync(cancellationToken);
        }

        if (await store.Changes.ReadAsync(_last, cancellationToken) is { } changes)
        {
            foreach (var change in changes)
            {
                await ApplyAsync(change, cancellationToken);
                _last = change.Number;
            }
        }
        else
        {
            // Gone too long, and the entries that we missed are purged; or the store has lost the end of what we know.
            _isLost = true;
            await BeginAnewAsync(cancellationToken);
        }

        health.Confirm(startedAt, time);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CatchUpAsync(stoppingToken);
                NoteRecovery();
                await store.Changes.WaitAsync(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                NoteFailure(exception);
                await Task.Delay(RetryAfterFailure, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async ValueTask ApplyAsync(Change change, CancellationToken cancellationToken)
    {
        switch (change.Kind)
        {
            case ChangeKind.Session:
                sessions.Forget([TokenHash.FromBytes(Convert.FromHexString(change.Subject))]);
                break;
            case ChangeKind.Account:
                accounts.Invalidate(long.Parse(change.Subject, CultureInfo.InvariantCulture));
                break;
            case ChangeKind.Tenant:
                tenants.Invalidate();
                accounts.InvalidateAll();
                break;
            case ChangeKind.Everything:
                await sessions.ReadCutOffAsync(cancellationToken);
                break;
            case ChangeKind.Keys:
                await keys.ReloadAsync(change.Subject, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"The change feed names an unknown kind of change, {(int)change.Kind}: this program is older than the store.");
        }
    }

    // What requests brought into memory before may have changed before the place from which we follow. Done wholly or again.
    private async ValueTask BeginAnewAsync(CancellationToken cancellationToken)
    {
        _last = await store.Changes.GetLatestAsync(cancellationToken);
        await ForgetEverythingAsync(cancellationToken);
        _isLost = false;
    }

    private async ValueTask ForgetEverythingAsync(CancellationToken cancellationToken)
    {
        sessions.ForgetAll();
        tenants.Invalidate();
        accounts.InvalidateAll();
        await sessions.ReadCutOffAsync(cancellationToken);
        await keys.ReloadAllAsync(cancellationToken);
    }

    private void NoteFailure(Exception exception)
    {
        if (!_failing)
        {
            _failing = true;
            CoreLog.FeedLost(logger, exception);
        }
    }

    private void NoteRecovery()
    {
        if (_failing)
        {
            _failing = false;
            CoreLog.FeedBack(logger);
        }
    }
}
