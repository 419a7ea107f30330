using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 6. The guest account of this server is <c>Visitor</c>.</summary>
public sealed class GuestTests(Gates gates)
{
    private static readonly SemaphoreSlim One = new(1);

    [Fact]
    [Contract("ARS-63")]
    public async Task By_default_there_are_no_guests() =>
        (await (await gates.Default).LogInAsync("guest-nobody", "any password at all")).ShouldBe623("\"guest-nobody\"");

    [Fact]
    [Contract("ARS-64", "ARS-67", "ARS-121", "HTT-179")]
    public async Task A_name_that_nobody_knows_is_the_guest()
    {
        var gate = await GateWithVisitorAsync();

        var answer = await gate.LogInAsync("Zo\u00eb \"Q\" \ud83d\udd11", "any password at all");

        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe("text/plain");
        answer.Header("X-AR-Messages").ShouldBe(
            """[{"messageType":"WARNING","messageText":"User does not exist -- connected as guest user","messageAppendedText":"Zo\u00eb \"Q\" \ud83d\udd11","messageNumber":59}]""");
        (await gate.CallAsync(answer.Text)).ShouldBeEchoOf("Visitor");
        var row = (await gate.AuditAsync("Zo\u00eb \"Q\" \ud83d\udd11")).ShouldHaveSingleItem();
        (row.Event, row.Outcome, row.Account, row.Reason).ShouldBe(("sign-in", "accepted", "Visitor", "guest"));
    }

    [Fact]
    [Contract("ARS-63", "ARS-65", "ATK-1")]
    public async Task Who_is_known_is_never_a_guest()
    {
        var gate = await GateWithVisitorAsync();
        await gate.AddAsync("guest-known");
        await gate.AddAsync("guest-disabled");
        (await gate.Server.RunAsync("account", "disable", "guest-disabled")).ExitCode.ShouldBe(0);

        (await gate.LogInAsync("guest-known", "a wrong password")).ShouldBe623("\"guest-known\"");
        (await gate.LogInAsync("GUEST-known")).ShouldBe623("\"GUEST-known\"");
        (await gate.LogInAsync("guest-disabled")).ShouldBe623("\"guest-disabled\"");
        (await gate.LogInAsync("Visitor", "a wrong password")).ShouldBe623("\"Visitor\"");
        (await gate.LogInAsync("visitor", "a wrong password")).ShouldBe623("\"visitor\"");
        (await gate.LogInAsync("guest-unknown", "")).ShouldBe623("\"guest-unknown\"");
        (await gate.LogInAsync("guest-unknown", "   ")).ShouldBe623("\"guest-unknown\"");
        (await gate.LogInAsync("", "any password at all")).ShouldBe623("\"\"");
        (await gate.LogInAsync("guest\u0001", "any password at all")).Status.ShouldBe(401);
        (await gate.LogInAsync("guest-known")).Header("X-AR-Messages").ShouldBeNull();
    }

    [Fact]
    [Contract("ARS-57", "ARS-67")]
    public async Task A_guest_has_no_role_and_no_seat()
    {
        var gate = await GateWithVisitorAsync();

        var here = await gate.TokenAsync("guest-here", "any password at all", "127.0.0.1");
        var there = await gate.TokenAsync("guest-there", "any password at all", "127.0.0.2");

        // The guest account itself is an administrator: nothing of that is a guest's.
        (await gate.SendAsync(ArRequests.CallAs(here, "Visitor"))).ShouldBeError(403, 304, "Must have Administrator permissions to perform this operation");
        (await gate.CallAsync(there)).ShouldBeEchoOf("Visitor");
        (await gate.LogOutAsync(there)).Status.ShouldBe(204);
    }

    [Fact]
    [Contract("ARS-66")]
    public async Task Without_an_enabled_guest_account_there_are_no_guests()
    {
        await using var gate = await Gate.StartAsync(("Dialects:ArSystem:AllowGuests", "true"));
        (await gate.LogInAsync("guest-early", "any password at all")).ShouldBe623("\"guest-early\"");

        await gate.AddAsync("guest");
        var token = await gate.TokenAsync("guest-early", "any password at all");
        (await gate.CallAsync(token)).ShouldBeEchoOf("guest");
        (await gate.Server.RunAsync("account", "disable", "guest")).ExitCode.ShouldBe(0);

        await Eventually.TrueAsync(async () => (await gate.CallAsync(token)).Status == 401);
        (await gate.LogInAsync("guest-late", "any password at all")).ShouldBe623("\"guest-late\"");
    }

    private async Task<Gate> GateWithVisitorAsync()
    {
        var gate = await gates.Generous;
        await One.WaitAsync();
        try
        {
            if (await gate.Store.Accounts.FindAsync("visitor", CancellationToken.None) is null)
            {
                await gate.AddAsync("Visitor", Roles.Administrator);
            }
        }
        finally
        {
            One.Release();
        }

        return gate;
    }
}
