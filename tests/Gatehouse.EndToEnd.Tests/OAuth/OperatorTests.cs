using System.Text.Json;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>What the operator sees and does.</summary>
public sealed class OperatorTests(OAuthGates gates)
{
    [Fact]
    [Contract("HTT-114", "HTT-107")]
    public async Task Lists_show_the_kinds_and_revocation_reaches_what_was_made_from_a_session()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("listed");
        var session = (await gate.Inner.SignInAsync("listed")).Tkn;
        var made = await gate.ExchangeAsync(session);
        await gate.SignInAsync("listed");

        var rows = await ListAsync();
        rows.Where(row => row.GetProperty("dialect").GetString() == "oauth").Select(row => row.GetProperty("kind").GetString()).ShouldBe(["oauth-access", "oauth-access", "refresh"], ignoreOrder: true);
        rows.Select(row => row.GetProperty("id").GetString()).ShouldContain(OAuthGate.Claims(made).GetProperty("jti").GetString());

        var id = (await gate.IntrospectAsync(session)).GetProperty("jti").GetString()!;
        (await gate.Server.RunAsync("session", "revoke", id)).ExitCode.ShouldBe(0);
        await OiGate.EventuallyAsync(async () => !await gate.IsActiveAsync(made));
        (await ListAsync()).Select(row => row.GetProperty("id").GetString()).ShouldNotContain(OAuthGate.Claims(made).GetProperty("jti").GetString());

