using Gatehouse.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Dialects;

/// <summary>Collects the dialects that an application speaks.</summary>
/// <param name="services">The application's services.</param>
/// <param name="authentication">Where a dialect adds its scheme.</param>
public sealed class GatehouseBuilder(IServiceCollection services, AuthenticationBuilder authentication)
{
    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; } = services;

    /// <summary>Where a dialect adds its scheme.</summary>
    public AuthenticationBuilder Authentication { get; } = authentication;
}

/// <summary>Entry point for applications.</summary>
public static class GatehouseServices
{
    /// <summary>
    /// Adds the identity core and ASP.NET Core's authentication. Needs, registered by the application: a store
    /// (<see cref="Core.Stores.IStore"/>), a <see cref="Core.Keys.MasterKey"/>, and the options of the core.
    /// </summary>
    public static GatehouseBuilder AddGatehouse(this IServiceCollection services)
    {
        services.AddGatehouseCore();
        services.AddAuthorization();

        // The core of authentication only: the full package brings keys for cookies, which nothing here uses.
        services.AddAuthenticationCore();
        services.AddWebEncoders();
        return new GatehouseBuilder(
            services,
            new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, NobodysScheme>(NobodysScheme.Name, configureOptions: null));
    }
}
