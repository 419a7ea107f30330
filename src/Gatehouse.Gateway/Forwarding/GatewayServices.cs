using Gatehouse.Core.Tokens;
using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.ForwardAuth;
using Gatehouse.Gateway.Routing;
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
        services.TryAddSingleton<RouteDirectory>();
        services.TryAddSingleton(_ => UpstreamClient.Create(options));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRequestTransform, IdentityHeaders>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRequestTransform, CallerHeaders>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAnswerField, IdentityHeaders>());
        return services;
    }

    /// <summary>Adds the upstream of a dialect: where its requests go that are on no route.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="dialect">Id of the dialect.</param>
    /// <param name="upstream"><c>echo</c> or an absolute URL, as the dialect's options have checked it.</param>
    public static IServiceCollection AddUpstream(this IServiceCollection services, string dialect, string upstream) =>
        services.AddKeyedSingleton<IUpstream>(dialect, (provider, _) => new RoutedUpstream(
            dialect, upstream == EchoUpstream.Name ? new EchoUpstream() : Forwarding(provider, new Uri(upstream))));

    private static ForwardingUpstream Forwarding(IServiceProvider provider, Uri address) => new(
        new UpstreamCluster([new UpstreamTarget(address, provider.GetRequiredService<TimeProvider>())]),
        [.. provider.GetServices<IRequestTransform>(), .. provider.GetService<AssertionSigner>() is { } signer ? [new AssertionTransform(signer)] : Array.Empty<IRequestTransform>()],
        provider.GetRequiredService<IHttpForwarder>(),
        provider.GetRequiredService<HttpMessageInvoker>(),
        provider.GetRequiredService<GatewayOptions>(),
        provider.GetRequiredService<ILogger<ForwardingUpstream>>());
}
