using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Http;

/// <summary>A fault that no endpoint foresaw.</summary>
public enum UnforeseenFault
{
    /// <summary>The request breaks the rules of HTTP.</summary>
    MalformedRequest,

    /// <summary>The body is larger than the server takes.</summary>
    TooLarge,

    /// <summary>The store cannot be asked.</summary>
    StoreUnavailable,

    /// <summary>The path is the dialect's, but nobody serves it.</summary>
    NoSuchResource,

    /// <summary>A bug.</summary>
    Internal,
}

/// <summary>Marks an endpoint as a dialect's, and says how that dialect writes faults that no endpoint foresaw.</summary>
/// <param name="Dialect">Id of the dialect.</param>
/// <param name="WriteFaultAsync">Writes the fault in the dialect's shape.</param>
public sealed record DialectEndpoint(string Dialect, Func<HttpContext, UnforeseenFault, Task> WriteFaultAsync);

/// <summary>Declares that an endpoint is open to everybody. What is neither protected nor declared so is refused (ATK-3).</summary>
/// <param name="Why">Why it may be open.</param>
public sealed record OpenEndpoint(string Why)
{
    /// <summary>
    /// It reads no credential and changes nothing, so that a proxy's question about it can be answered by answering it.
    /// False for endpoints that sign in or out: they answer themselves only.
    /// </summary>
    public bool IsPublic { get; init; }
}
