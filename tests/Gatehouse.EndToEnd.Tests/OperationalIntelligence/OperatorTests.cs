using System.Text.Json;
using Gatehouse.Core.Audit;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>What the operator sees and does (contract sections 11 and 12).</summary>
public sealed class OperatorTests(OiGates gates)
{
    [Fact]
    [Contract("OI-108", "OI-111", "OI-113", "HTT-114")]
    public async Task Revoking_any_record_of_a_family_ends_the_whole_family()
    {
        var gate = await gates.Default;
        await gate.AddAsync("revoked");
        foreach (var replaced in new[] { false, true })
        {
            var tokens = await gate.SignInAsync("revoked");
            var echo = JsonDocument.Parse((await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(tokens.Tkn)))).Text).RootElement;
            var id = echo.GetProperty("session").GetString()!;
            id.Length.ShouldBe(26);
            tokens = replaced ? OiGate.Tokens(await gate.RefreshAsync(tokens.Rtkn)) : tokens;
            var list = await gate.Server.RunAsync("session", "list", "--dialect", "operational-intelligence", "--account", "revoked", "--json");
            var listed = JsonDocument.Parse(list.Output).RootElement.EnumerateArray().ToList();
            listed.Select(session => session.GetProperty("kind").GetString()).ShouldBe(["session", "refresh"], ignoreOrder: true);
            listed.ShouldAllBe(session => session.GetProperty("account").GetString() == "revoked" && session.GetProperty("tenant").GetString() == "DEFAULTORG");
            list.Output.ShouldNotContain(tokens.Tkn);

            (await gate.Server.RunAsync("session", "revoke", id)).ExitCode.ShouldBe(0);

