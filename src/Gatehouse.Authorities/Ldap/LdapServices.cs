using Gatehouse.Core.Operator;
using Gatehouse.Core.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Ldap;

/// <summary>Registers directories.</summary>
public static class LdapServices
{
    /// <summary>Adds a directory as an authority.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The name under which accounts refer to it.</param>
    /// <param name="options">Its options, checked.</param>
    public static IServiceCollection AddLdapAuthority(this IServiceCollection services, string name, LdapOptions options)
    {
        services.AddKeyedSingleton(name, (provider, _) => new LdapAuthority(
            name, options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LdapAuthority>>()));
        services.AddSingleton<IPasswordAuthority>(provider => provider.GetRequiredKeyedService<LdapAuthority>(name));
        services.AddKeyedSingleton(name, (provider, _) => new LdapExaminer(provider.GetRequiredKeyedService<LdapAuthority>(name), options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IExaminer>(provider => provider.GetRequiredKeyedService<LdapExaminer>(name));
        services.AddSingleton<IAuthorityTrial>(provider => provider.GetRequiredKeyedService<LdapExaminer>(name));
        return services;
    }
}
