using System.Collections.Concurrent;
using Gatehouse.EndToEnd.Tests.Forwarding;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.ForwardAuth;

/// <summary>One server, one recording upstream, and each real proxy between callers and both.</summary>
public sealed class ProxiedGate : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<RealProxy>>> _proxies = new();

    public RecordingUpstream Upstream { get; private set; } = null!;

    public GatehouseServer Server { get; private set; } = null!;

    public static TheoryData<string> Proxies { get; } = [RealProxy.Nginx, RealProxy.Caddy, RealProxy.Apache, RealProxy.HaProxy];

    public async ValueTask InitializeAsync()
    {
        Upstream = RecordingUpstream.Start();

        // Behind the gate's own upstream nothing must be reached: only the proxy forwards here.
        Server = await GatehouseServer.StartAsync(("TrustedProxies", "127.0.0.1"), ("Throttle:SourceLimit", "1000000"));
    }

    /// <summary>A running proxy.</summary>
    public Task<RealProxy> ProxyAsync(string name) => _proxies.GetOrAdd(name, _ => new(() => RealProxy.StartAsync(name, Server, Upstream.Address))).Value;

    /// <summary>Sends one request to a proxy.</summary>
    public async Task<WireAnswer> SendAsync(string proxy, string request) => await WireClient.ExchangeAsync((await ProxyAsync(proxy)).Address, request);

    /// <summary>What reached the upstream under a mark.</summary>
    public IReadOnlyList<UpstreamRequest> Seen(string mark) => [.. Upstream.Requests.Where(request => request.Target.Contains(mark, StringComparison.Ordinal))];

    /// <summary>A request to the proxy that ends its connection.</summary>
    public static string Request(string method, string target, string? body, params string[] headers) => ForwardingGate.Request(method, target, body, [.. headers, "Connection: close"]);

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
        {
            await (await proxy.Value).DisposeAsync();
        }

        await Server.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
