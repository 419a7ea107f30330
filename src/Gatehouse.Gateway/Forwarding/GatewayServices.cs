using Gatehouse.Dialects.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>Registration of the forwarder and of upstreams.</summary>
public static class GatewayServices
{
    /// <summary>Adds the forwarder, and the words that the gate has in each request.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="options">How requests are forwarded.</param>
    public static IServiceCollection AddForwarding(this IServiceCollection services, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.TryAddSingleton<IHttpForwarder, HttpForwarder>();
        services.TryAddSingleton(_ => UpstreamClient.Create(options));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRequestTransform, IdentityHeaders>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRequestTransform, CallerHeaders>());
        return services;
    }

    /// <summary>Adds the upstream of a dialect.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="dialect">Id of the dialect.</param>
    /// <param name="upstream"><c>echo</c> or an absolute URL, as the dialect's options have checked it.</param>
    public static IServiceCollection AddUpstream(this IServiceCollection services, string dialect, string upstream) =>
        upstream == EchoUpstream.Name
            ? services.AddKeyedSingleton<IUpstream, EchoUpstream>(dialect)
            : services.AddKeyedSingleton<IUpstream>(dialect, (provider, _) => Forwarding(provider, new Uri(upstream)));

    private static ForwardingUpstream Forwarding(IServiceProvider provider, Uri address) => new(
        new UpstreamCluster([new UpstreamTarget(address, provider.GetRequiredService<TimeProvider>())]),
        provider.GetServices<IRequestTransform>(),
        provider.GetRequiredService<IHttpForwarder>(),
        provider.GetRequiredService<HttpMessageInvoker>(),
        provider.GetRequiredService<GatewayOptions>(),
        provider.GetRequiredService<ILogger<ForwardingUpstream>>());
}
