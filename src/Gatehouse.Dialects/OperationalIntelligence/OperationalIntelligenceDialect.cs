using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>DX Operational Intelligence and its relatives: registration and routes.</summary>
public static class OperationalIntelligenceDialect
{
    /// <summary>Id of the dialect, and name of its authentication scheme.</summary>
    public const string Id = "operational-intelligence";

    private static readonly DialectEndpoint Endpoint = new(Id, OperationalIntelligenceAnswers.WriteFaultAsync);

    /// <summary>Adds the dialect's scheme and services.</summary>
    /// <param name="builder">Where to.</param>
    /// <param name="configure">Sets its options.</param>
    public static GatehouseBuilder AddOperationalIntelligence(this GatehouseBuilder builder, Action<OperationalIntelligenceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Authentication.AddScheme<OperationalIntelligenceOptions, OperationalIntelligenceHandler>(Id, builder.Reading(OperationalIntelligenceOptions.Table, configure));
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptionsMonitor<OperationalIntelligenceOptions>>().Get(Id));
        builder.Services.AddSingleton<ISubjectTokenReader, OperationalIntelligenceSubjectTokens>();
        builder.Services.AddSingleton<BrowserOrigins>();
        builder.Services.AddSingleton<FrontDoor>();
        builder.Services.AddSingleton<SessionLocales>();
        builder.Services.AddSingleton<TenantNames>();
        builder.Services.AddSingleton<TokenFamily>();
        builder.Services.AddSingleton<OperationalIntelligenceAuthenticator>();
        builder.Services.AddSingleton<ExternalGrant>();
        builder.Services.AddSingleton<PasswordGrant>();
        builder.Services.AddSingleton<RefreshGrant>();
        builder.Services.AddSingleton<TokenEndpoint>();
        builder.Services.AddSingleton<MeEndpoint>();
        builder.Services.AddSingleton<OperationalIntelligenceProtectedCall>();
        builder.Services.AddKeyedSingleton(Id, (provider, _) => new DialectDoor(Endpoint, provider.GetRequiredService<OperationalIntelligenceProtectedCall>().HandleAsync));
        return builder;
    }

    /// <summary>Maps the dialect's paths; nothing when it is not enabled.</summary>
    /// <param name="routes">Where to.</param>
    public static IEndpointRouteBuilder MapOperationalIntelligence(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<OperationalIntelligenceOptions>();
        if (!options.Enabled)
        {
            return routes;
        }

        if (options.AllowHttp)
        {
            PlainHttpWarning.WhenStarted(services);
        }

        var frontDoor = services.GetRequiredService<FrontDoor>();
        var call = services.GetRequiredService<OperationalIntelligenceProtectedCall>();
        Open(routes, "/ess/security/v1/token", "reads its own credential", services.GetRequiredService<TokenEndpoint>().HandleAsync);
        Protected(routes, "/ess/security/v1/me", EndpointRules.Me, services.GetRequiredService<MeEndpoint>().HandleAsync);
        Open(routes, "/ess/security/v1/{**path}", "answers 404 only", context =>
            (frontDoor.Stop(context, EndpointRules.Other) ?? AnswerNotFoundAsync)(context));
        Protected(routes, "/ess/security/{**path}", EndpointRules.Other, call.HandleAsync);
        Protected(routes, "/mdo/{**path}", EndpointRules.Other, call.HandleAsync);
        Protected(routes, "/oi/{**path}", EndpointRules.Other, call.HandleAsync);
        return routes;
    }

    private static Task AnswerNotFoundAsync(HttpContext context) => OperationalIntelligenceAnswers.WriteErrorAsync(context, OperationalIntelligenceError.NotFound);

    private static void Open(IEndpointRouteBuilder routes, string pattern, string why, RequestDelegate handler) =>
        routes.Map(pattern, handler).OpenToAll(Endpoint, why);

    private static void Protected(IEndpointRouteBuilder routes, string pattern, EndpointRules rules, RequestDelegate handler) =>
        routes.Map(pattern, handler).Protect(Endpoint).WithMetadata(rules);
}
