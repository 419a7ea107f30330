using Gatehouse.Authorities.Ldap;
using Gatehouse.Authorities.Negotiate;
using Gatehouse.Authorities.Sso;
using Gatehouse.Server.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Hosting;

/// <summary>Adds the authorities that the configuration names, for the server and for the commands that look at them. To add a kind, add a line here.</summary>
internal static class ConfiguredAuthorities
{
    public static IServiceCollection AddConfiguredAuthorities(this IServiceCollection services, Settings settings)
    {
        foreach (var (name, options) in settings.Ldap)
        {
            services.AddLdapAuthority(name, options);
        }

        foreach (var (name, options) in settings.Sso)
        {
            services.AddSsoAuthority(name, options);
        }

        return services.AddNegotiateAuthority(settings.Negotiate, settings.OffersHandshakes);
    }
}
