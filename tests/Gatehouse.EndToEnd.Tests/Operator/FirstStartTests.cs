using System.Text.RegularExpressions;
using Gatehouse.Core.Stores;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>ARS-112, ATK-83, ATK-84: the first start.</summary>
public sealed partial class FirstStartTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    [Contract("ARS-4", "ARS-112", "ATK-83", "ATK-85")]
    public async Task It_prints_a_password_once_and_a_line_that_works()
    {
        await using var gate = await Gate.StartAsync();
        var line = CurlLine().Match(gate.Server.Output);
        line.Success.ShouldBeTrue(gate.Server.Output);
        new Uri(line.Groups["url"].Value).ShouldBe(new Uri(gate.Server.Https, "/api/jwt/login"));
        line.Groups["password"].Value.ShouldBe(gate.Server.AdminPassword);
        line.Groups["password"].Value.Length.ShouldBeGreaterThanOrEqualTo(20);

        (await gate.LogInAsync("admin", line.Groups["password"].Value)).Status.ShouldBe(200);
        foreach (var known in (string[])["admin", "password", "admin123", "gatehouse", "changeme", "AR#Admin#", " "])
        {
            (await gate.LogInAsync("admin", known)).Status.ShouldBe(401);
        }

        gate.Server.Log.ShouldNotContain(gate.Server.AdminPassword);
        await gate.Server.StopAsync();

        await using var again = await Gate.StartOnAsync(gate.Server.Data);
        again.Server.Output.ShouldNotContain("password");
        (await again.LogInAsync("admin", gate.Server.AdminPassword)).Status.ShouldBe(200);
        (await again.Store.Accounts.ListAsync(CancellationToken.None)).ShouldHaveSingleItem();
    }

    [Fact]
    [Contract("ATK-83", "ATK-86")]
    public async Task Killed_at_any_moment_the_next_start_shows_a_password_that_works()
    {
        using var directory = new TemporaryDirectory();
        var data = directory.File("data");
        var shown = new List<string>();
        for (var delay = 100; delay < 1_000; delay += 180)
        {
            using var process = System.Diagnostics.Process.Start(GatehouseProgram.StartInfo(["serve", "--data", data, "--urls", "http://127.0.0.1:0;https://127.0.0.1:0"]))!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await Task.Delay(delay);
            process.Kill();
            await process.WaitForExitAsync();
            await errors;
            shown.AddRange(PasswordLine().Matches(await output).Select(match => match.Groups[1].Value));
        }

        await using var gate = await Gate.StartOnAsync(data);
        shown.AddRange(PasswordLine().Matches(gate.Server.Output).Select(match => match.Groups[1].Value));

        // Shown twice is only possible when the first showing was not confirmed; the last one is good.
        shown.ShouldNotBeEmpty();
        (await gate.LogInAsync("admin", shown[^1])).Status.ShouldBe(200);
        (await gate.Store.Accounts.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().Name.ShouldBe("admin");
        (await gate.Store.Tenants.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().Name.ShouldBe("DEFAULTORG");
    }

    [Fact]
    [Contract("ATK-83")]
    public async Task Where_the_operator_was_quicker_nothing_is_printed()
    {
        using var directory = new TemporaryDirectory();
        (await GatehouseProgram.RunAsync(["account", "add", "admin", "--password-stdin", "--data", directory.File("data")], Gate.Password)).ExitCode.ShouldBe(0);

        await using var gate = await Gate.StartOnAsync(directory.File("data"));

        gate.Server.AdminPassword.ShouldBe("");
        gate.Server.Output.ShouldNotContain("First start");
        (await gate.LogInAsync("admin")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ATK-84")]
    public async Task Everything_in_the_data_directory_is_its_owners_only()
    {
        await using var gate = await Gate.StartAsync();
        await gate.AddAsync("modes");
        await gate.TokenAsync("modes");

        File.GetUnixFileMode(gate.Server.Data).ShouldBe(Owner | UnixFileMode.UserExecute);
        var files = Directory.GetFiles(gate.Server.Data).ToDictionary(file => Path.GetFileName(file)!, File.GetUnixFileMode, StringComparer.Ordinal);
        files.Keys.ShouldBe(["gatehouse.db", "gatehouse.db-first-start", "gatehouse.db-shm", "gatehouse.db-wal", "master.key", "tls.crt", "tls.key"], ignoreOrder: true);
        files.Values.ShouldAllBe(mode => mode == Owner);
        gate.Server.Log.ShouldNotContain("\"LogLevel\":\"Warning\"");
    }

    [Fact]
    [Contract("ATK-84")]
    public async Task The_server_warns_about_what_somebody_loosened()
    {
        await using var gate = await Gate.StartAsync();
        await gate.Server.StopAsync();
        File.SetUnixFileMode(Path.Combine(gate.Server.Data, "master.key"), Owner | UnixFileMode.GroupRead);

        await using var again = await Gate.StartOnAsync(gate.Server.Data);

        again.Server.Log.ShouldContain("master.key");
    }

    [GeneratedRegex(@"^curl -sk (?<url>https://127\.0\.0\.1:\d+/api/jwt/login) --data-urlencode username=admin --data-urlencode 'password=(?<password>[^']+)'\r?$", RegexOptions.Multiline)]
    private static partial Regex CurlLine();

    [GeneratedRegex(@"^\s*password\s+(\S+)\s*$", RegexOptions.Multiline)]
    private static partial Regex PasswordLine();
}
