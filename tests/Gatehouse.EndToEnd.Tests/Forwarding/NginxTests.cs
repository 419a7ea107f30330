using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Forwarding;

/// <summary>The program in front of a real nginx: both must read one path out of a request, or the request must not get there.</summary>
public sealed class NginxTests(NginxGate gate) : IClassFixture<NginxGate>
{
    private static readonly string[] Pieces =
    [
        "a", "..", ".", "%2e", "%2E%2e", "%252e%252e", "/", "//", "%2F", "%2f", "%5C", "\\", ";", "..;", ";x=1", "%3B", "%00", "%0a", "%20", "?", "?x=/../", "#", "~", "%7e", "*", "@", ":", "%C3%A4",
        "%c0%af", "%", "%zz", "admin", "DEFAULTORG", "defaultorg", "OTHER", "repositories", "api", "mmws", "+", "&", "=", "$", "\u00e4", "|", "\"", "[", "]", "'", "%25", "%2525",
    ];

    private static readonly string[] Starts =
    [
        "/api/repositories/DEFAULTORG/", "/api/repositories/", "/api/", "/", "", "//api/repositories/DEFAULTORG/", "/api/repositories/DEFAULTORG/x/", "http://x/api/repositories/DEFAULTORG/",
        "/api/repositories/DEFAULTORG", "/api/%72epositories/DEFAULTORG/", "/mmws/../api/repositories/DEFAULTORG/",
    ];

    [Fact]
    [Contract("HTT-2", "HTT-3", "HTT-4", "HTT-5", "ATK-25", "REP-20")]
    public async Task Both_read_the_same_path_or_the_request_ends_here()
    {
        var basic = gate.Callers["repositories"].Credential;
        var rounds = Environment.GetEnvironmentVariable("GATEHOUSE_SOAK") == "1" ? 50_000 : 3_000;
        var targets = Gen.Sample(
            from start in Gen.Elements(Starts)
            from pieces in Gen.ArrayOf(Gen.Elements(Pieces), 6)
            select start + string.Concat(pieces),
            rounds);
        var accepted = 0;
        WireClient? client = null;
        foreach (var target in targets)
        {
            client ??= await WireClient.ConnectAsync(gate.Server.Https);
            await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n{basic}\r\n\r\n");
            var answer = await client.ReadAnswerAsync();
            if (answer.Status == 200 && answer.Body[0] == '{')
            {
                // The list of repositories, which is answered here and open to all.
                NormalPathOf(target).ShouldBe("/api/repositories", StringCompareShould.IgnoreCase);
            }
            else if (answer.Status == 200)
            {
                // nginx answers with the path as it reads it: decoded, and below what was decided upon: the one repository, or Micetro, which takes Basic, too.
                var prefix = NormalPathOf(target.Split('?')[0]).StartsWith("/mmws", StringComparison.OrdinalIgnoreCase) ? "(?i)/mmws" : "/api/repositories/DEFAULTORG";
                accepted++;
                Encoding.UTF8.GetString(answer.Body).ShouldMatch($"^{prefix}(/|$)", target);
            }
            else
            {
                // 405: the path is one of our own endpoints, which take POST only.
                answer.Status.ShouldBeOneOf(400, 401, 404, 405, 414);
            }

            if (answer.Header("Connection") == "close")
            {
                await client.DisposeAsync();
                client = null;
            }
        }

        accepted.ShouldBeGreaterThan(rounds / 20);
        gate.Nginx.Requests().Count.ShouldBeGreaterThanOrEqualTo(accepted);
        var seen = gate.Nginx.Requests().Where(request => !request.Path.StartsWith("/mmws", StringComparison.OrdinalIgnoreCase)).ToList();
        seen.ShouldAllBe(request => request.User == "admin" && request.Path.StartsWith("/api/repositories/DEFAULTORG", StringComparison.Ordinal));
        seen.ShouldAllBe(request => request.Target.StartsWith("/api/repositories/DEFAULTORG", StringComparison.Ordinal) || request.Target.StartsWith("/api/repositories/DEFAULTORG?", StringComparison.Ordinal));
    }

    private static string NormalPathOf(string target) => Gateway.Routing.NormalPath.TryRead(target, out var path) ? path.TrimEnd('/') : "";

    [Theory]
    [MemberData(nameof(SmugglingTests.Ambiguous), MemberType = typeof(SmugglingTests))]
    [Contract("HTT-10", "ATK-27")]
    public async Task Nginx_never_sees_a_request_that_was_not_decided_upon(string headers, string after)
    {
        var before = gate.Nginx.Requests().Count;
        await using var client = await WireClient.ConnectAsync(gate.Server.Http);
        await client.SendAsync($"POST /mmws/api/first HTTP/1.1\r\nHost: x\r\n{gate.Callers["micetro"].Credential}\r\n{headers}\r\n\r\n{after}GET /mmws/api/smuggled HTTP/1.1\r\nHost: x\r\nRemote-User: nobody\r\n\r\n");
        (await SmugglingTests.ReadAllAsync(client)).ShouldStartWith("HTTP/1.1 ");

        gate.Nginx.Requests().Skip(before)
            .ShouldAllBe(request => request.User == "admin" && request.Method == "POST" && request.Path == "/mmws/api/first");
    }
}

/// <summary>The program in front of a real nginx.</summary>
public sealed class NginxGate : IAsyncLifetime
{
    internal NginxUpstream Nginx { get; private set; } = null!;

    internal GatehouseServer Server { get; private set; } = null!;

    internal IReadOnlyDictionary<string, Caller> Callers { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Nginx = await NginxUpstream.StartAsync();
        Server = await GatehouseServer.StartAsync(ForwardingGate.OptionsTo(Nginx.Address));
        Callers = (await ForwardingGate.SignInAsync(Server)).ToDictionary(caller => caller.Dialect);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Nginx.DisposeAsync();
    }
}
