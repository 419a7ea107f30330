using Gatehouse.Core;
using Gatehouse.Core.Configuration;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gatehouse.Dialects;

/// <summary>Collects the dialects that an application speaks.</summary>
/// <param name="services">The application's services.</param>
/// <param name="authentication">Where a dialect adds its scheme.</param>
/// <param name="configuration">Where options are read from; null: from code only.</param>
public sealed class GatehouseBuilder(IServiceCollection services, AuthenticationBuilder authentication, IConfiguration? configuration = null) : IGatehouseBuilder
{
    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; } = services;

    /// <summary>Where a dialect adds its scheme.</summary>
    public AuthenticationBuilder Authentication { get; } = authentication;

    /// <summary>Where options are read from; null: from code only.</summary>
    public IConfiguration? Configuration { get; } = configuration;

    internal OptionFaults Faults { get; } = new();

    /// <summary>Options that are read from their section first, where there is a configuration, and then set in code.</summary>
    internal Action<T> Reading<T>(OptionTable<T> table, Action<T>? configure, Func<T, IReadOnlyList<OptionFault>>? load = null)
        where T : class, new()
    {
        if (Configuration is null)
        {
            return options => configure?.Invoke(options);
        }

        var probe = new T();
        Faults.Add(table.Read(Configuration, probe));
        if (load is not null)
        {
            Faults.Add(load(probe));
        }

        return options =>
        {
            table.Read(Configuration, options);
            load?.Invoke(options);
            configure?.Invoke(options);
        };
    }
}

/// <summary>Entry point for applications.</summary>
public static class GatehouseServices
{
    /// <summary>
    /// Adds the identity core and ASP.NET Core's authentication. Needs a store (<c>UseSqlite</c>, or an
    /// <see cref="Core.Stores.IStore"/> and a <see cref="Core.Keys.MasterKey"/> of the application's own).
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">
    /// Where the sections <c>Gatehouse:…</c> are read from. Their faults are reported all at once when the application
    /// starts. Null: every option is set in code, or has its default.
    /// </param>
    public static GatehouseBuilder AddGatehouse(this IServiceCollection services, IConfiguration? configuration = null)
    {
        // The core of authentication only: the full package brings keys for cookies, which nothing here uses.
        services.AddAuthenticationCore();
        services.AddWebEncoders();
        var builder = new GatehouseBuilder(
            services,
            new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, NobodysScheme>(NobodysScheme.Name, configureOptions: null),
            configuration);
        if (configuration is not null)
        {
            services.AddSingleton(Read(builder, CoreOptionTables.Store));
            services.AddSingleton(Read(builder, CoreOptionTables.Passwords));
            services.AddSingleton(Read(builder, CoreOptionTables.Throttle));
            services.AddSingleton(Read(builder, CoreOptionTables.Audit));
        }

        services.TryAddSingleton(builder.Faults);
        services.TryAddSingleton<TrustedProxies>();
        services.TryAddKeyedSingleton<IUpstream, NoUpstream>(KeyedService.AnyKey);
        services.AddGatehouseCore();
        services.AddAuthorization();
        return builder;
    }

    /// <summary>
    /// The way of a request: faults become answers, the caller's address is found, the route, the identity, the right. Call
    /// it before everything that asks who the caller is.
    /// </summary>
    /// <param name="app">The application.</param>
    public static IApplicationBuilder UseGatehouse(this IApplicationBuilder app) => app
        .UseMiddleware<FaultMiddleware>()
        .UseMiddleware<CallerLegMiddleware>()
        .UseRouting()
        .UseAuthentication()
        .UseAuthorization();

    private static T Read<T>(GatehouseBuilder builder, OptionTable<T> table)
        where T : class, new()
    {
        var options = new T();
        builder.Faults.Add(table.Read(builder.Configuration!, options));
        return options;
    }
}
