using Gatehouse.Client;
using Gatehouse.Core.Tokens;
using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Gateway.Upstreams;

/// <summary>What stands behind one route: its connections, its sign-ins, and the identity that it hands on.</summary>
internal sealed class RouteUpstream : IAsyncDisposable
{
    private readonly List<SignedInCredential> _credentials = [];
    private readonly List<HttpMessageInvoker> _clients = [];

    private RouteUpstream()
    {
    }

    /// <summary>Where requests go.</summary>
    public IUpstream Upstream { get; private set; } = null!;

    /// <summary>Opens what a route needs; nothing is connected and nobody signs in before the first request.</summary>
    public static RouteUpstream Open(GateRouteOptions route, DialectDoor door, IServiceProvider services)
    {
        var opened = new RouteUpstream();
        opened.Upstream = route.IsEcho ? new EchoUpstream() : opened.Forwarding(route, door, services);
        return opened;
    }

    /// <summary>Signs out and closes all connections. Nobody may use it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var credential in _credentials)
        {
            await credential.DisposeAsync();
        }

        _clients.ForEach(client => client.Dispose());
    }

    private ForwardingUpstream Forwarding(GateRouteOptions route, DialectDoor door, IServiceProvider services)
    {
        var client = UpstreamClient.Create(services.GetRequiredService<GatewayOptions>());
        _clients.Add(client);
        List<IRequestTransform> transforms = [new CallerHeaders()];
        switch (route.Identity)
        {
            case IdentityForms.Assertion:
                transforms.Add(new AssertionTransform(services.GetRequiredService<AssertionSigner>(), route.Audience!));
                break;
            case IdentityForms.Credential:
                transforms.Add(new CredentialTransform(door.CredentialFields));
                break;
            case IdentityForms.SignIn:
                transforms.Add(new SignInTransform(SignIns.Create(route.SignIn, new Uri(route.Upstream[0])).Wire, route.SignIn.Impersonate));
                break;
            default:
                transforms.Add(new IdentityHeaders());
                break;
        }

        var clock = services.GetRequiredService<TimeProvider>();
        var targets = route.Upstream.Select(text => new Uri(text)).Select(address => new UpstreamTarget(address, clock)
        {
            Client = route.Identity == IdentityForms.SignIn ? SignedIn(route, address, client, services) : null,
        });
        return new ForwardingUpstream(
            new UpstreamCluster([.. targets]),
            transforms,
            services.GetRequiredService<IHttpForwarder>(),
            client,
            services.GetRequiredService<GatewayOptions>(),
            services.GetRequiredService<ILogger<ForwardingUpstream>>());
    }

    /// <summary>One sign-in per server: a token of one may be nothing to the other.</summary>
    private HttpMessageInvoker SignedIn(GateRouteOptions route, Uri address, HttpMessageInvoker client, IServiceProvider services)
    {
        var (wire, options) = SignIns.Create(route.SignIn, address);
        var limits = services.GetRequiredService<GatewayOptions>().LimitsWith(options.SignInTimeout);
        var clock = services.GetRequiredService<TimeProvider>();
        var credential = new SignedInCredential(wire, options, SendAsync, clock);
        _credentials.Add(credential);
        var sender = new HttpMessageInvoker(
            new SignedInSender(route.Name, credential, wire.Name, client, clock, services.GetRequiredService<ILogger<RouteUpstream>>()));
        _clients.Add(sender);
        return sender;

        Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (request.Version, request.VersionPolicy) = (limits.Version, limits.VersionPolicy);
            return client.SendAsync(request, cancellationToken);
        }
    }
}
