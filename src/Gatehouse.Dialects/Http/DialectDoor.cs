using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Http;

/// <summary>
/// What a path outside a dialect's own prefixes needs to be protected by that dialect all the same. Registered under the
/// dialect's id, which is also the name of its authentication scheme.
/// </summary>
/// <param name="Endpoint">Whose the path is, and how faults are written there.</param>
/// <param name="CallAsync">Passes a call that was let in on to the dialect's <see cref="IUpstream"/>.</param>
public sealed record DialectDoor(DialectEndpoint Endpoint, RequestDelegate CallAsync)
{
    /// <summary>Header fields that may carry this dialect's credential.</summary>
    public IReadOnlyList<string> CredentialFields { get; init; } = ["Authorization"];

    /// <summary>Says which tenant a path belongs to, where the dialect takes it from its own paths; null where it does not.</summary>
    public Action<HttpContext, string>? EnterTenant { get; init; }
}
