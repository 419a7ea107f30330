using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>A store that is held by somebody else, and callers who do not wait for their answer.</summary>
public sealed class StoreOutageTests(OiGates gates)
{
    [Fact]
    [Contract("OI-97", "OI-114", "OI-115", "HTT-99", "HTT-112", "ATK-16")]
    public async Task Store_that_does_not_confirm_is_503_and_nothing_is_spent_or_counted()
    {
        await using var gate = await OiGate.StartAsync(("Store:BusySeconds", "1"), ("Throttle:FreeAttempts", "1"));
        var tokens = await gate.AddAndSignInAsync("patient");
        (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(gate.Server.Data, "gatehouse.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var hold = connection.CreateCommand();
            hold.CommandText = "BEGIN IMMEDIATE";
            await hold.ExecuteNonQueryAsync();

            var answers = await Task.WhenAll(
                gate.RefreshAsync(tokens.Rtkn), gate.SendAsync(OiRequests.SignIn("patient", "wrong pear by the river")), gate.SendAsync(OiRequests.SignIn("patient")));

            foreach (var answer in answers)
            {
                TokenRequestTests.Fault(answer, 503, "unavailable", "Service unavailable");
                int.Parse(answer.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
            }

            // Live tokens in memory are still accepted.
            (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        }

        (await gate.SendAsync(OiRequests.SignIn("patient", "wrong pear by the river"))).Status.ShouldBe(401);
        (await gate.Accounts.UnlockAsync("patient", default)).IsDone.ShouldBeTrue();
        var refreshed = OiGate.Tokens(await gate.RefreshAsync(tokens.Rtkn));
        (await gate.CallAsync(refreshed.Tkn)).ShouldBe(200);
        var rows = await gate.AuditAsync("patient", row => row is { Event: "sign-in", Outcome: "unavailable" });
        rows.ShouldContain(row => row.Event == "sign-in" && row.Outcome == "unavailable" && row.Reason == "unavailable");
    }

    [Fact]
    [Contract("OI-114", "HTT-177")]
    public async Task Guess_of_a_caller_who_hangs_up_is_audited()
    {
        var gate = await gates.Default;
        await gate.AddAsync("hung-up-on");
        await using (var client = await WireClient.ConnectAsync(gate.Server.Http))
        {
            await client.SendAsync(OiRequests.SignIn("hung-up-on", "wrong pear by the river"));
            await Task.Delay(50);
        }

        await gate.AuditAsync("hung-up-on", row => row is { Event: "sign-in", Outcome: "refused", Reason: "bad-credentials" });
    }

    [Fact]
    [Contract("OI-98", "OI-92", "HTT-10")]
    public async Task Body_that_breaks_the_rules_of_HTTP_is_malformed()
    {
        var gate = await gates.Default;
        var head = OiRequests.Request("POST", "/ess/security/v1/token", null, $"Authorization: {OiRequests.DefaultOrg}", "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked");

        var answer = await gate.SendAsync($"{head}zz\r\n");

        TokenRequestTests.Fault(answer, 400, "malformed-parameter", "Malformed request");
        answer.Header("Connection").ShouldBe("close");
    }
}
