namespace Gatehouse.Core.Stores;

/// <summary>
/// The store could not be asked, or did not confirm a change: not reachable, full, read-only, or busy for longer than
/// <c>Store:BusySeconds</c>. Nothing of the change took effect (HTT-112).
/// </summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
