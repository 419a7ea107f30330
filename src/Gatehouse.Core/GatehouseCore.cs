using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Telemetry;
using Gatehouse.Core.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Gatehouse.Core;

/// <summary>Registers the identity core.</summary>
public static class GatehouseCore
{
    /// <summary>
    /// Adds the services that decide. Needs, registered by the host: <see cref="Stores.IStore"/> and <see cref="MasterKey"/>.
    /// Options that the host registered before hold; the others have their defaults.
    /// </summary>
    public static IServiceCollection AddGatehouseCore(this IServiceCollection services)
    {
        services.AddGatehouseAdministration();
        services.TryAddSingleton<AuditOptions>();
        services.TryAddSingleton<ThrottleOptions>();
        services.TryAddSingleton<GuessRules>();
        services.TryAddSingleton<GuessThrottle>();
        services.TryAddSingleton<HashingLane>();
        services.TryAddSingleton<VerifiedPasswords>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPasswordAuthority, LocalAuthority>());
        services.TryAddSingleton<AuthorityOptions>();
        services.TryAddSingleton<AuthorityOrder>();
        services.TryAddSingleton<ExternalAccounts>();
        services.TryAddSingleton<OfflineVerifier>();
        services.TryAddSingleton<PasswordSignIn>();
        services.TryAddSingleton<ExternalTokens>();
        services.TryAddSingleton<AccountDirectory>();
        services.TryAddSingleton<TenantDirectory>();
        services.TryAddSingleton<FeedHealth>();
        services.TryAddSingleton<SessionRegistry>();
        services.TryAddSingleton<SessionDesk>();
        services.TryAddSingleton<RefreshFamilies>();
        services.TryAddSingleton<RunningNumbers>();
        services.TryAddSingleton<KeyRings>();
        services.TryAddSingleton<GatehouseMetrics>();
        services.TryAddSingleton<MetricsCollector>();
        AddHosted<AuditTrail>(services);
        AddHosted<ChangeFollower>(services);
        AddHosted<SessionKeeper>(services);
        return services;
    }

    /// <summary>Adds what the operator's commands need, and nothing that runs in the background.</summary>
    public static IServiceCollection AddGatehouseAdministration(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Stores.StoreOptions>();
        services.TryAddSingleton<PasswordOptions>();
        services.TryAddSingleton<PasswordPolicy>();
        services.TryAddSingleton<AccountAdministration>();
        services.TryAddSingleton<TenantAdministration>();
        services.TryAddSingleton<SessionAdministration>();
        return services;
    }

    private static void AddHosted<T>(IServiceCollection services)
        where T : class, IHostedService
    {
        services.TryAddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
