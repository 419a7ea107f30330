using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;

namespace Gatehouse.Dialects.Http;

/// <summary>The two things that a dialect's route can be: open to everybody, or protected by the dialect's own scheme (ATK-3).</summary>
internal static class DialectRoutes
{
    /// <summary>Declares a route open.</summary>
    /// <param name="route">The route.</param>
    /// <param name="endpoint">Whose it is.</param>
    /// <param name="why">Why it may be open.</param>
    /// <param name="isPublic">It reads no credential and changes nothing.</param>
    public static void OpenToAll(this IEndpointConventionBuilder route, DialectEndpoint endpoint, string why, bool isPublic = false) =>
        route.AllowAnonymous().WithMetadata(endpoint, new OpenEndpoint(why) { IsPublic = isPublic });

    /// <summary>Protects a route by the scheme of the dialect that it belongs to.</summary>
    /// <param name="route">The route.</param>
    /// <param name="endpoint">Whose it is.</param>
    public static IEndpointConventionBuilder Protect(this IEndpointConventionBuilder route, DialectEndpoint endpoint) =>
        route.RequireAuthorization(new AuthorizationPolicyBuilder(endpoint.Dialect).RequireAuthenticatedUser().Build()).WithMetadata(endpoint);
}
