using Gatehouse.Core.Operator;
using Gatehouse.Core.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>Registration of Kerberos and NTLM.</summary>
public static class NegotiateServices
{
    /// <summary>Adds the authority that checks handshakes, and the accounts of <c>kerberos</c> where a realm has them.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="options">The options; paths in them are absolute.</param>
    /// <param name="isOffered">Whether any door offers handshakes; where none does, nothing of it is examined.</param>
    public static IServiceCollection AddNegotiateAuthority(this IServiceCollection services, NegotiateOptions options, bool isOffered = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        GssEnvironment.Apply(options);
        services.AddSingleton(options);
        services.TryAddSingleton<NegotiateAuthority>();
        services.TryAddSingleton<IHandshakeAuthority>(provider => provider.GetRequiredService<NegotiateAuthority>());
        services.TryAddSingleton<HandshakeSignIn>();
        if (isOffered)
        {
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IExaminer, NegotiateExaminer>());
        }

        if (options.HasKerberosAccounts)
        {
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IPasswordAuthority, KerberosAccounts>());
        }

        return services;
    }
}
