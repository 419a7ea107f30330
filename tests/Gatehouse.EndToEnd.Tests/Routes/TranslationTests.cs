using System.Text.Json;
using Gatehouse.EndToEnd.Tests.ProactiveNet;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Routes;

/// <summary>Two servers: callers of one dialect at the first, an AR System, or another product, played by the second.</summary>
public sealed class TranslationTests(TranslationTests.Pair pair) : IClassFixture<TranslationTests.Pair>
{
    private const string Password = "plum tree in the garden";

    [Theory]
    [MemberData(nameof(Forwarding.ForwardingGate.Dialects), MemberType = typeof(Forwarding.ForwardingGate))]
    [Contract("ATK-40")]
    public async Task Caller_of_any_dialect_uses_every_other(string dialect)
    {
        foreach (var upstream in new[] { "ar-system", "micetro", "repositories", "operational-intelligence", "proactivenet" })
        {
            var answer = await pair.Front.CallAsync(dialect, $"/{dialect}-to-{upstream}/x");

            answer.Status.ShouldBe(200, $"{dialect} to {upstream}: {answer.Text}\n{pair.Front.Server.Log}");
            var identity = JsonDocument.Parse(answer.Text).RootElement;
            (identity.GetProperty("user").GetString(), identity.GetProperty("dialect").GetString()).ShouldBe(("svc", upstream));
        }
    }

    [Fact]
    [Contract("ATK-2")]
    public async Task Ar_upstream_can_be_told_who_calls()
    {
        var answer = await pair.CallAsAliceAsync("/acting/x", $"X-AR-Impersonated-User: {Convert.ToBase64String("svc"u8)}");

        var identity = JsonDocument.Parse(answer.Text).RootElement;
        (identity.GetProperty("user").GetString(), identity.GetProperty("impersonator").GetString()).ShouldBe(("alice", "svc"));

        // Whom the upstream does not let it act as, it answers by itself.
        (await pair.Front.CallAsync("proactivenet", "/acting/x")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Session_that_the_upstream_ended_is_replaced_unseen()
    {
        (await pair.CallAsAliceAsync("/acting/x")).Status.ShouldBe(200);
        (await pair.Back.RunAsync("session", "revoke", "--account", "svc")).ExitCode.ShouldBe(0);

        await Eventually.TrueAsync(async () => (await pair.Back.RunAsync("session", "list", "--account", "svc", "--json")).Output.Trim() is "[]" or "");
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 20).Select(i => pair.CallAsAliceAsync($"/acting/{i}"))))
        {
            answer.Status.ShouldBe(200);
        }

        var sessions = (await pair.Back.RunAsync("session", "list", "--account", "svc", "--dialect", "ar-system", "--json")).Output;
        JsonDocument.Parse(sessions).RootElement.GetArrayLength().ShouldBe(1);
    }

    public sealed class Pair : IAsyncLifetime
    {
        private string _alice = "";

        internal GatehouseServer Back { get; private set; } = null!;

        internal RouteGate Front { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Back = await GatehouseServer.StartAsync(
                ("Throttle:SourceLimit", "1000000"), ("Dialects:ArSystem:AllowHttp", "true"), ("Dialects:Micetro:AllowHttp", "true"), ("Dialects:Repositories:AllowHttp", "true"),
                ("Dialects:OperationalIntelligence:AllowHttp", "true"), ("Dialects:ProactiveNet:AllowHttp", "true"));
            await Back.AddAccountAsync("svc", Password, "--tenant", "DEFAULTORG", "--role", "impersonator");
            var bases = new Dictionary<string, string>
            {
                ["ar-system"] = "/api/arsys/v1",
                ["micetro"] = "/mmws/api/things",
                ["repositories"] = "/api/repositories/DEFAULTORG/things",
                ["operational-intelligence"] = "/oi/v1",
                ["proactivenet"] = "/bppmws/api/Device",
            };
            var options = new List<(string, string)>();
            foreach (var caller in bases.Keys)
            {
                foreach (var (upstream, at) in bases)
                {
                    Add($"{caller}-to-{upstream}", caller, upstream, at, upstream is "repositories" or "operational-intelligence" ? [("SignIn:Tenant", "DEFAULTORG")] : []);
                }
            }

            Add("acting", "proactivenet", "ar-system", bases["ar-system"], ("SignIn:Impersonate", "true"));
            Front = await RouteGate.StartAsync([.. options]);

            await Front.Server.AddAccountAsync("alice", Password);
            await Back.AddAccountAsync("alice", Password);
            _alice = ProactiveNetDesk.TokenOf(await WireClient.ExchangeAsync(Front.Server.Https, ProactiveNetDesk.Post(ProactiveNetDesk.LoginPath, ProactiveNetDesk.Fields("alice", Password))));

            void Add(string name, string caller, string upstream, string at, params (string, string)[] more) => options.AddRange(RouteGate.Route(
                name,
                [
                    ("Path", $"/{name}"), ("Dialect", caller), ("Upstream", Back.Http.ToString()), ("UpstreamPath", at), ("Identity", "sign-in"), ("SignIn:Dialect", upstream),
                    ("SignIn:Account", "svc"), ("SignIn:Password", Password), ("SignIn:AllowHttp", "true"), .. caller == "repositories" ? new[] { ("Tenants", "DEFAULTORG") } : [], .. more,
                ]));
        }

        /// <summary>A call of a ProactiveNet caller without rights.</summary>
        internal Task<WireAnswer> CallAsAliceAsync(string target, params string[] headers) => Front.SendAsync("GET", target, null, [$"Authorization: authtoken {_alice}", .. headers]);

        public async ValueTask DisposeAsync()
        {
            await Front.DisposeAsync();
            await Back.DisposeAsync();
        }
    }
}
