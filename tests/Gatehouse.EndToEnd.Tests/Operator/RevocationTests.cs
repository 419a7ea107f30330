using System.Diagnostics;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>HTT-102 to HTT-105, ARS-88, ARS-110: what a command ended is dead within a second, and stays dead.</summary>
public sealed class RevocationTests(Gates gates)
{
    // A second by contract; some more for a machine that runs other tests.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData("account", "disable", "{name}")]
    [InlineData("account", "remove", "{name}")]
    [InlineData("session", "revoke", "--account", "{name}")]
    [Contract("ARS-88", "ARS-110", "HTT-84", "HTT-102", "HTT-105", "ATK-21", "ATK-69", "ATK-86")]
    public async Task Everything_of_the_account_ends(params string[] command)
    {
        var gate = await gates.Default;
        var name = $"ended-{command[1]}";
        await gate.AddAsync(name);
        var tokens = new[] { await gate.TokenAsync(name), await gate.TokenAsync(name), await IssueAsync(gate, name) };

        await DoneAsync(gate, [.. command.Select(word => word == "{name}" ? name : word)]);

        await AllDeadSoonAsync(gate, tokens);
        if (command[1] == "revoke")
        {
            (await gate.CallAsync(await gate.TokenAsync(name))).ShouldBeEchoOf(name);
            await AllDeadSoonAsync(gate, tokens);
            return;
        }

        // The remembered password is forgotten with the rest.
        (await gate.LogInAsync(name)).ShouldBe623($"\"{name}\"");
        if (command[1] == "disable")
        {
            await DoneAsync(gate, "account", "enable", name);
        }
        else
        {
            await gate.AddAsync(name);
        }

        await Eventually.TrueAsync(async () => (await gate.LogInAsync(name)).Status == 200);
        await AllDeadSoonAsync(gate, tokens);
    }

    [Fact]
    [Contract("ARS-88", "ARS-110", "HTT-84", "HTT-102", "ATK-21")]
    public async Task A_new_password_ends_everything_and_the_old_one()
    {
        var gate = await gates.Default;
        await gate.AddAsync("ended-password");
        var tokens = new[] { await gate.TokenAsync("ended-password"), await IssueAsync(gate, "ended-password") };

        (await gate.Server.RunWithInputAsync("a quite different password\n", "account", "password", "ended-password", "--password-stdin")).ExitCode.ShouldBe(0);

        await AllDeadSoonAsync(gate, tokens);
        (await gate.LogInAsync("ended-password")).ShouldBe623("\"ended-password\"");
        (await gate.LogInAsync("ended-password", "a quite different password")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-110", "HTT-102", "HTT-104")]
    public async Task Revoking_one_session_ends_only_that_one()
    {
        var gate = await gates.Default;
        await gate.AddAsync("ended-one");
        var one = await gate.TokenAsync("ended-one");
        var two = await gate.TokenAsync("ended-one");
        var id = Echo.Read(await gate.CallAsync(one)).Session!;

        await DoneAsync(gate, "session", "revoke", id);

        await AllDeadSoonAsync(gate, one);
        (await gate.CallAsync(two)).ShouldBeEchoOf("ended-one");
        var again = await gate.Server.RunAsync("session", "revoke", id);
        (again.ExitCode, again.Errors.TrimEnd().Split('\n').Length).ShouldBe((1, 1));
        (await gate.Server.RunAsync("session", "revoke", "nonsense")).ExitCode.ShouldBe(1);
    }

    [Fact]
    [Contract("ARS-84", "ARS-88", "HTT-102")]
    public async Task Token_revoke_ends_api_tokens_and_nothing_else()
    {
        var gate = await gates.Default;
        await gate.AddAsync("ended-token");
        var login = await gate.TokenAsync("ended-token");
        var token = await IssueAsync(gate, "ended-token");
        var other = await IssueAsync(gate, "ended-token");

        await DoneAsync(gate, "token", "revoke", Echo.Read(await gate.CallAsync(token)).Session!);

        await AllDeadSoonAsync(gate, token);
        (await gate.CallAsync(other)).ShouldBeEchoOf("ended-token", "api-token");
        (await gate.Server.RunAsync("token", "revoke", Echo.Read(await gate.CallAsync(login)).Session!)).ExitCode.ShouldBe(1);
        (await gate.CallAsync(login)).ShouldBeEchoOf("ended-token");
    }

    [Fact]
    [Contract("ARS-110", "HTT-102", "HTT-103", "HTT-113", "ATK-15")]
    public async Task Revoke_all_ends_everything_of_everybody_across_restarts()
    {
        await using var gate = await Gate.StartAsync();
        await gate.AddAsync("all-a");
        await gate.AddAsync("all-b");
        var old = new[] { await gate.TokenAsync("all-a"), await gate.TokenAsync("all-b"), await IssueAsync(gate, "all-b") };

        await DoneAsync(gate, "session", "revoke", "--all");
        await AllDeadSoonAsync(gate, old);
        var fresh = await gate.TokenAsync("all-a");
        await DoneAsync(gate, "session", "revoke", "--account", "all-b");
        (await gate.CallAsync(fresh)).ShouldBeEchoOf("all-a");
        await gate.Server.KillAsync();

        await using var again = await Gate.StartOnAsync(gate.Server.Data);
        await AllDeadSoonAsync(again, old);
        (await again.CallAsync(fresh)).ShouldBeEchoOf("all-a");
    }

    [Fact]
    [Contract("HTT-102", "ARS-110")]
    public async Task Disabling_against_use_leaves_no_accepted_request_behind()
    {
        var gate = await gates.Default;
        await gate.AddAsync("ended-race");
        var token = await gate.TokenAsync("ended-race");
        var users = Enumerable.Range(0, 3).Select(async _ =>
        {
            await using var client = await gate.ConnectAsync();
            var clock = Stopwatch.StartNew();
            for (var status = 200; status == 200 && clock.Elapsed < TimeSpan.FromSeconds(20);)
            {
                await client.SendAsync(ArRequests.Call(token));
                status = (await client.ReadAnswerAsync()).Status;
                await Task.Delay(5);
            }
        }).ToList();

        await DoneAsync(gate, "account", "disable", "ended-race");
        await AllDeadSoonAsync(gate, token);

        await Task.WhenAll(users);
        (await gate.CallAsync(token)).ShouldBe623();
    }

    private static async Task<string> IssueAsync(Gate gate, string name) => (await gate.Server.RunAsync("token", "issue", name)).Output.Trim();

    private static async Task DoneAsync(Gate gate, params string[] command) => (await gate.Server.RunAsync(command)).ExitCode.ShouldBe(0);

    private static async Task AllDeadSoonAsync(Gate gate, params string[] tokens)
    {
        foreach (var token in tokens)
        {
            await Eventually.TrueAsync(async () => (await gate.CallAsync(token)).Status == 401, Soon);
        }
    }
}
