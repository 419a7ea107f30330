using System.Reflection;
using Gatehouse.Core.Keys;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>AR System (Remedy, Helix Innovation Suite): registration and routes.</summary>
public static class ArSystemDialect
{
    /// <summary>Id of the dialect, and name of its authentication scheme.</summary>
    public const string Id = "ar-system";

    private static readonly DialectEndpoint Endpoint = new(Id, ArSystemAnswers.WriteFaultAsync);

    /// <summary>Adds the dialect's scheme and services.</summary>
    /// <param name="builder">Where to.</param>
    /// <param name="configure">Sets its options.</param>
    public static GatehouseBuilder AddArSystem(this GatehouseBuilder builder, Action<ArSystemOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Authentication.AddScheme<ArSystemOptions, ArSystemHandler>(Id, builder.Reading(ArSystemOptions.Table, configure));
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptionsMonitor<ArSystemOptions>>().Get(Id));
        builder.Services.AddSingleton(ArJwt.Policy);
        builder.Services.AddSingleton<ArJwt>();
        builder.Services.AddSingleton<ISubjectTokenReader, ArSystemSubjectTokens>();
        builder.Services.AddSingleton<ArSystemTransport>();
        builder.Services.AddSingleton<ArSystemAuthenticator>();
        builder.Services.AddSingleton<Impersonation>();
        builder.Services.AddSingleton<ArSystemLogin>();
        builder.Services.AddSingleton<ArSystemLogout>();
        builder.Services.AddSingleton<ArSystemProtectedCall>();
        builder.Services.AddKeyedSingleton(Id, (provider, _) => new DialectDoor(Endpoint, provider.GetRequiredService<ArSystemProtectedCall>().HandleAsync)
        {
            CredentialFields = ["Authorization", "Cookie"],
        });
        return builder;
    }

    /// <summary>Maps the dialect's paths; nothing when it is not enabled.</summary>
    /// <param name="routes">Where to.</param>
    /// <param name="version">Version of the program, for <c>/api/about</c> and <c>/api/version</c>; default that of the application.</param>
    public static IEndpointRouteBuilder MapArSystem(this IEndpointRouteBuilder routes, string? version = null)
    {
        ArgumentNullException.ThrowIfNull(routes);
        version ??= Assembly.GetEntryAssembly()?.GetName().Version?.ToString(3) ?? "0.0.0";
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<ArSystemOptions>();
        if (!options.Enabled)
        {
            return routes;
        }

        if (options.AllowHttp)
        {
            DialectLog.HttpAllowed(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ArSystemDialect)), "Gatehouse:Dialects:ArSystem:AllowHttp");
        }

        var login = services.GetRequiredService<ArSystemLogin>();
        var logout = services.GetRequiredService<ArSystemLogout>();
        var call = services.GetRequiredService<ArSystemProtectedCall>();
        Open(routes, "/api/about", "exempt by ARS-3", context => AnswerAboutAsync(context, c => ArSystemAnswers.WriteAboutAsync(c, version)), isPublic: true);
        Open(routes, "/api/version", "exempt by ARS-3", context => AnswerAboutAsync(context, c => ArSystemAnswers.WriteVersionAsync(c, version)), isPublic: true);
        Open(routes, "/api/jwt/login", "reads its own credential", OverHttps(services, Posted(login.HandleAsync)));
        Open(routes, "/api/jwt/logout", "reads its own credential", OverHttps(services, Posted(logout.HandleAsync)));
        Open(routes, "/api/jwt/{**path}", "answers 404 only", OverHttps(services, context => ArSystemAnswers.WriteErrorAsync(context, ArSystemError.NotFound)), isPublic: true);
        Protected(routes, "/api/arsys/{**path}", call.HandleAsync);
        Protected(routes, "/api/cmdb/{**path}", call.HandleAsync);
        return routes;
    }

    private static void Open(IEndpointRouteBuilder routes, string pattern, string why, RequestDelegate handler, bool isPublic = false) =>
        routes.Map(pattern, handler).OpenToAll(Endpoint, why, isPublic);

    private static void Protected(IEndpointRouteBuilder routes, string pattern, RequestDelegate handler) =>
        routes.Map(pattern, handler).Protect(Endpoint);

    private static RequestDelegate OverHttps(IServiceProvider services, RequestDelegate handler)
    {
        var transport = services.GetRequiredService<ArSystemTransport>();
        return context => transport.Admits(context) ? handler(context) : transport.RefuseAsync(context);
    }

    private static RequestDelegate Posted(RequestDelegate handler) => context =>
        HttpMethods.IsPost(context.Request.Method) ? handler(context) : ArSystemAnswers.WriteErrorAsync(context, ArSystemError.MethodNotAllowed("POST"));

    private static Task AnswerAboutAsync(HttpContext context, RequestDelegate answer) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? answer(context) : ArSystemAnswers.WriteAboutMethodNotAllowedAsync(context);
}
