using Gatehouse.Core.Stores;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>What was confirmed survives the end of the process, in good order or not.</summary>
public sealed class CrashTests
{
    [Fact]
    [Contract("ARS-39", "ARS-80", "HTT-113", "HTT-177", "ATK-16")]
    public async Task After_a_crash_live_tokens_live_and_released_ones_are_dead()
    {
        await using var gate = await Gate.StartAsync();
        await gate.AddAsync("crash");
        var (live, released) = (await gate.TokenAsync("crash"), await gate.TokenAsync("crash"));
        var api = (await gate.Server.RunAsync("token", "issue", "crash")).Output.Trim();
        var before = (await gate.CallAsync(live)).Text;
        (await gate.LogOutAsync(released)).Status.ShouldBe(204);
        await gate.Server.KillAsync();

        await using var again = await Gate.StartOnAsync(gate.Server.Data);

        (await again.CallAsync(live)).Text.ShouldBe(before);
        (await again.CallAsync(released)).ShouldBe623();
        (await again.LogOutAsync(released)).ShouldBe623();
        (await again.CallAsync(api)).ShouldBeEchoOf("crash", "api-token");
        var rows = (await again.AuditAsync()).Where(row => row.Account == "crash").ToList();
        rows.Count(row => row is { Event: "sign-in", Outcome: "accepted" }).ShouldBe(2);
        rows.Count(row => row.Event == "sign-out").ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-176", "HTT-177")]
    public async Task A_stop_in_good_order_writes_what_waits()
    {
        await using var gate = await Gate.StartAsync();
        await gate.AddAsync("stop");
        var token = await gate.TokenAsync("stop");
        var issued = (await gate.SessionsAsync("stop")).ShouldHaveSingleItem().Session.LastUsed;
        await Task.Delay(50);
        (await gate.CallAsync(token)).ShouldBeEchoOf("stop");
        (await gate.LogInAsync("stop", "a wrong password")).Status.ShouldBe(401);

        (await gate.Server.StopAsync()).ShouldBe(0);

        var rows = await gate.AuditAsync();
        rows.ShouldContain(row => row.Account == "stop" && row.Reason == "bad-credentials");
        rows[^1].Event.ShouldBe("stop");
        rows.Count(row => row.Event == "start").ShouldBe(1);
        (await gate.SessionsAsync("stop")).ShouldHaveSingleItem().Session.LastUsed.ShouldBeGreaterThan(issued);
    }

    [Fact]
    [Contract("ATK-86")]
    public async Task Two_commands_at_once_make_one_account()
    {
        await using var gate = await Gate.StartAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => gate.Server.RunAsync("account", "add", "twice")));

        results.Select(result => result.ExitCode).Order().ShouldBe([0, 1, 1]);
        (await gate.Store.Accounts.ListAsync(CancellationToken.None)).Count(account => account.Name == "twice").ShouldBe(1);
    }
}
