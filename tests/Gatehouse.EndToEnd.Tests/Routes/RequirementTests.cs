using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Routes;

/// <summary>What a route asks for, in every dialect: whose path it is, who may come, and how the others are told.</summary>
public sealed class RequirementTests(RequirementTests.Gate gate) : IClassFixture<RequirementTests.Gate>
{
    [Theory]
    [InlineData("micetro")]
    [InlineData("repositories")]
    [InlineData("ar-system")]
    [InlineData("operational-intelligence")]
    [InlineData("proactivenet")]
    [Contract("HTT-2", "ATK-3", "HTT-33")]
    public async Task Path_of_nobodys_is_protected_by_the_dialect_of_its_route(string dialect)
    {
        (await gate.Server.SendAsync("GET", $"/free-{dialect}/x")).Status.ShouldBe(401);
        (await gate.Server.SendAsync("GET", $"/free-{dialect}/x", null, "Authorization: Bearer wrong")).Status.ShouldBe(401);
        (await gate.Server.SendAsync("GET", $"/free-{dialect}x", null, gate.Server.Callers[dialect].Credential)).Status.ShouldBe(404);

        var answer = await gate.Server.CallAsync(dialect, $"/FREE-{dialect}/x?q=1", "POST", "a");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldContain($"\"user\":\"admin\",\"dialect\":\"{dialect}\"");
    }

    [Theory]
    [InlineData("micetro", """{"error":{"code":""")]
    [InlineData("repositories", """{"message":"Forbidden"}""")]
    [InlineData("ar-system", """[{"messageType":"ERROR","messageText":"Not allowed with this credential","messageAppendedText":null,"messageNumber":10403}]""")]
    [InlineData("operational-intelligence", "\"not-permitted\"")]
    [InlineData("proactivenet", "Access denied. You are not authorized to perform this operation.")]
    [Contract("HTT-29", "HTT-30")]
    public async Task Missing_role_is_403_in_the_dialects_shape_without_challenge(string dialect, string text)
    {
        var answer = await gate.Server.CallAsync(dialect, $"/clients-{dialect}/x");

        (answer.Status, answer.Header("WWW-Authenticate")).ShouldBe((403, null));
        answer.Text.ShouldContain(text);
    }

    [Theory]
    [InlineData("micetro")]
    [InlineData("ar-system")]
    [InlineData("operational-intelligence")]
    [InlineData("proactivenet")]
    [Contract("HTT-29", "ATK-17")]
    public async Task Missing_tenant_is_403_without_challenge(string dialect)
    {
        var answer = await gate.Server.CallAsync(dialect, $"/foreign-{dialect}/x");

        (answer.Status, answer.Header("WWW-Authenticate")).ShouldBe((403, null));
    }

    [Theory]
    [InlineData("micetro")]
    [InlineData("repositories")]
    [InlineData("ar-system")]
    [InlineData("operational-intelligence")]
    [InlineData("proactivenet")]
    [Contract("HTT-17", "HTT-18", "HTT-30")]
    public async Task Missing_method_is_405_in_the_dialects_shape_with_Allow(string dialect)
    {
        var answer = await gate.Server.CallAsync(dialect, $"/reading-{dialect}/x", "DELETE");

        (answer.Status, answer.Header("Allow"), answer.Header("WWW-Authenticate")).ShouldBe((405, "GET, HEAD", null));
        answer.Header("Content-Type").ShouldNotBe("application/problem+json");
        (await gate.Server.CallAsync(dialect, $"/reading-{dialect}/x")).Status.ShouldBe(200);
        (await gate.Server.CallAsync(dialect, $"/reading-{dialect}/x", "HEAD")).Status.ShouldBe(200);

        // Who has shown no credential learns nothing of methods.
        (await gate.Server.SendAsync("DELETE", $"/reading-{dialect}/x")).Status.ShouldBe(401);
    }

    [Theory]
    [InlineData("/api/arsys/v1/secret", 403)]
    [InlineData("/api/arsys/v1/secret/", 403)]
    [InlineData("/api/arsys/v1/Secret/x", 403)]
    [InlineData("/api/arsys/v1/x/../secret/x", 403)]
    [InlineData("/api/arsys//v1/%73ecret/x", 403)]
    [InlineData("/api/arsys/v1/secret;a=b/x", 404)]
    [InlineData("/api/arsys/v1;a/secret/x", 404)]
    [InlineData("/api/arsys/v1/secret%2Fx", 404)]
    [InlineData("/api/arsys/v1%2Fsecret/x", 404)]
    [InlineData("/api/arsys/v1/secret%252Fx", 404)]
    [InlineData("/api/arsys/v1/%2573ecret/x", 404)]
    [InlineData("/api/arsys/v1/secret./x", 404)]
    [InlineData("/api/arsys/v1/secret%20/x", 404)]
    [InlineData("/api/arsys/v1/secret%5Cx", 404)]
    [InlineData("/api/arsys/v1/secrets", 200)]
    [InlineData("/api/arsys/v1/secret/open/x", 200)]
    [InlineData("/api/arsys/v1/HPD:Help%20Desk/a%2Fb;c=d", 200)]
    [Contract("HTT-2", "HTT-5", "ATK-25", "ATK-17")]
    public async Task Route_below_a_dialects_prefix_refines_it_in_every_spelling(string path, int status)
    {
        (await gate.Server.CallAsync("ar-system", path)).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData("GET", "/api/jwt/login", 405)]
    [InlineData("GET", "/health/live", 200)]
    [InlineData("GET", "/api/repositories", 200)]
    [InlineData("GET", "/.well-known/jwks.json", 200)]
    [InlineData("GET", "/metrics", 404)]
    [InlineData("GET", "/everything/else", 401)]
    [InlineData("TRACE", "/everything/else", 405)]
    [Contract("ATK-3", "HTT-7", "HTT-19")]
    public async Task Route_for_all_paths_takes_only_those_of_nobody(string method, string path, int status)
    {
        var answer = await gate.Server.SendAsync(method, path);

        answer.Status.ShouldBe(status);
    }

    public sealed class Gate : IAsyncLifetime
    {
        internal RouteGate Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var options = new List<(string, string)>();
            foreach (var dialect in Forwarding.ForwardingGate.Dialects.Select(row => (string)row.Data))
            {
                var tenant = dialect == "repositories" ? new[] { ("Tenants", "DEFAULTORG") } : [];
                Add("free", dialect, tenant);
                Add("clients", dialect, [.. tenant, ("Roles", "client")]);
                Add("reading", dialect, [.. tenant, ("Methods", "GET")]);
                if (tenant.Length == 0)
                {
                    Add("foreign", dialect, ("Tenants", "ELSEWHERE"));
                }
            }

            options.AddRange(RouteGate.Route("secret", ("Path", "/api/arsys/v1/secret"), ("Upstream", "echo"), ("Roles", "client")));
            options.AddRange(RouteGate.Route("open", ("Path", "/api/arsys/v1/secret/open"), ("Upstream", "echo")));
            options.AddRange(RouteGate.Route("all", ("Path", "/everything"), ("Dialect", "ar-system"), ("Upstream", "echo")));
            Server = await RouteGate.StartAsync([.. options]);

            void Add(string name, string dialect, params (string, string)[] more) =>
                options.AddRange(RouteGate.Route($"{name}-{dialect}", [("Path", $"/{name}-{dialect}"), ("Dialect", dialect), ("Upstream", "echo"), .. more]));
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
