using System.Text;
using Gatehouse.Core.Accounts;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Which tenants a request covers (contract section 7).</summary>
public sealed class ScopeTests(OiGates gates)
{
    [Fact]
    [Contract("OI-82", "OI-83", "OI-84", "OI-88", "ATK-17")]
    public async Task Scope_follows_the_bearer_of_each_request()
    {
        var gate = await gates.Default;
        var token = (await gate.AddAndSignInAsync("scoped", Roles.Administrator, "Zürich", "alpha")).Tkn;
        foreach (var (scope, expected) in new[]
        {
            ("", "\"tenant\":\"DEFAULTORG\",\"scope\":\"tenant\",\"tenants\":[\"DEFAULTORG\"]"),
            ("\"all\":false", "\"tenant\":\"DEFAULTORG\",\"scope\":\"tenant\",\"tenants\":[\"DEFAULTORG\"]"),
            ("\"t\":\"ALPHA\"", "\"tenant\":\"alpha\",\"scope\":\"tenant\",\"tenants\":[\"alpha\"]"),
            ($"\"t\":\"{"ZÜRICH".Normalize(NormalizationForm.FormD)}\",\"all\":false", "\"tenant\":\"Zürich\",\"scope\":\"tenant\",\"tenants\":[\"Zürich\"]"),
            ("\"all\":true", "\"tenant\":null,\"scope\":\"all\",\"tenants\":[\"DEFAULTORG\",\"Zürich\",\"alpha\"]"),
            ("\"global\":\"True\"", "\"tenant\":null,\"scope\":\"global\",\"tenants\":[]"),
        })
        {
            (await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token, scope)))).Text.ShouldContain(expected);
        }
    }

    [Fact]
    [Contract("OI-85", "OI-86", "OI-89", "OI-93", "OI-117", "HTT-29")]
    public async Task Scope_beyond_the_token_is_refused_and_audited()
    {
        var gate = await gates.Default;
        await gate.TenantAsync("somebody-elses");
        var token = (await gate.AddAndSignInAsync("narrow")).Tkn;
        foreach (var name in new[] { "somebody-elses", "no-such-tenant", " DEFAULTORG", "DEFAULTORG ", "\\u0000", "." })
        {
            TokenRequestTests.Fault(await SendAsync($"\"t\":\"{name}\""), 403, "tenant-not-in-scope", "Access denied, tenant is not in the scope of the token.");
        }

        TokenRequestTests.Fault(await SendAsync("\"global\":true"), 403, "global-not-permitted", "Access denied, global scope is not permitted.");
        foreach (var several in new[] { "\"t\":\"a\",\"all\":true", "\"t\":\"DEFAULTORG\",\"global\":\"true\"", "\"all\":true,\"global\":true" })
        {
            TokenRequestTests.Fault(await SendAsync(several), 400, "ambiguous-scope", "Malformed request");
        }

        var rows = await gate.AuditAsync("narrow", row => row.Reason == "global-not-permitted");
        rows.Count(row => row is { Event: "access", Outcome: "refused", Reason: "tenant-not-in-scope", Session.Length: 26 }).ShouldBe(6);

        Task<Gatehouse.Testing.Server.WireAnswer> SendAsync(string scope) => gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token, scope)));
    }

    [Fact]
    [Contract("OI-82", "OI-110", "ATK-88")]
    public async Task Membership_and_role_are_those_of_the_moment()
    {
        var gate = await gates.Default;
        var token = (await gate.AddAndSignInAsync("changing", Roles.None, "to-be-removed", "to-be-withdrawn")).Tkn;
        (await gate.CallAsync(token, "\"t\":\"to-be-removed\"")).ShouldBe(200);
        (await gate.CallAsync(token, "\"t\":\"to-be-withdrawn\"")).ShouldBe(200);
        (await gate.CallAsync(token, "\"global\":true")).ShouldBe(403);

        (await gate.Accounts.GrantAsync("changing", [], ["global"], default)).IsDone.ShouldBeTrue();
        await OiGate.EventuallyAsync(async () => await gate.CallAsync(token, "\"global\":true") == 200);
        (await gate.Accounts.WithdrawAsync("changing", ["to-be-withdrawn"], ["global"], default)).IsDone.ShouldBeTrue();
        (await gate.Server.RunAsync("tenant", "remove", "to-be-removed")).ExitCode.ShouldBe(0);

        await OiGate.EventuallyAsync(async () => await gate.CallAsync(token, "\"t\":\"to-be-removed\"") == 403);
        (await gate.CallAsync(token, "\"global\":true")).ShouldBe(403);
        (await gate.CallAsync(token, "\"t\":\"to-be-withdrawn\"")).ShouldBe(403);
        (await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token, "\"all\":true")))).Text.ShouldContain("\"tenants\":[\"DEFAULTORG\"]");
    }
}
