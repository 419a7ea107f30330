using Gatehouse.Core.Tokens;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.OAuth;

/// <summary>The OAuth face: registration and routes. It protects no paths: its tokens are for upstreams.</summary>
public static class OAuthDialect
{
    /// <summary>Id of the dialect.</summary>
    public const string Id = "oauth";

    private static readonly DialectEndpoint Endpoint = new(Id, OAuthAnswers.WriteFaultAsync);

    /// <summary>
    /// Adds the services of the OAuth face, and with them the keys that sign for upstreams
    /// (<see cref="SigningKeys"/>, <see cref="AssertionSigner"/>), which are there also when the face is not enabled.
    /// </summary>
    /// <param name="builder">Where to.</param>
    /// <param name="configure">Sets its options.</param>
    public static GatehouseBuilder AddOAuth(this GatehouseBuilder builder, Action<OAuthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<OAuthOptions>(Id).Configure(options => configure?.Invoke(options));
        services.AddSingleton(provider => provider.GetRequiredService<IOptionsMonitor<OAuthOptions>>().Get(Id));
        services.AddSingleton(provider => SigningKeys.Policy(TimeSpan.FromDays(provider.GetRequiredService<OAuthOptions>().KeyDays)));
        services.AddSingleton(provider => new ServerIssuer(provider.GetRequiredService<OAuthOptions>(), provider.GetService<IServer>()));
        services.AddSingleton<IIssuer>(provider => provider.GetRequiredService<ServerIssuer>());
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<JwtWriter>();
        services.AddSingleton<JwtReader>();
        services.AddSingleton<AssertionSigner>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<ISubjectTokenReader>(provider => provider.GetRequiredService<AccessTokens>());
        services.AddSingleton<ISubjectTokenReader, ApiTokenReader>();
        services.AddSingleton<SubjectTokenDirectory>();
        services.AddSingleton<OAuthFrontDoor>();
        services.AddSingleton<ClientAuthenticator>();
        services.AddSingleton<GrantFamily>();
        services.AddSingleton<ClientCredentialsGrant>();
        services.AddSingleton<PasswordGrant>();
        services.AddSingleton<RefreshGrant>();
        services.AddSingleton<ExchangeGrant>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<IntrospectionEndpoint>();
        services.AddSingleton<RevocationEndpoint>();
        services.AddSingleton<MetadataEndpoint>();
        return builder;
    }

    /// <summary>
    /// Maps the paths of the OAuth face. When it is not enabled, only the public keys are there: assertions for upstreams
    /// are signed with them all the same.
    /// </summary>
    /// <param name="routes">Where to.</param>
    public static IEndpointRouteBuilder MapOAuth(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<OAuthOptions>();
        var door = services.GetRequiredService<OAuthFrontDoor>();
        var metadata = services.GetRequiredService<MetadataEndpoint>();
        Open(routes, OAuthPaths.Keys, "public keys", door.Before(OAuthFrontDoor.GetAndHead, metadata.WriteKeysAsync));
        if (!options.Enabled)
        {
            return routes;
        }

        if (options.AllowHttp)
        {
            DialectLog.HttpAllowed(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OAuthDialect)), $"{OAuthOptions.Table.Section}:AllowHttp");
        }

        const string ReadsItsOwn = "reads its own credential";
        Open(routes, OAuthPaths.Token, ReadsItsOwn, door.Before(OAuthFrontDoor.Post, services.GetRequiredService<TokenEndpoint>().HandleAsync));
        Open(routes, OAuthPaths.Introspect, ReadsItsOwn, door.Before(OAuthFrontDoor.Post, services.GetRequiredService<IntrospectionEndpoint>().HandleAsync));
        Open(routes, OAuthPaths.Revoke, ReadsItsOwn, door.Before(OAuthFrontDoor.Post, services.GetRequiredService<RevocationEndpoint>().HandleAsync));
        Open(routes, OAuthPaths.Rest, "answers 404 only", door.Before(ForbiddenMethods.Allowed, AnswerNotFoundAsync));
        Open(routes, MetadataEndpoint.PathFor(options), "metadata are public", door.Before(OAuthFrontDoor.GetAndHead, metadata.WriteMetadataAsync));
        return routes;
    }

    private static Task AnswerNotFoundAsync(HttpContext context) => OAuthAnswers.WriteErrorAsync(context, OAuthError.NotFound);

    private static void Open(IEndpointRouteBuilder routes, string pattern, string why, RequestDelegate handler) =>
        routes.Map(RoutePatternFactory.Parse(pattern), handler).OpenToAll(Endpoint, why);
}
