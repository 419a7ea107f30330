using System.Threading.Channels;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.Audit;

/// <summary>
/// Takes audit events that belong to no change of the store, and writes them in batches within a second (HTT-177).
/// While the store is away they wait in bounded memory; at shutdown they are written before the store closes.
/// </summary>
public sealed class AuditTrail(IStore store, TimeProvider clock, ILogger<AuditTrail> logger) : BackgroundService
{
    private const int MaximumWaiting = 50_000;
    private const int BatchSize = 500;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromMilliseconds(500);

    private readonly Channel<AuditEvent> _waiting = Channel.CreateBounded<AuditEvent>(
        new BoundedChannelOptions(MaximumWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    // The batch that is being written. It stays here until the store has it, so that nothing overtakes it.
    private readonly List<AuditEvent> _unwritten = new(BatchSize);

    private long _lost;

    private Action<AuditEvent>? _observer;

    /// <summary>Names who counts events.</summary>
    public void Observe(Action<AuditEvent> observer) => _observer += observer;

    /// <summary>Hands over an event; never blocks, never fails.</summary>
    public void Post(AuditEvent audit)
    {
        Log(audit);
        if (!_waiting.Writer.TryWrite(audit))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>Writes an event to the log only: its row was written with its change.</summary>
    public void Log(AuditEvent audit)
    {
        ArgumentNullException.ThrowIfNull(audit);
        _observer?.Invoke(audit);
        CoreLog.Audited(
            logger, audit.Event, audit.Outcome, Escaped(audit.Account), Escaped(audit.Name), audit.Dialect, audit.Method, Escaped(audit.Tenant), audit.Source, audit.Session, audit.Reason);
    }

    /// <summary>Writes what waits. One caller at a time: the background, and whoever stops it after that.</summary>
    /// <exception cref="StoreUnavailableException">The store did not take it; it still waits.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        while (_unwritten.Count > 0 || _waiting.Reader.TryPeek(out _))
        {
            while (_unwritten.Count < BatchSize && _waiting.Reader.TryRead(out var audit))
            {
                _unwritten.Add(audit);
            }

            await store.Audit.AppendAsync(_unwritten, cancellationToken);
            _unwritten.Clear();
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            CoreLog.AuditWaits(logger, _unwritten.Count + _waiting.Reader.Count, exception);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_unwritten.Count == 0)
                {
                    await _waiting.Reader.WaitToReadAsync(stoppingToken);
                }

                await Task.Delay(failing ? RetryAfterFailure : Gather, clock, stoppingToken);
                await FlushAsync(stoppingToken);
                failing = false;
                if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
                {
                    CoreLog.AuditLost(logger, lost);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Whatever it is, the trail goes on: a server without one must not go unnoticed, nor fall over.
                if (!failing)
                {
                    CoreLog.AuditWaits(logger, _unwritten.Count + _waiting.Reader.Count, exception);
                }

                failing = true;
            }
        }
    }

    private static string? Escaped(string? text) => text is null ? null : Text.TypedText.Escape(text);
}