            await OiGate.EventuallyAsync(async () => await gate.CallAsync(tokens.Tkn) == 401);
            await RefreshTests.InvalidAsync(gate, tokens.Tkn);
            await RefreshTests.RefusedAsync(gate, tokens.Rtkn);
            (await gate.Server.RunAsync("session", "revoke", id)).ExitCode.ShouldBe(1);
        }
    }

    [Fact]
    [Contract("OI-112", "OI-108")]
    public async Task Printed_line_works_as_it_stands_until_everything_is_revoked()
    {
        await using var gate = await OiGate.StartAsync();
        var line = gate.Server.Output.Split('\n').Single(text => text.Contains("/ess/security/v1/token", StringComparison.Ordinal));
        var tokens = OiGate.Tokens(new WireAnswer(200, [], System.Text.Encoding.UTF8.GetBytes(await ShellClientTests.ShellAsync(line))));
        (await gate.CallAsync(tokens.Tkn, "\"global\":true")).ShouldBe(200);

        (await gate.Server.RunAsync("session", "revoke", "--all")).ExitCode.ShouldBe(0);

        await OiGate.EventuallyAsync(async () => await gate.CallAsync(tokens.Tkn) == 401);
        await RefreshTests.RefusedAsync(gate, tokens.Rtkn);
    }

    [Fact]
    [Contract("OI-114", "OI-115", "OI-118", "OI-119", "OI-121", "HTT-175", "HTT-177", "HTT-178")]
    public async Task Grants_are_audited_and_logged_with_their_numbers()
    {
        var gate = await gates.Default;
        await gate.AddAsync("audited");
        var tokens = OiGate.Tokens(await gate.SendAsync(OiRequests.SignIn("audited", query: "?client_txn_id=txn-a1")));
        (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        var refreshed = OiGate.Tokens(await gate.SendAsync(OiRequests.Refresh(tokens.Rtkn, query: "?client_txn_id=txn-a2")));
        await gate.SendAsync(OiRequests.SignIn("audited", "wrong pear by the river", query: "?client_txn_id=txn-a3"));
        await gate.SendAsync(OiRequests.SignIn("audited", authorization: OiRequests.Tenant("no-such-org")));
        await gate.TenantAsync("not-a-members-org");
        await OiGate.EventuallyAsync(async () =>
        {
            await gate.SendAsync(OiRequests.SignIn("audited", authorization: OiRequests.Tenant("not-a-members-org")));
            return (await gate.AuditAsync("audited", row => row.Outcome == "refused")).Any(row => row.Reason == "not-a-member");
        });

        var rows = await gate.AuditAsync("audited", row => row.Reason == "not-a-member");
        Row(rows, "sign-in", "accepted").ShouldSatisfyAllConditions(
            row => row.Numbers["userRefID"].ShouldBe(tokens.UserRefId),
            row => row.Details["client_txn_id"].ShouldBe("txn-a1"),
            row => row.Tenant.ShouldBe("DEFAULTORG"),
            row => row.Session!.Length.ShouldBe(26),
            row => row.Dialect.ShouldBe("operational-intelligence"),
            row => row.Source.ShouldBe("127.0.0.1"));
        Row(rows, "refresh", "accepted").ShouldSatisfyAllConditions(
            row => row.Numbers["userRefID"].ShouldBe(refreshed.UserRefId),
            row => row.Details["client_txn_id"].ShouldBe("txn-a2"));
        rows.ShouldContain(row => row.Reason == "bad-credentials" && row.Details["client_txn_id"] == "txn-a3" && row.Numbers.IsEmpty);
        rows.ShouldContain(row => row.Reason == "unknown-tenant" && row.Tenant == null && row.Details.IsEmpty && row.Numbers.IsEmpty);
        rows.ShouldContain(row => row.Reason == "not-a-member" && row.Tenant == "not-a-members-org");
        rows.ShouldAllBe(row => row.Event == "sign-in" || row.Event == "refresh");

        (await gate.LogAsync("\"client_txn_id\":\"txn-a1\"", "\"status\":200", "\"tenant\":\"DEFAULTORG\"", "\"account\":\"audited\"", "\"LogLevel\":\"Information\"")).Count.ShouldBe(1);
        (await gate.LogAsync("\"client_txn_id\":\"txn-a3\"", "\"status\":401")).Count.ShouldBe(1);
        gate.Server.Log.ShouldNotContain("no-such-org");
        var json = (await gate.Server.RunAsync("audit", "--json")).Output.Split('\n').Single(text => text.Contains("txn-a1", StringComparison.Ordinal));
        JsonDocument.Parse(json).RootElement.GetProperty("userRefID").GetInt64().ShouldBe(tokens.UserRefId);

        static AuditEvent Row(IReadOnlyList<AuditEvent> rows, string name, string outcome) => rows.Where(row => row.Event == name && row.Outcome == outcome).ShouldHaveSingleItem();
    }

    [Fact]
    [Contract("OI-120", "OI-122", "HTT-181", "ATK-46")]
    public async Task Log_hints_at_common_mistakes_and_shows_no_secret()
    {
        var gate = await gates.Default;
        var token = (await gate.AddAndSignInAsync("hinted")).Tkn;
        foreach (var (authorization, hint, code) in new[]
        {
            (OiRequests.Wrapped($"{{ \u201ctkn\u201d:\u201d{token}\u201d, \u201ct\u201d:\u201dcohort1\u201d }}"), "typographic-quotes", "invalid-authorization-header"),
            ($"Bearer {token}", "not-wrapped", "invalid-authorization-header"),
            (OiRequests.Bearer(OiRequests.Bearer(token)["Bearer ".Length..]), "wrapped-twice", "invalid-token"),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "json-web-token", "invalid-authorization-header"),
        })
        {
            (await gate.SendAsync(OiRequests.Call(authorization))).Text.ShouldContain(code);
            (await gate.LogAsync($"hint={hint}", "\"LogLevel\":\"Information\"")).ShouldNotBeEmpty();
            gate.Server.Log.ShouldNotContain(authorization["Bearer ".Length..]);
        }

        gate.Server.Log.ShouldNotContain(token);
        gate.Server.Log.ShouldNotContain(OiGate.Password);
        gate.Server.Log.ShouldNotContain("was not authenticated");
        gate.Server.Log.ShouldNotContain("REVGQVVMVE9SRw");
    }
}