        async Task<List<JsonElement>> ListAsync() => [.. JsonDocument.Parse((await gate.Server.RunAsync("session", "list", "--account", "listed", "--json")).Output).RootElement.EnumerateArray()];
    }

    [Fact]
    [Contract("HTT-175", "HTT-176", "HTT-177", "HTT-178", "HTT-179")]
    public async Task Each_decision_leaves_its_row()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("audited");
        await gate.AddAsync("audited-client", Core.Accounts.Roles.Client);
        var session = (await gate.Inner.SignInAsync("audited")).Tkn;
        var token = await gate.ExchangeAsync(session, "audited-client");
        var refresh = OAuthGate.Member(await gate.SignInAsync("audited"), "refresh_token");
        await gate.RefreshAsync(refresh);
        await gate.RefreshAsync(refresh, "audited-client");
        await gate.SignInAsync("audited", password: "wrong");
        await gate.TryExchangeAsync("nonsense", "audited-client");
        await gate.OwnTokenAsync("audited-client");
        await gate.PostAsync("revoke", "audited-client", ("token", token));
        await gate.SendAsync(OAuthRequests.Raw("introspect", OAuthRequests.Basic("audited-client", "wrong"), "token=x"));
        await gate.SendAsync(OAuthRequests.Raw("introspect", OAuthRequests.Basic("audited"), "token=x"));

        var rows = (await gate.Inner.AuditAsync("audited", row => row.Reason == "not-a-client")).Where(row => row.Dialect == "oauth").ToList();
        rows.Select(row => (row.Event, row.Outcome, row.Reason, row.Details.GetValueOrDefault("client"))).ShouldBe(
        [
            ("token-exchange", "accepted", null, "audited-client"), ("sign-in", "accepted", null, "old"), ("refresh", "accepted", null, "old"), ("refresh", "refused", "other-client", "audited-client"),
            ("sign-in", "refused", "bad-credentials", "old"), ("revoke", "accepted", null, "audited-client"), ("sign-in", "refused", "not-a-client", null),
        ], ignoreOrder: true);
        var exchange = rows.Single(row => row.Event == "token-exchange");
        exchange.Session.ShouldBe(OAuthGate.Claims(token).GetProperty("jti").GetString());
        exchange.Details["parent"].ShouldNotBeNull();
        var ofClient = (await gate.Inner.AuditAsync("audited-client", row => row.Reason == "bad-credentials")).Where(row => row.Event == "sign-in").ToList();
        ofClient.Select(row => (row.Outcome, row.Session is null)).ShouldBe([("accepted", false), ("refused", true)], ignoreOrder: true);
    }

    [Fact]
    [Contract("HTT-181", "HTT-107", "ATK-46")]
    public async Task No_secret_is_in_log_audit_or_data()
    {
        var gate = await OAuthGate.StartAsync((OAuthGates.Option("PasswordGrantClients"), "old"), ("Logging:LogLevel:Default", "Trace"));
        await using (gate)
        {
            await gate.AddAsync("secretive");
            var secrets = (await gate.SignInEverywhereAsync("secretive")).Select(token => token.Token).ToList();
            secrets.Add(await gate.Inner.IssueAsync("secretive"));
            foreach (var token in secrets.ToList())
            {
                secrets.Add(await gate.ExchangeAsync(token));
            }

            var signedIn = await gate.SignInAsync("secretive");
            secrets.AddRange([OAuthGate.Member(signedIn, "access_token"), OAuthGate.Member(signedIn, "refresh_token"), "wrong-secret-of-a-client", "wrong-secret-of-a-user", OAuthGate.Password, Uri.EscapeDataString(OAuthGate.Password)]);
            secrets.Add(OAuthGate.Member(await gate.RefreshAsync(secrets[^5]), "refresh_token"));
            await gate.SendAsync(OAuthRequests.Raw("token", OAuthRequests.Basic("service", "wrong-secret-of-a-client"), "grant_type=client_credentials"));
            await gate.SignInAsync("secretive", password: "wrong-secret-of-a-user");
            foreach (var token in secrets.ToList())
            {
                await gate.IntrospectAsync(token);
                await gate.PostAsync("revoke", "service", ("token", token));
            }

            var audit = (await gate.Server.RunAsync("audit", "--json")).Output;
            await gate.Server.StopAsync();
            var data = string.Concat(Directory.GetFiles(gate.Server.Data).Select(file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file))));
            foreach (var secret in secrets.SelectMany(PartsOf))
            {
                gate.Server.Log.ShouldNotContain(secret);
                audit.ShouldNotContain(secret);
                data.ShouldNotContain(secret);
            }
        }

        // Of a JWT, what opens is its signature; header and claims are no secret, but nobody needs them there either.
        static IEnumerable<string> PartsOf(string secret) => secret.Split('.') is { Length: 3 } parts ? [secret, parts[2], parts[2][..12], parts[2][^12..]] : [secret, secret[..Math.Min(12, secret.Length)]];
    }

    [Fact]
    [Contract("HTT-185")]
    public async Task Options_out_of_range_stop_the_start()
    {
        using var directory = new TemporaryDirectory();
        var result = await GatehouseProgram.RunAsync(
            ["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0"],
            environment: new Dictionary<string, string>
            {
                ["Gatehouse__Dialects__OAuth__Issuer"] = "http://gate.example?x",
                ["Gatehouse__Dialects__OAuth__AccessTokenSeconds"] = "3601",
                ["Gatehouse__Dialects__OAuth__RefreshTokenSeconds"] = "0",
                ["Gatehouse__Dialects__OAuth__RefreshGraceSeconds"] = "301",
                ["Gatehouse__Dialects__OAuth__KeyDays"] = "1",
                ["Gatehouse__Dialects__OAuth__Scopes"] = "good,tenant:x",
                ["Gatehouse__Dialects__OAuth__Upstream"] = "echo",
                ["Gatehouse__Dialects__OAuth__AllowHttp"] = "maybe",
            });

        result.ExitCode.ShouldBe(2);
        foreach (var option in new[] { "Issuer", "AccessTokenSeconds", "RefreshTokenSeconds", "RefreshGraceSeconds", "KeyDays", "Scopes", "Upstream", "AllowHttp" })
        {
            result.Errors.ShouldContain($"Gatehouse:Dialects:OAuth:{option}");
        }
    }

    [Fact]
    [Contract("HTT-113", "HTT-170")]
    public async Task Tokens_and_keys_survive_a_restart_and_another_node_knows_them()
    {
        (string, string)[] options = [(OAuthGates.Option("Issuer"), "https://gate.example")];
        await using var gate = await OAuthGate.StartAsync(options);
        var token = await gate.OwnTokenAsync();
        var keys = (await gate.SendAsync(OAuthRequests.Get("/.well-known/jwks.json"))).Text;

        await using (var second = await GatehouseServer.StartOnAsync(gate.Server.Data, options))
        {
            (await WireClient.ExchangeAsync(second.Https, OAuthRequests.Get("/.well-known/jwks.json"))).Text.ShouldBe(keys);
            (await AskAsync(second)).ShouldStartWith("{\"active\":true");
            (await gate.PostAsync("revoke", "service", ("token", token))).Status.ShouldBe(200);
            await OiGate.EventuallyAsync(async () => await AskAsync(second) == "{\"active\":false}");
        }

        async Task<string> AskAsync(GatehouseServer server) => (await WireClient.ExchangeAsync(server.Https, OAuthRequests.Post("introspect", "service", ("token", token)))).Text;
    }

    [Fact]
    [Contract("HTT-169")]
    public async Task Without_the_face_its_paths_are_nobodys_but_the_keys_are_there()
    {
        await using var gate = await GatehouseServer.StartAsync((OAuthGates.Option("Enabled"), "false"));
        foreach (var target in new[] { "/oauth/token", "/.well-known/oauth-authorization-server" })
        {
            var answer = await WireClient.ExchangeAsync(gate.Https, OAuthRequests.Get(target));
            (answer.Status, answer.Header("Content-Type")).ShouldBe((404, "application/problem+json"));
        }

        // Assertions for upstreams are signed with them all the same.
        var keys = await WireClient.ExchangeAsync(gate.Https, OAuthRequests.Get("/.well-known/jwks.json"));
        keys.Status.ShouldBe(200);
        keys.Text.ShouldContain("\"crv\":\"P-256\"");
    }
}
