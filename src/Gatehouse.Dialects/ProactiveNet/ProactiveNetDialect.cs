using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>ProactiveNet (later TrueSight Infrastructure Management): registration and routes.</summary>
public static class ProactiveNetDialect
{
    /// <summary>Id of the dialect, and name of its authentication scheme.</summary>
    public const string Id = "proactivenet";

    private const string ReadsItsOwn = "reads its own credential";

    /// <summary>Adds the dialect's scheme and services.</summary>
    /// <param name="builder">Where to.</param>
    /// <param name="configure">Sets its options.</param>
    public static GatehouseBuilder AddProactiveNet(this GatehouseBuilder builder, Action<ProactiveNetOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Authentication.AddScheme<ProactiveNetOptions, ProactiveNetHandler>(Id, builder.Reading(ProactiveNetOptions.Table, configure));
        var services = builder.Services;
        services.AddSingleton(provider => provider.GetRequiredService<IOptionsMonitor<ProactiveNetOptions>>().Get(Id));
        services.AddSingleton(provider => TokenLife.From(provider.GetRequiredService<ProactiveNetOptions>(), provider.GetRequiredService<ILogger<TokenLife>>()));
        services.AddSingleton<ISubjectTokenReader, ProactiveNetSubjectTokens>();
        services.AddSingleton<ProactiveNetAnswers>();
        services.AddSingleton<ProactiveNetTenants>();
        services.AddSingleton<ProactiveNetTokens>();
        services.AddSingleton<SsoRule>();
        services.AddSingleton<TokenIssue>();
        services.AddSingleton<Base64Format>();
        services.AddSingleton<TenantScope>();
        services.AddSingleton<ProactiveNetAuthenticator>();
        services.AddSingleton<CredentialDesk>();
        services.AddSingleton<ProactiveNetLogin>();
        services.AddSingleton<ProactiveNetLogout>();
        services.AddSingleton<FrontTokenEndpoint>();
        services.AddSingleton<OwnEndpoint>();
        services.AddSingleton<ProactiveNetProtectedCall>();
        services.AddKeyedSingleton(Id, (provider, _) => new DialectDoor(
            new DialectEndpoint(Id, provider.GetRequiredService<ProactiveNetAnswers>().WriteFaultAsync), provider.GetRequiredService<ProactiveNetProtectedCall>().HandleAsync)
        {
            CredentialFields = ["Authorization", "authToken"],
        });
        services.AddHostedService<PlainHttpWarning>();
        return builder;
    }

    /// <summary>Maps the dialect's paths; nothing when it is not enabled.</summary>
    public static IEndpointRouteBuilder MapProactiveNet(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var services = routes.ServiceProvider;
        if (!services.GetRequiredService<ProactiveNetOptions>().Enabled)
        {
            return routes;
        }

        var own = services.GetRequiredService<OwnEndpoint>();
        var login = services.GetRequiredService<ProactiveNetLogin>();
        var logout = services.GetRequiredService<ProactiveNetLogout>();
        var token = services.GetRequiredService<FrontTokenEndpoint>();
        var call = services.GetRequiredService<ProactiveNetProtectedCall>();
        var endpoint = new DialectEndpoint(Id, services.GetRequiredService<ProactiveNetAnswers>().WriteFaultAsync);

        Open(ProactiveNetPaths.Authenticate + ProactiveNetPaths.Login, own.Guard("POST", context => login.HandleAsync(context, takesJson: false)), ReadsItsOwn);
        Open(ProactiveNetPaths.Authenticate + ProactiveNetPaths.Logout, own.Guard("POST", context => logout.HandleAsync(context, isFront: false)), ReadsItsOwn);
        Open(ProactiveNetPaths.FrontAuthenticate + ProactiveNetPaths.Login, own.Guard("POST", context => login.HandleAsync(context, takesJson: true)), ReadsItsOwn);
        Open(ProactiveNetPaths.FrontAuthenticate + ProactiveNetPaths.Logout, own.Guard("POST", context => logout.HandleAsync(context, isFront: true)), ReadsItsOwn);
        Open(ProactiveNetPaths.FrontToken, own.Guard("DELETE, GET, HEAD, POST", AnswerToken), ReadsItsOwn);
        Open(ProactiveNetPaths.FrontToken + ProactiveNetPaths.Groups, own.Guard("GET, HEAD", token.ListGroupsAsync), ReadsItsOwn);
        foreach (var prefix in new[] { ProactiveNetPaths.Authenticate, ProactiveNetPaths.FrontAuthenticate, ProactiveNetPaths.FrontToken })
        {
            Open($"{prefix}/{{**path}}", own.RefuseUnknownAsync, "answers 404 only", isPublic: true);
        }

        Protected(ProactiveNetPaths.Protected);
        Protected(ProactiveNetPaths.FrontProtected);
        return routes;

        Task AnswerToken(HttpContext context) =>
            HttpMethods.IsPost(context.Request.Method) ? login.HandleAsync(context, takesJson: true)
            : HttpMethods.IsDelete(context.Request.Method) ? token.DeleteAsync(context)
            : token.ValidateAsync(context);

        void Open(string pattern, RequestDelegate handler, string why, bool isPublic = false) =>
            routes.Map(pattern, handler).OpenToAll(endpoint, why, isPublic);

        void Protected(string prefix) =>
            routes.Map($"{prefix}/{{**path}}", call.HandleAsync).Protect(endpoint);
    }
}
