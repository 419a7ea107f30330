using Gatehouse.EndToEnd.Tests.Forwarding;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Routes;

/// <summary>What an upstream is told of the caller, and what it must never hear.</summary>
public sealed class IdentityTests(IdentityTests.Gate gate) : IClassFixture<IdentityTests.Gate>
{
    private static readonly string[] Forged =
    [
        "Remote-User: forged", "Remote_User: forged", "Gatehouse-Assertion: forged", "gatehouse_assertion: forged", "X-Gatehouse-Assertion: forged", "Proxy-Authorization: Basic forged",
    ];

    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("ATK-36", "ATK-40")]
    public async Task Headers_tell_the_name_and_nothing_of_the_credential(string dialect)
    {
        var request = await gate.CallAsync(dialect, "headers");

        (request.Header("Remote-User"), request.Header("Remote-Dialect")).ShouldBe(("admin", dialect));
        request.Names.ShouldNotContain("gatehouse-assertion");
        ShouldHoldNothingOf(request, dialect);
    }

    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("ATK-36", "ATK-40", "HTT-169")]
    public async Task Assertion_holds_for_an_outside_library_and_its_audience_only(string dialect)
    {
        var request = await gate.CallAsync(dialect, "assertion");

        ShouldHoldNothingOf(request, dialect);
        request.Names.ShouldAllBe(name => !name.StartsWith("remote-", StringComparison.Ordinal));
        var assertion = request.Header("Gatehouse-Assertion")!;
        var keys = new JsonWebKeySet((await gate.Server.SendAsync("GET", "/.well-known/jwks.json")).Text);
        var good = await ValidateAsync(assertion, "https://orders.example", keys);
        good.IsValid.ShouldBeTrue(good.Exception?.ToString());
        var token = (JsonWebToken)good.SecurityToken;
        (token.Typ, token.Alg, token.Subject, token.GetClaim("dialect").Value).ShouldBe(("gatehouse-assertion+jwt", "ES256", "admin", dialect));
        (token.ValidTo - token.IssuedAt).ShouldBeLessThanOrEqualTo(TimeSpan.FromMinutes(1));

        // Replayed at the upstream of another route.
        (await ValidateAsync(assertion, "https://bills.example", keys)).IsValid.ShouldBeFalse();
        var other = (await gate.CallAsync(dialect, "other")).Header("Gatehouse-Assertion")!;
        (await ValidateAsync(other, "https://bills.example", keys)).IsValid.ShouldBeTrue();
        (await ValidateAsync(other, "https://orders.example", keys)).IsValid.ShouldBeFalse();
        (await ValidateAsync(assertion[..^4] + "AAAA", "https://orders.example", keys)).IsValid.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("ATK-40", "ATK-36")]
    public async Task Credential_goes_on_as_it_came_where_the_route_says_so(string dialect)
    {
        var request = await gate.CallAsync(dialect, "credential");

        request.Header("Authorization").ShouldBe(gate.Server.Callers[dialect].Credential["Authorization: ".Length..]);
        request.Head.ShouldNotContain("forged");
        request.Names.Intersect(["remote-user", "gatehouse-assertion", "proxy-authorization"]).ShouldBeEmpty();
    }

    [Fact]
    [Contract("ATK-40", "MIC-117")]
    public async Task Credential_in_a_query_goes_on_only_where_the_route_says_so()
    {
        var session = gate.Server.Callers["micetro"].Secret;
        foreach (var (route, isThere) in new[] { ("credential", true), ("headers", false), ("assertion", false) })
        {
            var mark = Guid.NewGuid().ToString("N");
            (await gate.Server.SendAsync("GET", $"/{route}-micetro/x?a={mark}&session={session}")).Status.ShouldBe(200);
            gate.Upstream.Requests.Single(request => request.Target.Contains(mark)).Head.Contains(session).ShouldBe(isThere, route);
        }
    }

    [Fact]
    [Contract("ATK-40")]
    public async Task Second_field_of_a_product_goes_on_only_where_the_route_says_so()
    {
        var token = gate.Server.Callers["proactivenet"].Secret;
        foreach (var (path, isThere) in new[] { ("/tsws/handed-on", true), ("/tsws/kept", false) })
        {
            var mark = Guid.NewGuid().ToString("N");
            (await gate.Server.SendAsync("GET", $"{path}/{mark}", null, $"authToken: {token}")).Status.ShouldBe(200);
            gate.Upstream.Requests.Single(request => request.Target.Contains(mark)).Head.Contains(token).ShouldBe(isThere, path);
        }
    }

    [Fact]
    public async Task Path_in_front_is_replaced_where_the_route_says_so()
    {
        var mark = Guid.NewGuid().ToString("N");
        (await gate.Server.CallAsync("ar-system", $"/Moved/a%2Fb/?{mark}")).Status.ShouldBe(200);
        (await gate.Server.CallAsync("ar-system", $"/moved?{mark}2")).Status.ShouldBe(200);

        gate.Upstream.Requests.Where(request => request.Target.Contains(mark)).Select(request => request.Target).ShouldBe([$"/base/api/v9/a%2Fb/?{mark}", $"/base/api/v9?{mark}2"]);
    }

    private static Task<TokenValidationResult> ValidateAsync(string token, string audience, JsonWebKeySet keys) => new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
    {
        ValidateIssuer = false,
        ValidAudience = audience,
        IssuerSigningKeys = keys.GetSigningKeys(),
        ValidTypes = ["gatehouse-assertion+jwt"],
        ValidAlgorithms = ["ES256"],
        ClockSkew = TimeSpan.Zero,
    });

    private void ShouldHoldNothingOf(UpstreamRequest request, string dialect)
    {
        request.Head.ShouldNotContain(gate.Server.Callers[dialect].Secret);
        request.Head.ShouldNotContain("forged");
        request.Names.Intersect(["authorization", "proxy-authorization", "authtoken"]).ShouldBeEmpty();
    }

    public sealed class Gate : IAsyncLifetime
    {
        internal RouteGate Server { get; private set; } = null!;

        internal RecordingUpstream Upstream { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Upstream = RecordingUpstream.Start();
            var options = new List<(string, string)>();
            foreach (var dialect in ForwardingGate.Dialects.Select(row => (string)row.Data))
            {
                Add("headers", dialect);
                Add("assertion", dialect, ("Identity", "assertion"), ("Audience", "https://orders.example"));
                Add("other", dialect, ("Identity", "assertion"), ("Audience", "https://bills.example"));
                Add("credential", dialect, ("Identity", "credential"));
            }

            options.AddRange(RouteGate.Route("handed-on", ("Path", "/tsws/handed-on"), ("Upstream", Upstream.Address.ToString()), ("Identity", "credential")));
            options.AddRange(RouteGate.Route("kept", ("Path", "/tsws/kept"), ("Upstream", Upstream.Address.ToString())));
            options.AddRange(RouteGate.Route("moved", ("Path", "/moved"), ("Dialect", "ar-system"), ("Upstream", $"{Upstream.Address}base/"), ("UpstreamPath", "/api/v9")));
            Server = await RouteGate.StartAsync([.. options, ("Dialects:OAuth:Enabled", "false")]);

            void Add(string name, string dialect, params (string, string)[] more) => options.AddRange(RouteGate.Route(
                $"{name}-{dialect}",
                [("Path", $"/{name}-{dialect}"), ("Dialect", dialect), ("Upstream", Upstream.Address.ToString()), .. dialect == "repositories" ? new[] { ("Tenants", "DEFAULTORG") } : [], .. more]));
        }

        /// <summary>One call of a dialect's caller, who also forges what he can.</summary>
        internal async Task<UpstreamRequest> CallAsync(string dialect, string route)
        {
            var mark = Guid.NewGuid().ToString("N");
            (await Server.CallAsync(dialect, $"/{route}-{dialect}/{mark}", "POST", "body", Forged)).Status.ShouldBe(200);
            return Upstream.Requests.Single(request => request.Target == $"/{route}-{dialect}/{mark}");
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }
}
