using Gatehouse.Core.Audit;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Telemetry;
using Gatehouse.Dialects;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.Micetro;
using Gatehouse.Dialects.OAuth;
using Gatehouse.Dialects.OperationalIntelligence;
using Gatehouse.Dialects.ProactiveNet;
using Gatehouse.Dialects.Repositories;
using Gatehouse.Gateway.ForwardAuth;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;
using Gatehouse.Server.Configuration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gatehouse.Server.Hosting;

/// <summary>
/// Puts the program together. The way of a request is the order of <see cref="Compose"/>; to add a dialect, add its
/// options to <see cref="Settings"/>, and one line each in <see cref="AddDialects"/> and <see cref="MapDialects"/>.
/// </summary>
internal static class GatehouseHost
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    public static WebApplication Build(Settings settings, DataDirectory directory, IStore store, MasterKey masterKey)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "gatehouse" });
        builder.AddGatehouseLogging(settings.Configuration);
        builder.WebHost.AddKestrel(settings.Server, directory);

        var services = builder.Services;
        services.Configure<HostOptions>(options => options.ShutdownTimeout = DrainTime);
        services.AddSingleton(settings.Server);
        services.AddSingleton(settings.Server.TrustedProxies);
        services.AddSingleton(settings.Store);
        services.AddSingleton(settings.Passwords);
        services.AddSingleton(settings.Throttle);
        services.AddSingleton(settings.Audit);
        services.AddSingleton(settings.Authorities);
        services.AddSingleton(store);
        services.AddSingleton(masterKey);
        services.AddSingleton<Readiness>();
        services.AddSingleton<MetricsPage>();
        services.AddSingleton<FirstStart>();
        services.AddSingleton<ConfigurationReload>();
        services.AddRouting();
        var gatehouse = services.AddGatehouse();
        services.AddConfiguredAuthorities(settings);
        AddDialects(gatehouse, settings);

        // What is neither protected by a scheme nor declared open is closed (ATK-3).
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder(ClosedDoor.Scheme).RequireAssertion(_ => false).Build());
        gatehouse.Authentication.AddScheme<ClosedDoorOptions, ClosedDoor>(ClosedDoor.Scheme, configureOptions: null);

        var app = builder.Build();
        Compose(app);
        app.Services.GetRequiredService<RouteDirectory>().Load(settings.Routes, DialectPaths.PlanFor(settings));
        return app;
    }

    /// <summary>Reads what must be known before the first request: schema, keys, the end of the change feed.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The keys are sealed under another master key.</exception>
    public static async Task WarmUpAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<KeyRings>().ReloadAllAsync(cancellationToken);
        await services.GetRequiredService<ChangeFollower>().CatchUpAsync(cancellationToken);
        services.GetRequiredService<MetricsCollector>();
        AuditStartAndStop(services);
    }

    private static void AddDialects(GatehouseBuilder gatehouse, Settings settings)
    {
        gatehouse.Services.AddSingleton<IAnswerField, AssertionField>();
        gatehouse.Services.AddForwarding(settings.Gateway)
            .AddUpstream(MicetroDialect.Id, settings.Micetro.Upstream)
            .AddUpstream(RepositoriesDialect.Id, settings.Repositories.Upstream)
            .AddUpstream(ArSystemDialect.Id, settings.ArSystem.Upstream)
            .AddUpstream(OperationalIntelligenceDialect.Id, settings.OperationalIntelligence.Upstream)
            .AddUpstream(ProactiveNetDialect.Id, settings.ProactiveNet.Upstream);
        gatehouse.AddMicetro(options =>
        {
            MicetroOptions.Table.Read(settings.Configuration, options);
            options.LoadFiles(settings.BaseDirectory);
        });
        gatehouse.AddRepositories(options => RepositoriesOptions.Table.Read(settings.Configuration, options));
        gatehouse.AddArSystem(options => ArSystemOptions.Table.Read(settings.Configuration, options));
        gatehouse.AddOperationalIntelligence(options => OperationalIntelligenceOptions.Table.Read(settings.Configuration, options));
        gatehouse.AddProactiveNet(options => ProactiveNetOptions.Table.Read(settings.Configuration, options));
        gatehouse.AddOAuth(options => OAuthOptions.Table.Read(settings.Configuration, options));
    }

    private static void MapDialects(WebApplication app)
    {
        app.MapMicetro();
        app.MapRepositories();
        app.MapArSystem(ProgramVersion.Text);
        app.MapOperationalIntelligence();
        app.MapProactiveNet();
        app.MapOAuth();
    }

    private static void Compose(WebApplication app)
    {
        app.UseMiddleware<FaultMiddleware>();
        app.UseMiddleware<CallerLegMiddleware>();
        app.UseMiddleware<HandshakeMiddleware>();
        app.UseMiddleware<RequestTargetMiddleware>();
        app.UseMiddleware<ForwardAuthMiddleware>();
        app.UseRouting();
        app.UseMiddleware<RouteMiddleware>();
        app.UseMiddleware<ForwardAuthDecision>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOwnEndpoints();
        MapDialects(app);
    }

    private static void AuditStartAndStop(IServiceProvider services)
    {
        var audit = services.GetRequiredService<AuditTrail>();
        var clock = services.GetRequiredService<TimeProvider>();
        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Register(() => Post(AuditEvents.Start));
        lifetime.ApplicationStopping.Register(() => Post(AuditEvents.Stop));

        void Post(string name) => audit.Post(new AuditEvent { Time = clock.GetUtcNow(), Event = name, Outcome = AuditOutcomes.Accepted });
    }
}
