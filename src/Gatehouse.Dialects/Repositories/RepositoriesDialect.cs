using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.Repositories;

/// <summary>Repositories (a data-quality server's REST API): registration and routes.</summary>
public static class RepositoriesDialect
{
    /// <summary>Id of the dialect, and name of its authentication scheme.</summary>
    public const string Id = "repositories";

    private const string List = "/api/repositories";
    private const string Repository = List + "/{" + RepositoryName.Parameter + "}";

    private static readonly DialectEndpoint Endpoint = new(Id, RepositoriesAnswers.WriteFaultAsync);

    /// <summary>Adds the dialect's scheme and services.</summary>
    /// <param name="builder">Where to.</param>
    /// <param name="configure">Sets its options.</param>
    public static GatehouseBuilder AddRepositories(this GatehouseBuilder builder, Action<RepositoriesOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Authentication.AddScheme<RepositoriesOptions, RepositoriesHandler>(Id, builder.Reading(RepositoriesOptions.Table, configure));
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptionsMonitor<RepositoriesOptions>>().Get(Id));
        builder.Services.AddSingleton<ISubjectTokenReader, RepositoriesSubjectTokens>();
        builder.Services.AddSingleton<RepositoriesTransport>();
        builder.Services.TryAddSingleton<HandshakeDoor>();
        builder.Services.AddSingleton<RepositoriesAuthenticator>();
        builder.Services.AddSingleton<RepositoryList>();
        builder.Services.AddSingleton<RepositoryLogin>();
        builder.Services.AddSingleton<RepositorySessions>();
        builder.Services.AddSingleton<RepositoryProtectedCall>();
        builder.Services.AddKeyedSingleton(Id, (provider, _) => new DialectDoor(Endpoint, provider.GetRequiredService<RepositoryProtectedCall>().HandleAsync)
        {
            EnterTenant = (context, tenant) => context.Request.RouteValues[RepositoryName.Parameter] = RepositoryName.Escape(tenant),
        });
        return builder;
    }

    /// <summary>
    /// Maps the dialect's paths; nothing when it is not enabled. <c>Request.Path</c> must be in normal form and still
    /// escaped, as <c>Gatehouse.Gateway</c> leaves it: the names in it are decoded here, once.
    /// </summary>
    /// <param name="routes">Where to.</param>
    public static IEndpointRouteBuilder MapRepositories(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<RepositoriesOptions>();
        if (!options.Enabled)
        {
            return routes;
        }

        if (options.AllowHttp)
        {
            DialectLog.HttpAllowed(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(RepositoriesDialect)), "Gatehouse:Dialects:Repositories:AllowHttp");
        }

        var transport = services.GetRequiredService<RepositoriesTransport>();
        Open(routes, List, "the names of the repositories are public (REP-11)", transport.Guard(services.GetRequiredService<RepositoryList>().HandleAsync), isPublic: true);
        Open(routes, Repository + "/login", "reads its own credential", transport.Guard(services.GetRequiredService<RepositoryLogin>().HandleAsync));
        if (options.SessionEndpoint)
        {
            Open(routes, Repository + "/sessions", "reads its own credential", transport.Guard(services.GetRequiredService<RepositorySessions>().HandleAsync));
        }

        Protected(routes, Repository + "/{**path}", services.GetRequiredService<RepositoryProtectedCall>().HandleAsync);
        return routes;
    }

    private static void Open(IEndpointRouteBuilder routes, string pattern, string why, RequestDelegate handler, bool isPublic = false) =>
        routes.Map(pattern, handler).OpenToAll(Endpoint, why, isPublic);

    private static void Protected(IEndpointRouteBuilder routes, string pattern, RequestDelegate handler) =>
        routes.Map(pattern, handler).Protect(Endpoint);
}
