using Gatehouse.Core.Changes;
using Gatehouse.Core.Configuration;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Gatehouse.Core;

/// <summary>What is wrong in the configuration, found while the application is put together and reported at once when it starts.</summary>
public sealed class OptionFaults
{
    private readonly List<OptionFault> _faults = [];

    /// <summary>Notes faults.</summary>
    public void Add(IEnumerable<OptionFault> faults) => _faults.AddRange(faults);

    /// <summary>Reports them.</summary>
    /// <exception cref="OptionsValidationException">There are some.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            throw new OptionsValidationException("Gatehouse", typeof(OptionFaults), _faults.Select(fault => fault.ToString()));
        }
    }
}

/// <summary>
/// What must be done before the first request: the options are good, the store has its schema, keys and the end of the
/// change feed are known. Runs before anything of the application starts, or when it is asked for.
/// </summary>
public sealed class GatehousePreparation(OptionFaults faults, IServiceProvider services) : IHostedLifecycleService, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private bool _isDone;

    /// <summary>Does it, once.</summary>
    /// <exception cref="OptionsValidationException">The configuration has faults: all of them.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        faults.ThrowIfAny();
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_isDone)
            {
                await services.GetRequiredService<IStore>().MigrateAsync(cancellationToken);
                await services.GetRequiredService<KeyRings>().ReloadAllAsync(cancellationToken);
                await services.GetRequiredService<ChangeFollower>().CatchUpAsync(cancellationToken);
                _isDone = true;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}

/// <summary>Asks for the preparation before the start, to make accounts in code.</summary>
public static class GatehousePreparationServices
{
    /// <summary>Prepares the store and the keys now; the start does it otherwise.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OptionsValidationException">The configuration has faults: all of them.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public static Task PrepareGatehouseAsync(this IServiceProvider services, CancellationToken cancellationToken = default) =>
        services.GetRequiredService<GatehousePreparation>().PrepareAsync(cancellationToken);
}
