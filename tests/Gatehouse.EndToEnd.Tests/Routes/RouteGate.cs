using Gatehouse.EndToEnd.Tests.Forwarding;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.Routes;

/// <summary>A server with routes, and its callers.</summary>
internal sealed class RouteGate : IAsyncDisposable
{
    private RouteGate(GatehouseServer server, IReadOnlyDictionary<string, Caller> callers) => (Server, Callers) = (server, callers);

    public GatehouseServer Server { get; }

    /// <summary><c>admin</c> in each dialect.</summary>
    public IReadOnlyDictionary<string, Caller> Callers { get; }

    public static async Task<RouteGate> StartAsync(params (string Name, string Value)[] options) => await OfAsync(await GatehouseServer.StartAsync([.. options, ManyGuesses]));

    public static async Task<RouteGate> StartWithFileAsync(string file, params (string Name, string Value)[] options) => await OfAsync(await GatehouseServer.StartWithFileAsync(file, [.. options, ManyGuesses]));

    /// <summary>The options of one route.</summary>
    public static (string Name, string Value)[] Route(string name, params (string Name, string Value)[] options) =>
        [.. options.Select(option => ($"Routes:{name}:{option.Name}", option.Value))];

    /// <summary>A request of <c>admin</c>.</summary>
    public Task<WireAnswer> CallAsync(string dialect, string target, string method = "GET", string? body = null, params string[] headers) =>
        SendAsync(method, target, body, [Callers[dialect].Credential, .. headers]);

    public Task<WireAnswer> SendAsync(string method, string target, string? body = null, params string[] headers) =>
        WireClient.ExchangeAsync(Server.Https, ForwardingGate.Request(method, target, body, headers));

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static (string, string) ManyGuesses => ("Throttle:SourceLimit", "1000000");

    private static async Task<RouteGate> OfAsync(GatehouseServer server) => new(server, (await ForwardingGate.SignInAsync(server)).ToDictionary(caller => caller.Dialect));
}
