using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.EndToEnd.Tests.Forwarding;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ForwardAuth;

/// <summary>The recipes of <c>deploy/</c>, run by the real proxies.</summary>
public sealed class RealProxyTests(ProxiedGate gate) : IClassFixture<ProxiedGate>
{
    private const string Forged = "forged";

    public static TheoryData<string> Proxies => ProxiedGate.Proxies;

    [Theory]
    [MemberData(nameof(Proxies))]
    [Contract("HTT-21", "ATK-41", "ATK-40", "ARS-8")]
    public async Task Callers_of_every_dialect_sign_in_call_and_sign_out(string proxy)
    {
        foreach (var caller in await ForwardingGate.SignInAsync((await gate.ProxyAsync(proxy)).Address, gate.Server.AdminPassword))
        {
            var mark = Guid.NewGuid().ToString("N");
            var target = $"{caller.Prefix}/v1/a%2Fb?q='1'&x=%2e%2e&{mark}";

            var answer = await gate.SendAsync(proxy, ProxiedGate.Request("PUT", target, "body", caller.Credential, "X-Own: own"));

            answer.Status.ShouldBe(200, $"{caller.Dialect}\n{answer.Text}\n{(await gate.ProxyAsync(proxy)).Log}");
            var seen = gate.Seen(mark).ShouldHaveSingleItem();
            (seen.Line, seen.Text, seen.Header("X-Own")).ShouldBe(($"PUT {target} HTTP/1.1", "body", "own"));
            (seen.Header("Remote-User"), seen.Header("Remote-Dialect"), seen.Header("X-Forwarded-For"), seen.Header("X-Forwarded-Proto")).ShouldBe(("admin", caller.Dialect, "127.0.0.1", "https"));
            (seen.Header("Remote-Tenant"), seen.Header("Remote-Scope")).ShouldBe(caller.Dialect is "repositories" or "operational-intelligence" ? ("DEFAULTORG", "tenant") : (null, null));
            seen.Head.ShouldNotContain(caller.Secret);

            if (SignOutOf(caller) is { } signOut)
            {
                (await gate.SendAsync(proxy, signOut)).Status.ShouldBeInRange(200, 299);
                (await gate.SendAsync(proxy, ProxiedGate.Request("GET", $"{caller.Prefix}/v1/late?{mark}", null, caller.Credential))).Status.ShouldBe(401);
                gate.Seen(mark).Count.ShouldBe(1);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    [Contract("ATK-37", "ATK-3")]
    public async Task Refusals_are_the_dialects_own(string proxy)
    {
        var mark = Guid.NewGuid().ToString("N");
        var wrong = Convert.ToBase64String(Encoding.UTF8.GetBytes($"nobody-{mark[..8]}:wrong wrong wrong"));
        foreach (var (target, headers) in new (string, string[])[]
        {
            ("/api/arsys/v1/x", []),
            ("/api/arsys/v1/x", ["Authorization: AR-JWT wrong"]),
            ("/api/arsys/v1/x", ["Authorization: Bearer ghk_wrong"]),
            ("/mmws/api/Users", []),
            ("/mmws/api/Users", ["Authorization: Bearer wrong"]),
            ("/api/repositories/DEFAULTORG/x", []),
            ("/api/repositories/DEFAULTORG/x", [$"Authorization: Basic {wrong}"]),
            ("/mdo/x", []),
            ("/mdo/x", ["Authorization: Bearer d3Jvbmc="]),
            ("/bppmws/api/x", []),
            ("/bppmws/api/x", ["Authorization: authtoken wrong"]),
            ("/ess/security/v1/unknown", []),
            ("/nobodys", []),
        })
        {
            var expected = await WireClient.ExchangeAsync(gate.Server.Https, ProxiedGate.Request("GET", $"{target}?{mark}", null, headers));
            var answer = await gate.SendAsync(proxy, ProxiedGate.Request("GET", $"{target}?{mark}", null, headers));

            answer.Status.ShouldBe(expected.Status, $"{proxy} {target} {string.Join(' ', headers)}\n{answer.Text}\n{(await gate.ProxyAsync(proxy)).Log}");
            string.Join(", ", answer.All("WWW-Authenticate").Distinct()).ShouldBe(string.Join(", ", expected.All("WWW-Authenticate")), $"{proxy} {target}");
            if (proxy != RealProxy.Nginx || !headers.Any(header => header.Contains("Basic", StringComparison.Ordinal)))
            {
                (Timeless(answer), answer.Header("Content-Type")).ShouldBe((Timeless(expected), expected.Header("Content-Type")));
            }
        }

        gate.Seen(mark).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    [Contract("ATK-36", "ATK-39", "ATK-35", "ATK-31", "ATK-38")]
    public async Task Forged_fields_reach_neither_gate_nor_upstream(string proxy)
    {
        var caller = (await ForwardingGate.SignInAsync((await gate.ProxyAsync(proxy)).Address, gate.Server.AdminPassword))[0];
        string[] names =
        [
            "Remote-User", "remote_user", "REMOTE-USER", "Remote-Tenants", "Remote-Impersonator", "Remote_Impersonator", "Remote-Session", "Gatehouse-Assertion", "gatehouse_assertion",
            "X-Remote-User", "X_Remote_User", "X-Forwarded-User", "X_Forwarded_User", "x-forwarded_user", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Real-IP", "Forwarded",
            "X-Original-URL", "X-Original-URI", "X-Original-Method", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Rewrite-URL",
        ];
        foreach (var name in names)
        {
            var mark = Guid.NewGuid().ToString("N");
            var forged = name.EndsWith("URI", StringComparison.OrdinalIgnoreCase) ? $"/api/about?{Forged}" : Forged;

            var refused = await gate.SendAsync(proxy, ProxiedGate.Request("GET", $"{caller.Prefix}/x?{mark}", null, $"{name}: {forged}"));
            var doubled = await gate.SendAsync(proxy, ProxiedGate.Request("GET", $"{caller.Prefix}/x?{mark}", null, $"{name}: {forged}", $"{name}:  {forged} "));
            refused.Status.ShouldBe(401, $"{proxy} {name}\n{refused.Text}");
            doubled.Status.ShouldBe(401, $"{proxy} {name} twice\n{doubled.Text}");
            gate.Seen(mark).ShouldBeEmpty();

            var accepted = await gate.SendAsync(proxy, ProxiedGate.Request("GET", $"{caller.Prefix}/x?{mark}", null, caller.Credential, $"{name}: {forged}"));
            accepted.Status.ShouldBe(200, $"{proxy} {name}\n{accepted.Text}");
            var seen = gate.Seen(mark).ShouldHaveSingleItem();
            seen.Head.ShouldNotContain(Forged, customMessage: $"{proxy} {name}");
            (seen.Header("Remote-User"), seen.Header("Remote-Impersonator")).ShouldBe(("admin", null));
        }
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    [Contract("ATK-25", "ATK-26", "ATK-37", "HTT-2", "HTT-3")]
    public async Task Paths_are_read_alike_by_proxy_gate_and_upstream_or_denied(string proxy)
    {
        var caller = (await ForwardingGate.SignInAsync((await gate.ProxyAsync(proxy)).Address, gate.Server.AdminPassword)).Single(caller => caller.Dialect == "ar-system");
        foreach (var path in new[]
        {
            "/api/about/../arsys/x", "/api/jwt/../arsys/x", "/api/arsys/../about", "/api/jwt/%2e%2e/arsys/x", "/api/jwt/..%2farsys/x", "/api/jwt/%2e%2e%2farsys/x", "/api/jwt/..;/arsys/x",
            "/api/arsys//x", "//api/arsys/x", "/api//arsys/x", "/api/arsys/./x", "/api/%61rsys/x", "/api/arsys/%2e%2e/about", "/api/arsys/%252e%252e/about", "/api/arsys/x%00", "/api/arsys/x%5c..%5cy",
            "/api/arsys/x%c0%ae", "/API/JWT/login", "/api/arsys;x=1/x", "/api/arsys/x%", "/api/arsys/x#/api/about", "/mdo/../api/arsys/x", "/health/live", "/health/ready", "/metrics", "/auth/check", "/.gatehouse/check", "/",
            "/api/arsys/x?/api/about", "/api/arsys/x;/api/about", "/api/arsys/x?url=/api/jwt/login",
        })
        {
            var mark = Guid.NewGuid().ToString("N");
            var target = $"{path}{(path.Contains('?') ? '&' : '?')}{mark}";

            var alone = await gate.SendAsync(proxy, ProxiedGate.Request("GET", target, null));
            gate.Seen(mark).ShouldBeEmpty($"{proxy} {path}: {alone.Status}");

            var answer = await gate.SendAsync(proxy, ProxiedGate.Request("GET", target, null, caller.Credential));
            foreach (var seen in gate.Seen(mark))
            {
                // Only what has its normal form already, byte for byte.
                seen.Target.ShouldBe(target, $"{proxy} {path}: {answer.Status}");
                seen.Target.ShouldStartWith("/api/arsys/", customMessage: $"{proxy} {path}");
                path.ShouldNotContain("/.");
                path.Split('?')[0].ShouldNotContain("//");
                seen.Header("Remote-User").ShouldBe("admin");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    [Contract("ATK-41", "ATK-39")]
    public async Task Each_request_of_a_connection_is_asked_about(string proxy)
    {
        var address = (await gate.ProxyAsync(proxy)).Address;
        var caller = (await ForwardingGate.SignInAsync(address, gate.Server.AdminPassword))[0];
        var mark = Guid.NewGuid().ToString("N");
        await using var client = await WireClient.ConnectAsync(address);
        foreach (var (credential, status) in new[] { ("X-None: 1", 401), (caller.Credential, 200), ("X-None: 1", 401), (caller.Credential, 200), ("Authorization: Bearer wrong", 401) })
        {
            await client.SendAsync(ForwardingGate.Request("GET", $"{caller.Prefix}/x?{mark}", null, credential));
            (await client.ReadAnswerAsync()).Status.ShouldBe(status, proxy);
        }

        gate.Seen(mark).Count.ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    [Contract("ATK-3")]
    public async Task Without_gatehouse_nobody_gets_in(string proxy)
    {
        await using var server = await GatehouseServer.StartAsync(("TrustedProxies", "127.0.0.1"));
        await using var real = await RealProxy.StartAsync(proxy, server, gate.Upstream.Address);
        var callers = await ForwardingGate.SignInAsync(real.Address, server.AdminPassword);
        var before = Guid.NewGuid().ToString("N");
        (await WireClient.ExchangeAsync(real.Address, ProxiedGate.Request("GET", $"{callers[0].Prefix}/x?{before}", null, callers[0].Credential))).Status.ShouldBe(200);

        await server.KillAsync();

        var mark = Guid.NewGuid().ToString("N");
        foreach (var caller in callers)
        {
            var answer = await WireClient.ExchangeAsync(real.Address, ProxiedGate.Request("GET", $"{caller.Prefix}/x?{mark}", null, caller.Credential));
            answer.Status.ShouldBeInRange(500, 599, $"{proxy} {caller.Dialect}");
        }

        gate.Seen(mark).ShouldBeEmpty();
    }

    private static string Timeless(WireAnswer answer) => Regex.Replace(answer.Text, "\"responseTimeStamp\":\"[^\"]*\"", "");

    private static string? SignOutOf(Caller caller) => caller.Dialect switch
    {
        "micetro" => ProxiedGate.Request("DELETE", "/mmws/api/micetro/sessions", null, caller.Credential),
        "ar-system" => ProxiedGate.Request("POST", "/api/jwt/logout", "", caller.Credential),
        "proactivenet" => ProxiedGate.Request("POST", "/bppmws/api/authenticate/logout", $"authToken={Uri.EscapeDataString(caller.Secret)}", "Content-Type: application/x-www-form-urlencoded"),
        _ => null,
    };
}
