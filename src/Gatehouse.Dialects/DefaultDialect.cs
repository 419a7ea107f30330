using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Dialects;

/// <summary>Which dialect a plain <c>[Authorize]</c> means.</summary>
public static class DefaultDialect
{
    private const string Scheme = "gatehouse";

    /// <summary>
    /// Makes a dialect the one that signs callers in where an endpoint names no scheme: <c>[Authorize]</c>,
    /// <c>RequireAuthorization()</c>, and the application's own policies. Endpoints that ask for nothing stay untouched: no
    /// password is checked, and no guess counted, on them (HTT-36).
    /// </summary>
    /// <param name="builder">Where to.</param>
    /// <param name="dialect">Id of the dialect, like <c>ar-system</c>.</param>
    public static GatehouseBuilder AuthorizeBy(this GatehouseBuilder builder, string dialect)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<AuthenticationOptions>(options => options.DefaultScheme = Scheme);
        builder.Authentication.AddPolicyScheme(Scheme, displayName: null, options =>
        {
            options.ForwardChallenge = dialect;
            options.ForwardForbid = dialect;
            options.ForwardDefaultSelector = context => Asks(context.GetEndpoint()) ? dialect : NobodysScheme.Name;
        });
        return builder;
    }

    private static bool Asks(Endpoint? endpoint) =>
        endpoint is not null
        && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
        && (endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null || endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null);
}
