using System.Text;
using System.Text.Json;
using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>What every one of the three endpoints asks first, and the grant for the client itself.</summary>
public sealed class TokenEndpointTests(OAuthGates gates)
{
    private const string OwnGrant = "grant_type=client_credentials";
    private static readonly string[] Endpoints = ["token", "introspect", "revoke"];

    [Fact]
    [Contract("HTT-22", "HTT-135")]
    public async Task Plain_http_is_refused_first_of_all()
    {
        var gate = await gates.Default;
        foreach (var target in new[] { "/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/x", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server" })
        {
            foreach (var method in new[] { "GET", "POST", "PUT" })
            {
                OAuthGate.ShouldBe(await WireClient.ExchangeAsync(gate.Server.Http, OAuthRequests.Get(target, method)), 400, "invalid_request");
            }
        }
    }

    [Fact]
    [Contract("HTT-17", "HTT-19", "HTT-135", "HTT-7")]
    public async Task Methods_and_paths()
    {
        var gate = await gates.Default;
        foreach (var endpoint in Endpoints)
        {
            foreach (var method in new[] { "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post" })
            {
                var answer = await gate.SendAsync(OAuthRequests.Get($"/oauth/{endpoint}", method));
                (answer.Status, answer.Header("Allow")).ShouldBe((405, "POST"));
                if (method != "HEAD")
                {
                    OAuthGate.ShouldBe(answer, 405, "invalid_request");
                }
            }
        }

        foreach (var target in new[] { "/oauth", "/oauth/", "/oauth/token/x", "/oauth/authorize", "/oauth/register" })
        {
            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Get(target)), 404, "invalid_request");
            (await gate.SendAsync(OAuthRequests.Get(target, "TRACE"))).Status.ShouldBe(405);
        }

        OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw("TOKEN", null, "x=1")), 401, "invalid_client");
    }

    [Fact]
    [Contract("HTT-135", "HTT-139", "HTT-11", "HTT-12", "HTT-14", "ATK-80")]
    public async Task The_order_of_checks_is_form_repetitions_then_client()
    {
        var gate = await gates.Default;
        foreach (var endpoint in Endpoints)
        {
            foreach (var type in new[] { null, "", "application/json", "multipart/form-data", "text/plain", "application/x-www-form-urlencodedx" })
            {
                OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw(endpoint, null, OwnGrant, type)), 400, "invalid_request");
            }

            foreach (var body in new[] { "token=%", "token=%4", "token=%zz", "token=%ff", "%c3=x", "token=\u00ff", "token=%ed%a0%80", "grant_type=x&grant_type=x", "token=a&token=", "x=1&x=2", "client_id=a&client%5Fid=a", string.Join('&', Enumerable.Range(0, 300).Select(i => $"f{i}=1")) })
            {
                OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw(endpoint, OAuthRequests.Basic("nobody"), body)), 400, "invalid_request");
            }

            foreach (var query in new[] { "?client_id=service", "?client_secret=x", "?x=1&cl%69ent_secret=x" })
            {
                OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw(endpoint, null, "x=1", query: query)), 400, "invalid_request");
            }

            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw(endpoint, null, "x=1", query: "?access_token=x&y=1")), 401, "invalid_client");
            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw(endpoint, null, $"x={new string('x', 65_600)}")), 413, "invalid_request");
            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw(endpoint, null, "x=1", headers: "Content-Encoding: gzip")), 415, "invalid_request");

            // Neither user nor token matters before the client is known.
            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw(endpoint, null, "grant_type=nonsense&token=x")), 401, "invalid_client");
        }

        OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw("token", null, OwnGrant, query: "?grant_type=client_credentials")), 400, "invalid_request");
        OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw("introspect", null, "x=1", query: "?token=x")), 400, "invalid_request");
    }

    [Fact]
    [Contract("HTT-140", "HTT-141", "HTT-142", "HTT-143", "HTT-13", "ATK-10")]
    public async Task Clients_prove_themselves_in_one_of_two_ways()
    {
        var gate = await gates.Default;
        await gate.AddAsync("no-client", Roles.Administrator);
        await gate.AddAsync("gone-client", Roles.Client);
        (await gate.Inner.Accounts.DisableAsync("gone-client", default)).IsDone.ShouldBeTrue();
        await gate.Inner.AddAsync("odd + 100% näme", Roles.Client, "p+ä%20 &=\"secret\" x");
        var post = $"&client_id=service&client_secret={Uri.EscapeDataString(OAuthGate.Password)}";

        foreach (var request in new[]
        {
            OAuthRequests.Raw("token", OAuthRequests.Basic("service"), OwnGrant), OAuthRequests.Raw("token", OAuthRequests.Literal($"service:{OAuthGate.Password}"), OwnGrant),
            OAuthRequests.Raw("token", null, OwnGrant + post), OAuthRequests.Raw("token", "", OwnGrant + post), OAuthRequests.Raw("token", OAuthRequests.Basic("service"), OwnGrant + "&client_id=service&client_secret="),
            OAuthRequests.Raw("token", OAuthRequests.Basic("odd + 100% näme", "p+ä%20 &=\"secret\" x"), OwnGrant), OAuthRequests.Raw("token", OAuthRequests.Literal("odd+%2B+100%+n%C3%A4me:p%2B%C3%A4%2520 &=\"secret\"+x"), OwnGrant),
            OAuthRequests.Raw("token", null, $"{OwnGrant}&client_id=odd+%2B+100%25+n%C3%A4me&client_secret=p%2B%C3%A4%2520+%26%3D%22secret%22+x"),
            OAuthRequests.Raw("token", OAuthRequests.Basic("service"), OwnGrant, "Application/X-WWW-form-urlencoded; charset=latin1"),
        })
        {
            (await gate.SendAsync(request)).Status.ShouldBe(200, request);
        }

        foreach (var request in new[]
        {
            OAuthRequests.Raw("token", OAuthRequests.Basic("service"), OwnGrant + post), OAuthRequests.Raw("token", OAuthRequests.Basic("service"), OwnGrant + "&client_id=other"),
            OAuthRequests.Raw("token", OAuthRequests.Basic("service"), OwnGrant, headers: $"Authorization: {OAuthRequests.Basic("service")}"),
        })
        {
            OAuthGate.ShouldBe(await gate.SendAsync(request), 400, "invalid_request");
        }

        var texts = new HashSet<string>();
        foreach (var (authorization, body) in new (string?, string)[]
        {
            (null, OwnGrant), (null, OwnGrant + "&client_id=service"), (null, OwnGrant + "&client_secret=x"), (null, OwnGrant + "&client_id=service&client_secret=wrong"), (OAuthRequests.Basic("nobody"), OwnGrant),
            (OAuthRequests.Basic("service", "wrong"), OwnGrant), (OAuthRequests.Basic("no-client"), OwnGrant), (OAuthRequests.Basic("gone-client"), OwnGrant), (OAuthRequests.Basic("Service"), OwnGrant), (OAuthRequests.Basic("service", ""), OwnGrant),
            (OAuthRequests.Basic("", ""), OwnGrant), ("Basic", OwnGrant), ("Basic x", OwnGrant), (OAuthRequests.Basic("service") + " x", OwnGrant), ("Bearer x", OwnGrant), ("Bearer x", OwnGrant + post), ("Negotiate YII=", OwnGrant),
            (OAuthRequests.Literal("service%ff:x"), OwnGrant), (OAuthRequests.Literal("service:%00"), OwnGrant), (OAuthRequests.Literal(new string('x', 300) + ":x"), OwnGrant),
        })
        {
            var answer = await gate.SendAsync(OAuthRequests.Raw("token", authorization, body));
            OAuthGate.ShouldBe(answer, 401, "invalid_client");
            texts.Add(string.Join('\n', answer.Headers.Where(header => header.Name != "Date")) + answer.Text);
        }

        texts.ShouldHaveSingleItem();
    }

    [Fact]
    [Contract("HTT-144", "HTT-136", "HTT-138", "HTT-147")]
    public async Task Grant_types()
    {
        var gate = await gates.Default;
        OAuthGate.ShouldBe(await gate.PostAsync("token", "service"), 400, "invalid_request");
        OAuthGate.ShouldBe(await gate.PostAsync("token", "service", ("grant_type", "")), 400, "invalid_request");
        foreach (var type in new[] { "authorization_code", "implicit", "PASSWORD", "password", "Client_credentials", "client_credentials ", "urn:ietf:params:oauth:grant-type:jwt-bearer" })
        {
            OAuthGate.ShouldBe(await gate.PostAsync("token", "service", ("grant_type", type), ("username", "x"), ("password", "y")), 400, "unsupported_grant_type");
        }

        (await gate.PostAsync("token", "service", ("grant_type", "client_credentials"), ("scope", ""), ("audience", ""), ("unknown", "x"))).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("HTT-145", "HTT-146", "HTT-158", "HTT-106")]
    public async Task A_client_gets_a_token_for_itself()
    {
        var gate = await gates.Default;
        var answer = await gate.PostAsync("token", "service", ("grant_type", "client_credentials"));

        var token = OAuthGate.Member(answer, "access_token");
        answer.Text.ShouldBe($$"""{"access_token":"{{token}}","token_type":"Bearer","expires_in":600}""");
        (answer.Header("Content-Type"), answer.Header("Cache-Control"), answer.Header("Pragma")).ShouldBe(("application/json", "no-store", "no-cache"));
        Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0])).ShouldMatch("^\\{\"typ\":\"at\\+jwt\",\"alg\":\"ES256\",\"kid\":\"[A-Za-z0-9_-]{43}\"\\}$");
        var claims = OAuthGate.Claims(token);
        claims.EnumerateObject().Select(claim => claim.Name).ShouldBe(["iss", "sub", "aud", "client_id", "iat", "exp", "jti"]);
        (claims.GetProperty("iss").GetString(), claims.GetProperty("sub").GetString(), claims.GetProperty("aud").GetString(), claims.GetProperty("client_id").GetString())
            .ShouldBe((gate.Issuer, "service", gate.Issuer, "service"));
        (claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64()).ShouldBe(600);
        (await gate.Inner.Store.Sessions.FindAsync(Core.PublicId.TryParse(claims.GetProperty("jti").GetString(), out var id) ? id : default, default)).ShouldNotBeNull().Account.ShouldBe("service");

        (await gate.OwnTokenAsync()).ShouldNotBe(token);
    }

    [Fact]
    [Contract("HTT-152", "ATK-17")]
    public async Task Scopes()
    {
        var gate = await gates.Default;
        await gate.AddAsync("scoped", Roles.Client, "north wind", "north");
        await gate.Inner.TenantAsync("south");
        foreach (var (asked, granted) in new[] { ("reports", "reports"), ("reports orders", "reports orders"), ("reports reports", "reports"), ("tenant:north reports", "tenant:north reports"), ("tenant:DEFAULTORG", "tenant:DEFAULTORG") })
        {
            var answer = await gate.PostAsync("token", "scoped", ("grant_type", "client_credentials"), ("scope", asked));
            OAuthGate.Member(answer, "scope").ShouldBe(granted);
            var claims = OAuthGate.Claims(OAuthGate.Member(answer, "access_token"));
            claims.GetProperty("scope").GetString().ShouldBe(granted);
            claims.TryGetProperty("tenant", out var tenant).ShouldBe(granted.Contains("tenant:", StringComparison.Ordinal));
            (tenant.ValueKind == JsonValueKind.Undefined || granted.Contains($"tenant:{tenant.GetString()}", StringComparison.Ordinal)).ShouldBeTrue();
        }

        foreach (var scope in new[] { "admin", "Reports", "reports admin", "tenant:", "tenant:south", "tenant:nowhere", "tenant:NORTH", "tenant:north tenant:DEFAULTORG", "openid" })
        {
            OAuthGate.ShouldBe(await gate.PostAsync("token", "scoped", ("grant_type", "client_credentials"), ("scope", scope)), 400, "invalid_scope");
        }
    }

    [Fact]
    [Contract("HTT-156")]
    public async Task Audiences_at_every_grant()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("audience-user");
        var session = await gate.Inner.SignInAsync("audience-user");
        var refresh = OAuthGate.Member(await gate.SignInAsync("audience-user"), "refresh_token");
        (string, string)[][] grants =
        [
            [("grant_type", "client_credentials")],
            [("grant_type", OAuthRequests.Exchange), ("subject_token", session.Tkn), ("subject_token_type", OAuthRequests.AccessTokenType)],
            [("grant_type", "password"), ("username", "audience-user"), ("password", OAuthGate.Password)],
            [("grant_type", "refresh_token"), ("refresh_token", refresh)],
        ];
        foreach (var grant in grants)
        {
            foreach (var target in new[] { "https://evil.example", "https://orders.example/", "https://orders.exampl", gate.Issuer + "/" })
            {
                OAuthGate.ShouldBe(await gate.PostAsync("token", "old", [.. grant, ("audience", target)]), 400, "invalid_target");
                OAuthGate.ShouldBe(await gate.PostAsync("token", "old", [.. grant, ("resource", target)]), 400, "invalid_target");
            }

            OAuthGate.ShouldBe(await gate.PostAsync("token", "old", [.. grant, ("audience", gate.Issuer), ("resource", gate.Issuer)]), 400, "invalid_request");
            var answer = await gate.PostAsync("token", "old", [.. grant, (grant.Length % 2 == 0 ? "resource" : "audience", "https://orders.example")]);
            OAuthGate.Claims(OAuthGate.Member(answer, "access_token")).GetProperty("aud").GetString().ShouldBe("https://orders.example");
        }
    }

    [Fact]
    [Contract("HTT-135", "HTT-160", "HTT-162")]
    public async Task Token_is_required_at_introspection_and_revocation()
    {
        var gate = await gates.Default;
        foreach (var endpoint in new[] { "introspect", "revoke" })
        {
            OAuthGate.ShouldBe(await gate.PostAsync(endpoint, "service"), 400, "invalid_request");
            OAuthGate.ShouldBe(await gate.PostAsync(endpoint, "service", ("token", "")), 400, "invalid_request");
        }
    }
}
