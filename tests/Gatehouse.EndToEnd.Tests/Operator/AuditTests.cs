using System.Text.Json;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>Contract http-and-tokens, section 11, and ARS-121 to ARS-123.</summary>
public sealed class AuditTests(Gates gates)
{
    [Fact]
    [Contract("ARS-121", "HTT-175", "HTT-177")]
    public async Task One_object_per_line_with_the_members_of_the_contract()
    {
        var gate = await gates.Default;
        await gate.AddAsync("audit-a");
        await gate.SendAsync(ArRequests.Login("audit-a", Gate.Password, "X-AR-Client-Type: 9"));
        var session = (await gate.SessionsAsync("audit-a")).ShouldHaveSingleItem().Session.Id.ToString();

        var result = await gate.Server.RunAsync("audit", "--json", "--since", "1h");

        result.ExitCode.ShouldBe(0);
        var lines = result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        string[] names = ["time", "event", "outcome", "account", "name", "dialect", "method", "tenant", "source", "session", "reason"];
        lines.ShouldAllBe(line => line.EnumerateObject().Select(member => member.Name).Take(11).SequenceEqual(names));
        lines.ShouldAllBe(line => line.GetProperty("time").GetString()!.EndsWith('Z'));
        var row = lines.Where(line => line.GetProperty("event").GetString() == "sign-in" && line.GetProperty("account").GetString() == "audit-a").ShouldHaveSingleItem();
        row.GetRawText().ShouldEndWith($$""","event":"sign-in","outcome":"accepted","account":"audit-a","name":"audit-a","dialect":"ar-system","method":"ar-jwt","tenant":null,"source":"127.0.0.1","session":"{{session}}","reason":null,"clientType":"9"}""");
    }

    [Theory]
    [InlineData("audit-known", "a wrong password", "audit-known", "bad-credentials")]
    [InlineData("AUDIT-known", Gate.Password, "audit-known", "bad-credentials")]
    [InlineData("audit-disabled", Gate.Password, "audit-disabled", "disabled")]
    [InlineData("audit-nobody", "a wrong password", null, "unknown-account")]
    [InlineData("audit-known", "", "audit-known", "blank")]
    [InlineData("audit-blank-nobody", " ", null, "blank")]
    [InlineData("audit-known\u0001", "x", null, "malformed")]
    [Contract("ARS-121", "HTT-178", "HTT-179", "HTT-85")]
    public async Task The_reason_says_what_the_caller_is_not_told(string typed, string password, string? account, string reason)
    {
        var gate = await gates.Locking;
        await OnceAsync(gate);
        await gate.LogInAsync(typed, password);

        var rows = await gate.AuditAsync(typed, row => row.Name == typed && row.Reason == reason);

        var row = rows.First(found => found.Name == typed && found.Reason == reason);
        (row.Event, row.Outcome, row.Dialect, row.Method, row.Source, row.Session).ShouldBe(("sign-in", "refused", "ar-system", "ar-jwt", "127.0.0.1", null));
        if (reason != "malformed")
        {
            row.Account.ShouldBe(account);
        }
    }

    [Fact]
    [Contract("ARS-123", "HTT-179", "HTT-180", "ATK-81")]
    public async Task Typed_names_are_cut_and_stay_on_their_line()
    {
        var gate = await gates.Default;
        var typed = "audit \u202e\u2028\u001b[31m \"q\" " + new string('x', 100);
        var cut = typed[..64];
        await gate.LogInAsync("audit newline\r\n{\"event\":\"forged\"}", "any password at all");
        await gate.LogInAsync(typed, "any password at all");
        await gate.AuditAsync(cut);

        var result = await gate.Server.RunAsync("audit", "--json");
        var plain = await gate.Server.RunAsync("audit");

        var rows = result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        rows.ShouldContain(row => row.GetProperty("name").GetString() == cut);
        rows.ShouldNotContain(row => row.GetProperty("event").GetString() == "forged");
        foreach (var output in (string[])[result.Output, plain.Output, gate.Server.Log])
        {
            output.ShouldNotContain("\u202e");
            output.ShouldNotContain("\u2028");
            output.ShouldNotContain("\u001b[31m");
        }

        gate.Server.Log.TrimEnd().Split('\n').ShouldAllBe(line => line.TrimEnd('\r').StartsWith('{'));
    }

