using Gatehouse.Core.Keys;
using Gatehouse.Dialects.Http;
using Gatehouse.Server.Configuration;
using Gatehouse.Server.Hosting;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Shouldly;

namespace Gatehouse.Server.Tests.Hosting;

/// <summary>ATK-3: a route is protected by a scheme, or declared open with a reason; and the open ones are these.</summary>
public sealed class RouteTableTests
{
    // What a new open route must be added to, on purpose.
    private static readonly string[] OpenRoutes =
    [
        "/health/live", "/health/ready", "/metrics", "{**path}",
        "/mmws/json", "/mmws/soap", "/mmws/wsdl", "/_mmwebext/mmwebext.dll",
        .. MicetroRoutes("/mmws/api"), .. MicetroRoutes("/mmws/api/v2"),
        "/api/repositories", "/api/repositories/{repository}/login", "/api/repositories/{repository}/sessions",
        "/api/about", "/api/version", "/api/jwt/login", "/api/jwt/logout", "/api/jwt/{**path}",
        "/ess/security/v1/token", "/ess/security/v1/{**path}",
        "/bppmws/api/authenticate/login", "/bppmws/api/authenticate/logout", "/bppmws/api/authenticate/{**path}",
        "/tsws/10.0/api/authenticate/login", "/tsws/10.0/api/authenticate/logout", "/tsws/10.0/api/authenticate/{**path}",
        "/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/{**path}", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json",
        "/tsws/api/v10.1/token", "/tsws/api/v10.1/token/groups", "/tsws/api/v10.1/token/{**path}",
    ];

    [Fact]
    [Contract("ATK-3")]
    public async Task Every_route_is_protected_or_declared_open()
    {
        foreach (var endpoint in await EndpointsAsync())
        {
            var isOpen = endpoint.Metadata.GetMetadata<OpenEndpoint>() is { Why.Length: > 0 };
            var isProtected = endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null || endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null;

            (isOpen ^ isProtected).ShouldBeTrue(endpoint.DisplayName);
            (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null).ShouldBe(isOpen, endpoint.DisplayName);
        }
    }

    [Fact]
    [Contract("ATK-3")]
    public async Task The_open_routes_are_these()
    {
        var open = (await EndpointsAsync()).Where(endpoint => endpoint.Metadata.GetMetadata<OpenEndpoint>() is not null).Select(endpoint => endpoint.RoutePattern.RawText);

        open.ShouldBe(OpenRoutes, ignoreOrder: true);
    }

    [Fact]
    [Contract("ATK-3")]
    public async Task No_route_of_an_operator_takes_a_path_of_our_own()
    {
        var settings = Settings.Read(new SettingsSource(null, null, null, null), out _);
        var plan = DialectPaths.PlanFor(settings);

        foreach (var endpoint in await EndpointsAsync())
        {
            // Up to what stands for any number of segments; a name where a repository's stands.
            var path = "/" + endpoint.RoutePattern.RawText!.Split("{**")[0].Trim('/').Replace("{repository}", "SALES").Replace("{command}", "GetUsers");
            if (endpoint.Metadata.GetMetadata<OpenEndpoint>() is not null && path != "/")
            {
                plan.OwnAbove(path).ShouldNotBeNull(path);
            }
            else if (path != "/" && plan.OwnAbove(path) is null)
            {
                plan.DialectOf(path).ShouldBe(endpoint.Metadata.GetMetadata<DialectEndpoint>()!.Dialect, path);
            }
        }
    }

    [Fact]
    [Contract("ATK-3")]
    public async Task The_protected_routes_belong_to_a_dialect_and_name_its_scheme()
    {
        var closed = (await EndpointsAsync()).Where(endpoint => endpoint.Metadata.GetMetadata<OpenEndpoint>() is null).ToList();

        closed.ShouldNotBeEmpty();
        foreach (var endpoint in closed)
        {
            var dialect = endpoint.Metadata.GetMetadata<DialectEndpoint>().ShouldNotBeNull(endpoint.DisplayName).Dialect;
            endpoint.Metadata.GetMetadata<AuthorizationPolicy>().ShouldNotBeNull().AuthenticationSchemes.ShouldBe([dialect]);
        }
    }

    [Fact]
    [Contract("ATK-3")]
    public async Task A_route_that_somebody_forgot_is_closed()
    {
        await using var app = Build(out var directory);
        using (directory)
        {
            app.MapGet("/forgotten", () => "open");
            var pipeline = ((IApplicationBuilder)app).Build();
            var context = new DefaultHttpContext { RequestServices = app.Services };
            context.Response.Body = new MemoryStream();
            context.Request.Method = "GET";
            context.Request.Path = "/forgotten";
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/forgotten";

            await pipeline(context);

            (context.Response.StatusCode, context.Response.ContentType).ShouldBe((404, "application/problem+json"));
        }
    }

    private static async Task<IReadOnlyList<RouteEndpoint>> EndpointsAsync()
    {
        await using var app = Build(out var directory);
        using (directory)
        {
            return [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).Cast<RouteEndpoint>()];
        }
    }

    private static WebApplication Build(out TemporaryDirectory directory)
    {
        directory = new TemporaryDirectory();
        var settings = Settings.Read(new SettingsSource(null, directory.File("data"), null, "http://127.0.0.1:0"), out var faults);
        faults.ShouldBeEmpty();
        settings.Server.MetricsToken = "so that the page is mapped";
        var data = new DataDirectory(settings.Server.Data);
        var store = new SqliteStore(data.StoreFile, settings.Store, TimeProvider.System);
        return GatehouseHost.Build(settings, data, store, new MasterKey(new byte[32]));
    }

    private static IEnumerable<string> MicetroRoutes(string at) =>
        new[] { "command", "commands" }
            .SelectMany(verb => new[] { "Login", "Logout", "web_getPreLoginInfo" }
                .SelectMany(name => new[] { $"{at}/{verb}/{name}", $"{at}/{verb}/{name}/{{**more}}" })
                .Prepend($"{at}/{verb}"))
            .Concat([$"{at}/micetro/sessions", $"{at}/json"]);
}
