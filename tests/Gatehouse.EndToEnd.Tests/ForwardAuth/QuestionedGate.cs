using Gatehouse.EndToEnd.Tests.Forwarding;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.ForwardAuth;

/// <summary>A server that trusts one proxy, and a caller of each dialect.</summary>
public sealed class QuestionedGate : IAsyncLifetime
{
    public const string Trusted = "127.0.0.9";
    public const string Origin = "https://console.example";

    public GatehouseServer Server { get; private set; } = null!;

    public IReadOnlyDictionary<string, Caller> Callers { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await GatehouseServer.StartAsync(("TrustedProxies", Trusted), ("Throttle:SourceLimit", "1000000"), ("Dialects:OperationalIntelligence:CorsOrigins", Origin), ("Metrics:Token", "a token of the tests"));
        Callers = (await ForwardingGate.SignInAsync(Server)).ToDictionary(caller => caller.Dialect);
    }

    /// <summary>Asks, over plain HTTP, as proxies do.</summary>
    public Task<WireAnswer> AskAsync(string question, string from = Trusted) => WireClient.ExchangeAsync(Server.Http, question, from);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
