namespace Gatehouse.Core.Stores;

/// <summary>
/// The store could not be asked, or did not confirm a change: not reachable, full, read-only, or busy for longer than
/// <c>Store:BusySeconds</c>. A change that was not confirmed is never reported as done (HTT-112); nothing of it took effect, but
/// where the connection to a server broke while it was being committed: then it may have been, wholly.
/// </summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
