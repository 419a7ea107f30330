using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 5: one computer per user. A computer is an address; the loopback network has enough of them.</summary>
public sealed class SeatTests(Gates gates)
{
    private const string First = "127.0.0.1";
    private const string Second = "127.0.0.2";

    [Fact]
    [Contract("ARS-53", "ARS-54", "ARS-59", "ARS-121")]
    public async Task Another_computer_is_9093_with_the_right_password_only()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("seat-a");
        var token = await gate.TokenAsync("seat-a", from: First);

        for (var i = 0; i < 4; i++)
        {
            (await gate.LogInAsync("seat-a", from: Second)).ShouldBeConnectedElsewhere("seat-a");
        }

        (await gate.LogInAsync("seat-a", "a wrong password", Second)).ShouldBe623("\"seat-a\"");
        (await gate.SendAsync(ArRequests.Call(token), First)).ShouldBeEchoOf("seat-a");
        (await gate.SendAsync(ArRequests.Call(token), Second)).ShouldBeEchoOf("seat-a");
        (await gate.AuditAsync("seat-a", row => row is { Outcome: "refused", Reason: "other-computer" })).Count(row => row.Reason == "other-computer").ShouldBe(4);
    }

    [Fact]
    [Contract("ARS-58")]
    public async Task Logout_of_the_last_token_and_revocation_free_the_seat()
    {
        var gate = await gates.Default;
        await gate.AddAsync("seat-b");
        var one = await gate.TokenAsync("seat-b", from: First);
        var two = await gate.TokenAsync("seat-b", from: First);

        await gate.LogOutAsync(one);
        (await gate.LogInAsync("seat-b", from: Second)).ShouldBeConnectedElsewhere("seat-b");
        await gate.LogOutAsync(two);
        var three = await gate.TokenAsync("seat-b", from: Second);
        (await gate.LogInAsync("seat-b", from: First)).ShouldBeConnectedElsewhere("seat-b");

        var session = Echo.Read(await gate.CallAsync(three)).Session!;
        (await gate.Server.RunAsync("session", "revoke", session)).ExitCode.ShouldBe(0);
        (await gate.LogInAsync("seat-b", from: First)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-58")]
    public async Task Expiry_frees_the_seat()
    {
        // Without take-over this would never succeed while the first token lives.
        await using var gate = await Gate.StartAsync(("Dialects:ArSystem:TokenLifetimeSeconds", "1"));
        await gate.AddAsync("seat-c");
        await gate.TokenAsync("seat-c", from: First);

        await Eventually.TrueAsync(async () => (await gate.LogInAsync("seat-c", from: Second)).Status == 200);
    }

    [Fact]
    [Contract("ARS-55")]
    public async Task An_administrator_is_exempt_and_an_impersonator_is_not()
    {
        var gate = await gates.Default;
        await gate.AddAsync("seat-admin", Roles.Administrator);
        await gate.AddAsync("seat-impersonator", Roles.Impersonator);
        await gate.TokenAsync("seat-admin", from: First);
        await gate.TokenAsync("seat-impersonator", from: First);

        (await gate.LogInAsync("seat-admin", from: Second)).Status.ShouldBe(200);
        (await gate.LogInAsync("seat-impersonator", from: Second)).ShouldBeConnectedElsewhere("seat-impersonator");
    }

    [Fact]
    [Contract("ARS-56")]
    public async Task The_client_type_is_no_computer()
    {
        var gate = await gates.Default;
        await gate.AddAsync("seat-d");

        (await gate.SendAsync(ArRequests.Login("seat-d", Gate.Password, "X-AR-Client-Type: 9"), First)).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.Login("seat-d", Gate.Password, "X-AR-Client-Type: 34"), First)).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.Login("seat-d", Gate.Password, "X-AR-Client-Type: 9"), Second)).ShouldBeConnectedElsewhere("seat-d");
    }

    [Theory]
    [InlineData("203.0.113.5", "::ffff:203.0.113.5", true)]
    [InlineData("2001:db8:1:2::7", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::7", "2001:db8:1:3::7", false)]
    [InlineData("::1", "127.0.0.1", true)]
    [InlineData("203.0.113.5", "203.0.113.6", false)]
    [Contract("ARS-56", "HTT-21")]
    public async Task Addresses_of_one_computer(string first, string second, bool same)
    {
        var gate = await gates.Generous;
        var name = $"seat-{Guid.NewGuid():N}";
        await gate.AddAsync(name);

        (await gate.SendAsync(ArRequests.Login(name, Gate.Password, $"X-Forwarded-For: {first}"), "127.0.0.9")).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.Login(name, Gate.Password, $"X-Forwarded-For: {second}"), "127.0.0.9")).Status.ShouldBe(same ? 200 : 500);
    }

    [Fact]
    [Contract("ARS-57")]
    public async Task Api_tokens_do_not_count_and_are_not_refused()
    {
        var gate = await gates.Default;
        await gate.AddAsync("seat-e");
        var permanent = (await gate.Server.RunAsync("token", "issue", "seat-e")).Output.Trim();
        (await gate.SendAsync(ArRequests.Call(permanent), First)).ShouldBeEchoOf("seat-e", "api-token");

        (await gate.LogInAsync("seat-e", from: Second)).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.Call(permanent), First)).ShouldBeEchoOf("seat-e", "api-token");
    }

    [Fact]
    [Contract("ARS-57", "ARS-39")]
    public async Task The_seat_survives_a_restart()
    {
        await using var before = await Gate.StartAsync();
        await before.AddAsync("seat-f");
        var token = await before.TokenAsync("seat-f", from: First);
        await before.Server.KillAsync();

        await using var after = await Gate.StartOnAsync(before.Server.Data);

        (await after.LogInAsync("seat-f", from: Second)).ShouldBeConnectedElsewhere("seat-f");
        (await after.CallAsync(token)).ShouldBeEchoOf("seat-f");
    }

    [Fact]
    [Contract("ARS-60")]
    public async Task Of_many_computers_at_once_exactly_one_wins()
    {
        var gate = await gates.Default;
        await gate.AddAsync("seat-g");
        string[] computers = ["127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"];

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i => (Computer: computers[i % 4], Answer: await gate.LogInAsync("seat-g", from: computers[i % 4]))));

        answers.Where(pair => pair.Answer.Status == 200).Select(pair => pair.Computer).Distinct().ShouldHaveSingleItem();
        answers.Count(pair => pair.Answer.Status == 200).ShouldBe(4);
        answers.Where(pair => pair.Answer.Status != 200).ToList().ForEach(pair => pair.Answer.ShouldBeConnectedElsewhere("seat-g"));
        (await gate.SessionsAsync("seat-g")).Select(session => session.Session.Source).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    [Contract("ARS-62")]
    public async Task SingleComputer_false_switches_the_rule_off()
    {
        var gate = await gates.Redirecting;
        await gate.AddAsync("seat-h");

        var one = await gate.TokenAsync("seat-h", from: First);
        (await gate.LogInAsync("seat-h", from: Second)).Status.ShouldBe(200);
        (await gate.CallAsync(one)).ShouldBeEchoOf("seat-h");
    }
}