    [Fact]
    [Contract("ARS-121")]
    public async Task Plain_http_is_audited_once_a_minute_and_source()
    {
        var gate = await gates.Redirecting;
        for (var i = 0; i < 5; i++)
        {
            await gate.SendPlainAsync(ArRequests.Call(null), "127.0.0.61");
            await gate.SendPlainAsync(ArRequests.Login("audit-plain", Gate.Password), "127.0.0.62");
        }

        await Eventually.TrueAsync(async () => (await gate.AuditAsync()).Any(row => row.Source == "127.0.0.62"));
        var rows = (await gate.AuditAsync()).Where(row => row.Source is "127.0.0.61" or "127.0.0.62").ToList();
        rows.Select(row => (row.Source, row.Event, row.Outcome, row.Dialect, row.Reason, row.Name)).Order().ShouldBe(
            [("127.0.0.61", "access", "refused", "ar-system", "https-required", null), ("127.0.0.62", "access", "refused", "ar-system", "https-required", null)]);
    }

    [Fact]
    [Contract("HTT-176")]
    public async Task Every_command_of_the_operator_leaves_its_row()
    {
        var gate = await gates.Default;
        string[][] commands =
        [
            ["tenant", "add", "Audited"], ["account", "add", "audit-events"], ["account", "grant", "audit-events", "--tenant", "Audited"], ["token", "issue", "audit-events"],
            ["account", "disable", "audit-events"], ["account", "enable", "audit-events"], ["account", "unlock", "audit-events"], ["session", "revoke", "--account", "audit-events"],
            ["account", "remove", "audit-events"], ["tenant", "remove", "Audited"],
        ];
        foreach (var command in commands)
        {
            (await gate.Server.RunAsync(command)).ExitCode.ShouldBe(0, string.Join(' ', command));
        }

        var events = (await gate.AuditAsync()).Where(row => row.Account == "audit-events" || row.Tenant == "Audited").Select(row => row.Event);

        events.ShouldBe(["tenant-add", "account-add", "account-change", "token-issue", "account-change", "account-change", "unlock", "revoke", "account-remove", "tenant-remove"]);
    }

    [Fact]
    [Contract("HTT-177")]
    public async Task Calls_with_a_live_token_and_bad_tokens_leave_none()
    {
        var gate = await gates.Default;
        await gate.AddAsync("audit-quiet");
        var token = await gate.TokenAsync("audit-quiet");
        var before = (await gate.AuditAsync("audit-quiet")).Count;

        for (var i = 0; i < 5; i++)
        {
            await gate.CallAsync(token);
            await gate.CallAsync(token + "x");
        }

        await gate.LogInAsync("audit-quiet", "a wrong password");
        (await gate.AuditAsync("audit-quiet", row => row.Outcome == "refused")).Count.ShouldBe(before + 1);
    }

    [Fact]
    [Contract("HTT-175")]
    public async Task Follow_shows_what_comes()
    {
        var gate = await gates.Default;
        using var process = System.Diagnostics.Process.Start(Testing.Server.GatehouseProgram.StartInfo(["audit", "--json", "--follow", "--since", "1m", "--data", gate.Server.Data]))!;
        try
        {
            await gate.LogInAsync("audit-followed", "any password at all");
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync(timeout.Token);
                line.ShouldNotBeNull();
            }
            while (!line.Contains("audit-followed", StringComparison.Ordinal));
        }
        finally
        {
            process.Kill();
        }
    }

    private static readonly SemaphoreSlim One = new(1);

    private static async Task OnceAsync(Gate gate)
    {
        await One.WaitAsync();
        try
        {
            if (await gate.Store.Accounts.FindAsync("audit-known", CancellationToken.None) is null)
            {
                await gate.AddAsync("audit-known");
                await gate.AddAsync("audit-disabled");
                await gate.Server.RunAsync("account", "disable", "audit-disabled");
            }
        }
        finally
        {
            One.Release();
        }
    }
}
