using System.Globalization;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Guessing, and a full house (OI-67, OI-96, OI-97, OI-106, OI-107).</summary>
public sealed class ThrottleTests(OiGates gates)
{
    [Fact]
    [Contract("OI-96", "OI-67", "OI-106", "OI-107", "OI-114", "OI-115", "HTT-89", "HTT-95")]
    public async Task Delayed_account_gets_429_at_every_door_and_its_refresh_token_is_not_spent()
    {
        var gate = await gates.Delaying;
        var tokens = await gate.AddAndSignInAsync("delayed");
        for (var i = 0; i < 3; i++)
        {
            (await gate.SendAsync(OiRequests.SignIn("delayed", $"wrong pear by the river {i}"))).Status.ShouldBe(401);
        }

        // The remembered password passes a delay; every other one waits, the right one included, were it not remembered.
        await ThrottledAsync(await gate.SendAsync(OiRequests.SignIn("delayed", "wrong pear by the river")));
        await ThrottledAsync(await gate.SendAsync(OiRequests.SignIn("DELAYED")));
        await ThrottledAsync(await gate.RefreshAsync(tokens.Rtkn));
        await ThrottledAsync(await gate.RefreshAsync(tokens.Rtkn));
        (await gate.SendAsync(OiRequests.SignIn("delayed"))).Status.ShouldBe(200);
        (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        var rows = await gate.AuditAsync("delayed", row => row is { Event: "refresh", Outcome: "throttled" });
        rows.ShouldContain(row => row.Event == "sign-in" && row.Outcome == "throttled" && row.Reason == "throttled" && row.Tenant == "DEFAULTORG");

        (await gate.Server.RunAsync("account", "unlock", "delayed")).ExitCode.ShouldBe(0);
        (await gate.RefreshAsync(tokens.Rtkn)).Status.ShouldBe(200);
        (await gate.SendAsync(OiRequests.SignIn("delayed", "wrong pear by the river"))).Status.ShouldBe(401);
    }

    [Fact]
    [Contract("OI-67", "OI-81", "OI-96", "OI-106", "HTT-94", "ATK-11")]
    public async Task Locked_account_keeps_its_live_sessions_and_nothing_else()
    {
        var gate = await gates.Locking;
        var tokens = await gate.AddAndSignInAsync("locked");
        var api = await gate.IssueAsync("locked", "DEFAULTORG");
        (await gate.CallAsync(api)).ShouldBe(200);
        for (var i = 0; i < 3; i++)
        {
            (await gate.SendAsync(OiRequests.SignIn("locked", $"wrong pear by the river {i}"))).Status.ShouldBe(401);
        }

        await ThrottledAsync(await gate.SendAsync(OiRequests.SignIn("locked")), 3_600);
        await ThrottledAsync(await gate.RefreshAsync(tokens.Rtkn), 3_600);
        await OiGate.EventuallyAsync(async () => await gate.CallAsync(api) == 429);
        await ThrottledAsync(await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(api))), 3_600);
        (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        (await WireClient.ExchangeAsync(gate.Server.Https, OiRequests.Request(
            "POST", "/api/jwt/login", $"username=locked&password={Uri.EscapeDataString(OiGate.Password)}", "Content-Type: application/x-www-form-urlencoded"))).Status.ShouldBe(429);

        (await gate.Accounts.UnlockAsync("locked", default)).IsDone.ShouldBeTrue();
        (await gate.RefreshAsync(tokens.Rtkn)).Status.ShouldBe(200);
        (await gate.SendAsync(OiRequests.SignIn("locked"))).Status.ShouldBe(200);
        await OiGate.EventuallyAsync(async () => await gate.CallAsync(api) == 200);
    }

    [Fact]
    [Contract("OI-96", "OI-106", "HTT-96")]
    public async Task Unknown_name_is_delayed_just_the_same()
    {
        var gate = await gates.Delaying;
        for (var i = 0; i < 3; i++)
        {
            await PatientAsync(gate, OiRequests.SignIn("delayed-nobody", $"some pear by the river {i}"), 401);
        }

        await ThrottledAsync(await gate.SendAsync(OiRequests.SignIn("delayed-nobody")));
    }

    [Fact]
    [Contract("OI-97", "OI-114", "HTT-83", "HTT-99")]
    public async Task Full_password_lane_is_503_and_no_guess()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("queuer");

        // One password at a time, and nobody waits: of many different ones at once, most find the lane full.
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => gate.SendAsync(OiRequests.SignIn($"queuer-{i}"))));

        var full = answers.Where(answer => answer.Status == 503).ToList();
        full.ShouldNotBeEmpty();
        answers.ShouldAllBe(answer => answer.Status == 503 || answer.Status == 401);
        TokenRequestTests.Fault(full[0], 503, "unavailable", "Service unavailable");
        full[0].Header("Retry-After").ShouldBe("1");
        await OiGate.EventuallyAsync(async () => (await gate.SendAsync(OiRequests.SignIn("queuer"))).Status == 200);
    }

    private static async Task PatientAsync(OiGate gate, string request, int expected) =>
        await OiGate.EventuallyAsync(async () =>
        {
            var status = (await gate.SendAsync(request)).Status;
            status.ShouldBeOneOf(expected, 503);
            return status == expected;
        });

    private static Task ThrottledAsync(WireAnswer answer, int? retryAfter = null)
    {
        TokenRequestTests.Fault(answer, 429, "too-many-attempts", "Too many attempts");
        var seconds = int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture);
        seconds.ShouldBeGreaterThan(0);
        seconds.ShouldBe(retryAfter ?? seconds);
        return Task.CompletedTask;
    }
}
