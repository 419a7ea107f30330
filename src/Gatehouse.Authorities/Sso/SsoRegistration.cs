using Gatehouse.Core.Operator;
using Gatehouse.Core.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Sso;

/// <summary>Registers external single sign-on.</summary>
public static class SsoRegistration
{
    /// <summary>Adds an OAuth 2.0 or OpenID Connect server as an authority.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">Its name: accounts refer to it by that.</param>
    /// <param name="options">Its options, checked.</param>
    public static IServiceCollection AddSsoAuthority(this IServiceCollection services, string name, SsoOptions options)
    {
        services.AddKeyedSingleton(name, (provider, _) =>
            new SsoAuthority(name, options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SsoAuthority>>()));
        services.AddSingleton<IPasswordAuthority>(provider => provider.GetRequiredKeyedService<SsoAuthority>(name));
        services.AddSingleton<IExaminer>(provider => new SsoExaminer(provider.GetRequiredKeyedService<SsoAuthority>(name), provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
