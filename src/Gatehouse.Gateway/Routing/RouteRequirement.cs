using System.Security.Claims;
using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Routing;

/// <summary>What a route asks for beyond a good credential. Asked by the forwarder and by forward-auth alike.</summary>
/// <param name="tenants">One of them; empty: none is needed.</param>
/// <param name="roles">One of them; empty: none is needed.</param>
/// <param name="methods">The methods that there are; empty: all.</param>
public sealed class RouteRequirement(IReadOnlyList<string> tenants, IReadOnlyList<string> roles, IReadOnlyList<string> methods)
{
    private readonly string[] _methods = methods.Contains(HttpMethods.Get) ? [.. methods.Union([HttpMethods.Head])] : [.. methods];

    /// <summary>The methods that there are, for <c>Allow</c>.</summary>
    public string Allow => string.Join(", ", _methods);

    /// <summary>Decides about a caller whose credential was good.</summary>
    /// <param name="identity">Who it is.</param>
    /// <param name="principal">The same with its roles.</param>
    /// <param name="method">The method of the request.</param>
    /// <returns><see cref="ForwardOutcome.Forbidden"/>, <see cref="ForwardOutcome.MethodNotAllowed"/>, or null: it may.</returns>
    public ForwardOutcome? Decide(Identity identity, ClaimsPrincipal principal, string method)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(principal);
        return _methods.Length > 0 && !_methods.Contains(method, StringComparer.Ordinal) ? ForwardOutcome.MethodNotAllowed
            : HasOne(tenants, tenant => identity.Tenants.Contains(tenant, StringComparer.Ordinal)) && HasOne(roles, principal.IsInRole) ? null
            : ForwardOutcome.Forbidden;
    }

    private static bool HasOne(IReadOnlyList<string> needed, Func<string, bool> has) => needed.Count == 0 || needed.Any(has);
}
