using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

public sealed class OptionTests
{
    private const string Section = "Gatehouse:Dialects:ProactiveNet:";

    [Fact]
    [Contract("PN-45", "PN-97", "PN-116", "PN-117", "PN-118", "PN-119", "PN-120", "PN-121", "PN-122", "PN-123", "PN-124", "PN-125", "PN-126")]
    public async Task Bad_values_stop_the_start_all_at_once()
    {
        var (exitCode, errors) = await ServeAsync(
            ("PropertiesFile", "/no/such/bppmws.properties"), ("LoginExpirySeconds", "0"), ("AllowHttp", "yes"), ("AllowBase64", "1"), ("AllowBasicScheme", ""), ("AllowBase64OverHttp", "no"),
            ("NoTenantNames", string.Join(',', Enumerable.Range(0, 21))), ("TombstoneDays", "366"), ("TokenIssuer", "sso"), ("SsoRecheckSeconds", "3601"), ("Upstream", "http://x/?q"), ("Enabled", "on"), ("Tombstones", "3"));

        exitCode.ShouldBe(2);
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var (option, says) in new[]
        {
            ("PropertiesFile", "'/no/such/bppmws.properties' cannot be read"), ("LoginExpirySeconds", "'0' is not allowed; allowed is a whole number from 1 to 31536000"), ("AllowHttp", "'yes'"), ("AllowBase64", "'1'"),
            ("AllowBasicScheme", "''"), ("AllowBase64OverHttp", "'no'"), ("NoTenantNames", "at most 20"), ("TombstoneDays", "from 1 to 365"), ("TokenIssuer", "none is configured"), ("SsoRecheckSeconds", "from 1 to 3600"),
            ("Upstream", "'http://x/?q'"), ("Enabled", "'on'"), ("Tombstones", "no option of this name"),
        })
        {
            lines.Count(line => line.StartsWith($"{Section}{option}: ", StringComparison.Ordinal) && line.Contains(says, StringComparison.Ordinal)).ShouldBe(1, $"{option}\n{errors}");
        }
    }

    [Fact]
    [Contract("PN-34", "PN-45")]
    public async Task File_and_option_that_contradict_each_other_stop_the_start()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("bppmws.properties");
        await File.WriteAllTextAsync(file, "loginExpiryInterval_hrs=12\n");
        var (exitCode, errors) = await ServeAsync(("PropertiesFile", file), ("LoginExpirySeconds", "43201"));
        exitCode.ShouldBe(2);
        errors.ShouldContain($"{Section}LoginExpirySeconds: '43201' contradicts loginExpiryInterval_hrs=12 (43200 seconds)");
        errors.ShouldContain("PropertiesFile");

        await File.WriteAllTextAsync(file, "a=1\nloginExpiryInterval_hrs=24h\n");
        (exitCode, errors) = await ServeAsync(("PropertiesFile", file), ("TokenIssuer", "oam"));
        exitCode.ShouldBe(2);
        errors.ShouldContain($"{Section}PropertiesFile: '{file}', line 2: loginExpiryInterval_hrs is '24h'; write a whole number of hours from 1 to 8760.");
        errors.ShouldContain($"{Section}TokenIssuer: 'oam' is not allowed; allowed is 'gatehouse' or 'sso'.");

        await File.WriteAllBytesAsync(file, new byte[(1024 * 1024) + 1]);
        (exitCode, errors) = await ServeAsync(("PropertiesFile", file));
        exitCode.ShouldBe(2);
        errors.ShouldContain("is larger than 1048576 bytes");
        (exitCode, errors) = await ServeAsync(("PropertiesFile", directory.Path));
        exitCode.ShouldBe(2);
        errors.ShouldContain("cannot be read");
    }

    [Fact]
    [Contract("PN-4", "PN-34", "PN-43", "PN-92", "PN-120", "PN-122")]
    public async Task Server_warns_of_plain_http_that_others_can_reach_and_of_a_misspelt_key()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("bppmws.properties");
        await File.WriteAllTextAsync(file, "\nLOGINexpiryInterval_hrs=12\n");
        var config = directory.File("gatehouse.json");
        await File.WriteAllTextAsync(config, """{"Gatehouse":{"Dialects":{"ProactiveNet":{"NoTenantNames":[],"TokenIssuer":"gatehouse","LoginExpirySeconds":60}}}}""");
        var log = await StartUntilListeningAsync(
            ["serve", "--config", config, "--data", directory.File("data"), "--urls", "http://0.0.0.0:0;http://127.0.0.1:0"],
            new Dictionary<string, string> { ["Gatehouse__Dialects__ProactiveNet__PropertiesFile"] = file });

        var warnings = log.Split('\n').Where(line => line.Contains("\"EventId\":2300", StringComparison.Ordinal)).ToList();
        warnings.Count.ShouldBe(1, log);
        warnings[0].ShouldContain("http://0.0.0.0:");
        warnings[0].ShouldContain("\"LogLevel\":\"Warning\"");
        log.ShouldContain("\"EventId\":2301");
        log.ShouldContain("Line 2 of the file");
    }

    [Fact]
    [Contract("PN-125")]
    public async Task Dialect_that_is_not_enabled_is_nobody()
    {
        await using var desk = await ProactiveNetDesk.OpenAsync(("Enabled", "false"));
        foreach (var path in new[] { ProactiveNetDesk.LoginPath, ProactiveNetDesk.DevicePath, "/tsws/x" })
        {
            var answer = await desk.PostAsync(path, ProactiveNetDesk.Fields("admin", desk.Server.AdminPassword));
            answer.Status.ShouldBe(404);
            answer.Header("Content-Type").ShouldBe("application/problem+json");
        }
    }

    private static async Task<(int ExitCode, string Errors)> ServeAsync(params (string Name, string Value)[] options)
    {
        using var directory = new TemporaryDirectory();
        var result = await GatehouseProgram.RunAsync(
            ["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0"],
            environment: options.ToDictionary(option => $"Gatehouse__Dialects__ProactiveNet__{option.Name}", option => option.Value));
        return (result.ExitCode, result.Errors);
    }

    /// <summary>Runs a server until it says that it listens, and hands out its log.</summary>
    private static async Task<string> StartUntilListeningAsync(string[] arguments, Dictionary<string, string> environment)
    {
        using var process = Process.Start(GatehouseProgram.StartInfo(arguments, environment))!;
        var log = new StringBuilder();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            while (await process.StandardError.ReadLineAsync(timeout.Token) is { } line)
            {
                log.AppendLine(line);
                if (Regex.IsMatch(line, "listens on http"))
                {
                    break;
                }
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return log.ToString();
    }
}
