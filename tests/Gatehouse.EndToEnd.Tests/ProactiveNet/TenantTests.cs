using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

[Collection(ProactiveNetCollection.Name)]
public sealed class TenantTests(ProactiveNetServer shared)
{
    private const string None = "\"tenant\":null,\"scope\":null,\"tenants\":[]";

    private ProactiveNetDesk Desk => shared.Desk;

    [Fact]
    [Contract("PN-11", "PN-63", "PN-64", "PN-70", "PN-111")]
    public async Task Login_with_a_tenant_makes_a_token_of_that_tenant()
    {
        await Desk.AddAsync("pn-member", "Calbro Ünited", "*");
        var named = await Desk.TokenAsync("pn-member", " CALBRO U\u0308NITED ");
        (await Desk.CallAsync(named)).Text.ShouldContain("\"tenant\":\"Calbro Ünited\",\"scope\":\"tenant\",\"tenants\":[\"Calbro Ünited\"]");

        foreach (var nothing in new[] { null, "", "  ", "*", "bmcrealm", " BmcRealm " })
        {
            (await Desk.CallAsync(await Desk.TokenAsync("pn-member", nothing))).Text.ShouldContain(None, customMessage: nothing);
        }

        var list = await Desk.Server.RunAsync("session", "list", "--dialect", "proactivenet", "--account", "pn-member", "--json");
        var listed = System.Text.Json.JsonDocument.Parse(list.Output).RootElement.EnumerateArray().ToList();
        listed.Count.ShouldBe(7);
        listed[0].GetProperty("tenant").GetString().ShouldBe("Calbro Ünited");
        listed[0].GetProperty("id").GetString().ShouldBe(Json(await Desk.CallAsync(named)).GetProperty("session").GetString());
        listed[0].GetProperty("expires").GetString().ShouldNotBeNull();
        list.Output.ShouldNotContain(named);
    }

    [Fact]
    [Contract("PN-65", "PN-66", "PN-69", "PN-72", "PN-101", "PN-113")]
    public async Task Query_names_the_tenant_of_a_request()
    {
        await Desk.AddAsync("pn-query", "pn-query-in");
        await Desk.AddTenantAsync("pn-query-out");
        var token = await Desk.TokenAsync("pn-query");

        foreach (var query in new[] { "?tenantName=pn-query-in", "?a=b&tenantname=PN-Query-In&c", "?tenant%4Eame=%20pn-query%2din+" })
        {
            (await Desk.CallAsync(token, DevicePath + query)).Text.ShouldContain("\"tenant\":\"pn-query-in\",\"scope\":\"tenant\",\"tenants\":[\"pn-query-in\"]", customMessage: query);
            (await Desk.CallWithPasswordAsync("pn-query", Password, DevicePath + query)).Text.ShouldContain("\"tenant\":\"pn-query-in\"", customMessage: query);
        }

        foreach (var query in new[] { "?tenantName=", "?tenantName", "?TENANTNAME=*", "?tenantName=BMCREALM", "?x=tenantName", "?" })
        {
            (await Desk.CallAsync(token, DevicePath + query)).Text.ShouldContain(None, customMessage: query);
        }

        ShouldBeError(await Desk.CallAsync(token, DevicePath + "?tenantName=pn-query-out"), 403, Denied, "pn-query-out");
        ShouldBeError(await Desk.CallAsync(token, DevicePath + "?tenantName=pn-query-none"), 403, Denied, "pn-query-none");
        ShouldBeError(await Desk.CallAsync(token, DevicePath + "?tenantName=pn-query-in%00"), 403, Denied);
        ShouldBeError(await Desk.CallWithPasswordAsync("pn-query", Password, DevicePath + "?tenantName=pn-query-out"), 403, Denied);
        (await Desk.PostAsync(DevicePath, "tenantName=pn-query-out", Form, $"Authorization: authtoken {token}", "tenantName: pn-query-out")).Text.ShouldContain(None);

        var rows = (await Desk.AuditAsync("pn-query")).Where(row => row.Event == "access").ToList();
        rows.Select(row => (row.Outcome, row.Method, row.Tenant, row.Reason)).ShouldBe(
        [
            ("refused", "authtoken", "pn-query-out", "not-a-member"), ("refused", "authtoken", null, "unknown-tenant"), ("refused", "authtoken", null, "unknown-tenant"), ("refused", "authtoken-basic", "pn-query-out", "not-a-member"),
        ]);
    }

    [Fact]
    [Contract("PN-67", "PN-68", "PN-69")]
    public async Task Tenant_of_a_token_is_never_widened_or_changed()
    {
        await Desk.AddAsync("pn-bound", "pn-bound-a", "pn-bound-b");
        var token = await Desk.TokenAsync("pn-bound", "pn-bound-a");
        foreach (var query in new[] { "", "?tenantName=pn-bound-a", "?tenantName=PN-BOUND-A", "?tenantName=", "?tenantName=*", "?tenantName=BmcRealm" })
        {
            (await Desk.CallAsync(token, DevicePath + query)).Text.ShouldContain("\"tenant\":\"pn-bound-a\",\"scope\":\"tenant\",\"tenants\":[\"pn-bound-a\"]", customMessage: query);
        }

        ShouldBeError(await Desk.CallAsync(token, DevicePath + "?tenantName=pn-bound-b"), 403, Denied);
        ShouldBeError(await Desk.CallAsync(token, DevicePath + "?tenantName=pn-bound-none"), 403, Denied);
    }

    [Theory]
    [Contract("PN-71", "PN-30")]
    [InlineData("?tenantName=a&tenantName=a", "duplicate parameter tenantName")]
    [InlineData("?tenantName=a&tenantname=", "duplicate parameter tenantName")]
    [InlineData("?TENANTNAME=&x=1&tenant%4eame=b", "duplicate parameter tenantName")]
    [InlineData("?tenantName=%ff", "malformed parameter tenantName")]
    public async Task Query_that_can_be_read_in_two_ways_is_refused(string query, string reason)
    {
        ShouldBeBadRequest(await Desk.GetAsync(DevicePath + query), reason);
        ShouldBeBadRequest(await Desk.CallWithPasswordAsync("pn-two-ways", Password, DevicePath + query), reason);
        (await Desk.GuessesAsync("pn-two-ways")).ShouldBe(0);
    }

    [Fact]
    [Contract("PN-73", "PN-110")]
    public async Task Removed_tenant_takes_its_tokens_along()
    {
        await Desk.AddAsync("pn-removal", "pn-removed");
        var bound = await Desk.TokenAsync("pn-removal", "pn-removed");
        var free = await Desk.TokenAsync("pn-removal");
        (await Desk.CallAsync(bound)).Status.ShouldBe(200);

        (await Desk.Server.RunAsync("tenant", "remove", "pn-removed")).ExitCode.ShouldBe(0);
        await FeedAsync();
        ShouldBeRefused(await Desk.CallAsync(bound));
        ShouldBeError(await Desk.CallAsync(free, DevicePath + "?tenantName=pn-removed"), 403, Denied);
        ShouldBeRefused(await Desk.LoginAsync("pn-removal", tenant: "pn-removed"));

        await Desk.AddTenantAsync("pn-removed");
        await FeedAsync();
        ShouldBeRefused(await Desk.CallAsync(bound));
        (await Desk.CallAsync(free)).Status.ShouldBe(200);
    }
}
