using System.Text;
using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 10.</summary>
public sealed class ImpersonationTests(Gates gates)
{
    [Fact]
    [Contract("ARS-98", "ARS-102", "ARS-121", "ATK-2")]
    public async Task A_request_is_the_targets_and_only_that_one()
    {
        var gate = await gates.Default;
        await gate.AddAsync("imp-caller", Roles.Impersonator);
        await gate.AddAsync("imp-target");
        var token = await gate.TokenAsync("imp-caller");
        var api = (await gate.Server.RunAsync("token", "issue", "imp-caller")).Output.Trim();
        var session = Echo.Read(await gate.CallAsync(token)).Session;
        await using var client = await gate.ConnectAsync();

        var answer = await ExchangeAsync(client, ArRequests.CallAs(token, "imp-target"));
        answer.ShouldBeEchoOf("imp-target", impersonator: "imp-caller");
        Echo.Read(answer).Session.ShouldBe(session);
        (await ExchangeAsync(client, ArRequests.Call(token))).ShouldBeEchoOf("imp-caller");
        (await ExchangeAsync(client, ArRequests.CallAs(api, "imp-target"))).ShouldBeEchoOf("imp-target", "api-token", "imp-caller");
        (await ExchangeAsync(client, ArRequests.CallAs(token, "imp-caller"))).ShouldBeEchoOf("imp-caller", impersonator: "imp-caller");
        (await ExchangeAsync(client, ArRequests.Call(null, headers: "X-AR-Impersonated-User: aW1wLXRhcmdldA=="))).ShouldBe623();

        var row = (await gate.AuditAsync("imp-caller", audit => audit.Event == "impersonate")).First(audit => audit.Event == "impersonate");
        (row.Outcome, row.Account, row.Name, row.Dialect, row.Session).ShouldBe(("accepted", "imp-caller", "imp-target", "ar-system", session));
    }

    [Fact]
    [Contract("ARS-99", "HTT-29")]
    public async Task Without_the_right_it_is_304_whoever_is_named()
    {
        var gate = await gates.Default;
        await gate.AddAsync("imp-plain", Roles.Global | Roles.Client);
        await gate.AddAsync("imp-exists");
        await gate.AddAsync("imp-disabled-1");
        await gate.Server.RunAsync("account", "disable", "imp-disabled-1");
        var token = await gate.TokenAsync("imp-plain");

        foreach (var target in (string[])["imp-exists", "imp-nobody", "imp-disabled-1", "imp-plain", "admin"])
        {
            (await gate.SendAsync(ArRequests.CallAs(token, target))).ShouldBeError(403, 304, "Must have Administrator permissions to perform this operation");
        }

        (await gate.AuditAsync("imp-plain", row => row is { Event: "impersonate", Outcome: "refused" })).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(Roles.Impersonator, Roles.Administrator, 304)]
    [InlineData(Roles.Impersonator, Roles.Global, 304)]
    [InlineData(Roles.Impersonator, Roles.Impersonator, 200)]
    [InlineData(Roles.Impersonator | Roles.Global, Roles.Global, 200)]
    [InlineData(Roles.Administrator, Roles.Administrator, 200)]
    [InlineData(Roles.Administrator, Roles.Global | Roles.Impersonator, 200)]
    [Contract("ARS-98", "ARS-100", "ATK-2")]
    public async Task Nobody_climbs(Roles caller, Roles target, int outcome)
    {
        var gate = await gates.Default;
        var name = $"climb-{Guid.NewGuid():N}";
        await gate.AddAsync($"{name}-caller", caller);
        await gate.AddAsync($"{name}-target", target);

        var answer = await gate.SendAsync(ArRequests.CallAs(await gate.TokenAsync($"{name}-caller"), $"{name}-target"));

        if (outcome == 200)
        {
            answer.ShouldBeEchoOf($"{name}-target", impersonator: $"{name}-caller");
            return;
        }

        answer.ShouldBeError(403, 304, "Must have Administrator permissions to perform this operation");
    }

