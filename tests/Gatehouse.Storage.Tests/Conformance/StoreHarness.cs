using Gatehouse.Core.Stores;
using Gatehouse.Testing;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>
/// One state, and as many nodes on it as a test wants. To put another kind of store under the conformance suite:
/// derive from this, then derive one class from each <c>…Conformance</c> class with the harness as its argument.
/// </summary>
public abstract class StoreHarness : IAsyncDisposable
{
    private readonly List<IStore> _open = [];
    private bool _prepared;

    /// <summary>The clock of all nodes.</summary>
    public ManualClock Clock { get; } = new();

    /// <summary>Opens one more node on the state, with its schema made.</summary>
    public async ValueTask<IStore> OpenAsync()
    {
        if (!_prepared)
        {
            _prepared = true;
            await PrepareAsync();
        }

        var store = Create();
        _open.Add(store);
        await store.MigrateAsync(default);
        return store;
    }

    /// <summary>Closes all nodes; the state stays.</summary>
    public async ValueTask CloseAllAsync()
    {
        foreach (var store in _open)
        {
            await store.DisposeAsync();
        }

        _open.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAllAsync();
        await DeleteAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes the state, before the first node opens it.</summary>
    protected virtual ValueTask PrepareAsync() => ValueTask.CompletedTask;

    /// <summary>A store on the state; nothing is opened yet.</summary>
    protected abstract IStore Create();

    /// <summary>Deletes the state.</summary>
    protected abstract ValueTask DeleteAsync();
}