    [Fact]
    [Contract("ARS-101", "ARS-104", "ARS-98")]
    public async Task Unknown_disabled_removed_and_other_case_are_612()
    {
        var gate = await gates.Default;
        await gate.AddAsync("imp-admin", Roles.Administrator);
        await gate.AddAsync("imp-disabled");
        await gate.AddAsync("imp-removed");
        await gate.AddAsync("J\u00fcrgen of imp");
        var token = await gate.TokenAsync("imp-admin");
        (await gate.SendAsync(ArRequests.CallAs(token, "imp-removed"))).ShouldBeEchoOf("imp-removed", impersonator: "imp-admin");
        await gate.Server.RunAsync("account", "disable", "imp-disabled");
        await gate.Server.RunAsync("account", "remove", "imp-removed");

        foreach (var target in (string[])["imp-unknown", "imp-disabled", "imp-removed", "IMP-admin", "Zo\u00eb"])
        {
            (await gate.SendAsync(ArRequests.CallAs(token, target))).ShouldBeError(403, 612, "No such user exists", $"\"{target}\"");
        }

        (await gate.SendAsync(ArRequests.CallAs(token, "Ju\u0308rgen of imp"))).ShouldBeEchoOf("J\u00fcrgen of imp", impersonator: "imp-admin");
    }

    [Theory]
    [InlineData("X-AR-Impersonated-User:")]
    [InlineData("X-AR-Impersonated-User: not base64")]
    [InlineData("X-AR-Impersonated-User: RGVtbzI")]
    [InlineData("X-AR-Impersonated-User: RGVtbzI==")]
    [InlineData("X-AR-Impersonated-User: RGVtbzJ=")]
    [InlineData("X-AR-Impersonated-User: RGVt bzI=")]
    [InlineData("X-AR-Impersonated-User: RGVt\tbzI=")]
    [InlineData("X-AR-Impersonated-User: RGVtbzI=,RGVtbzI=")]
    [InlineData("X-AR-Impersonated-User: _-__")]
    [InlineData("X-AR-Impersonated-User: /w==")]
    [InlineData("X-AR-Impersonated-User: 7aCA")]
    [InlineData("X-AR-Impersonated-User: YQBi")]
    [InlineData("X-AR-Impersonated-User: YQpi")]
    [InlineData("X-AR-Impersonated-User: Demo2")]
    [InlineData("X-AR-Impersonated-User: RGVtbzI=\r\nX-AR-Impersonated-User: RGVtbzI=")]
    [InlineData("X-AR-Impersonated-User: RGVtbzI=\r\nX-AR-Impersonated-User:")]
    [Contract("ARS-103", "ATK-2")]
    public async Task A_bad_value_is_400_with_and_without_the_right_and_never_nobody(string headers)
    {
        var gate = await gates.Default;
        var name = $"imp-bad-{Guid.NewGuid():N}";
        await gate.AddAsync(name, headers.Contains("RGV", StringComparison.Ordinal) ? Roles.Administrator : Roles.None);

        (await gate.SendAsync(ArRequests.Call(await gate.TokenAsync(name), headers: headers))).ShouldBeMalformed("X-AR-Impersonated-User");
        (await gate.SendAsync(ArRequests.Call("garbage", headers: headers))).ShouldBe623();
    }

    [Fact]
    [Contract("ARS-103")]
    public async Task A_name_of_256_characters_is_looked_up_and_a_longer_one_is_400()
    {
        var gate = await gates.Default;
        await gate.AddAsync("imp-length", Roles.Administrator);
        var token = await gate.TokenAsync("imp-length");
        var longest = string.Concat(Enumerable.Repeat("\U0001F511", 256));

        (await gate.SendAsync(ArRequests.CallAs(token, longest))).ShouldBeError(403, 612, "No such user exists", $"\"{longest}\"");
        (await gate.SendAsync(ArRequests.CallAs(token, longest + "x"))).ShouldBeMalformed("X-AR-Impersonated-User");
    }

    [Fact]
    [Contract("ATK-88", "ARS-99")]
    public async Task A_role_taken_away_is_gone_with_the_next_request()
    {
        var gate = await gates.Default;
        await gate.AddAsync("imp-withdrawn", Roles.Impersonator);
        await gate.AddAsync("imp-target-2");
        var token = await gate.TokenAsync("imp-withdrawn");
        (await gate.SendAsync(ArRequests.CallAs(token, "imp-target-2"))).Status.ShouldBe(200);

        (await gate.Server.RunAsync("account", "withdraw", "imp-withdrawn", "--role", "impersonator")).ExitCode.ShouldBe(0);

        await Eventually.TrueAsync(async () => (await gate.SendAsync(ArRequests.CallAs(token, "imp-target-2"))).Status == 403);
    }

    private static async Task<WireAnswer> ExchangeAsync(WireClient client, string request)
    {
        await client.SendAsync(request);
        return await client.ReadAnswerAsync();
    }
}
