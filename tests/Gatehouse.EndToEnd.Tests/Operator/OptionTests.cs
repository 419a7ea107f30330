using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>HTT-185, ARS-124: on a fault in the configuration the server does not start.</summary>
public sealed class OptionTests
{
    [Fact]
    [Contract("ARS-124", "HTT-185")]
    public async Task All_faults_are_reported_at_once_one_line_each_without_secrets()
    {
        using var directory = new TemporaryDirectory();

        var result = await ServeAsync(
            directory,
            ("Gatehouse__Dialects__ArSystem__TokenLifetimeSeconds", "0"),
            ("Gatehouse__Dialects__ArSystem__AllowHtpp", "true"),
            ("Gatehouse__Dialects__ArSystem__Issuer", "two words"),
            ("Gatehouse__Throttle__LockAfter", "many"),
            ("Gatehouse__TrustedProxies", "10.0.0.0/8, nonsense"),
            ("Gatehouse__Metrics__Token", "too-short-secret"[..12]),
            ("Gatehouse__Passwords__Rounds", "1000"));

        result.ExitCode.ShouldBe(2);
        var lines = result.Errors.TrimEnd().Split('\n');
        lines.Length.ShouldBe(7);
        lines.ShouldContain("Gatehouse:Dialects:ArSystem:TokenLifetimeSeconds: '0' is not allowed; allowed is a whole number from 1 to 86400.");
        lines.ShouldContain("Gatehouse:Dialects:ArSystem:AllowHtpp: there is no option of this name; did you mean Gatehouse:Dialects:ArSystem:AllowHttp?");
        lines.ShouldContain("Gatehouse:Throttle:LockAfter: 'many' is not allowed; allowed is a whole number from 3 to 100.");
        lines.ShouldContain(line => line.StartsWith("Gatehouse:Dialects:ArSystem:Issuer: 'two words'", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("Gatehouse:TrustedProxies: 'nonsense'", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("Gatehouse:Metrics:Token: the value is not allowed", StringComparison.Ordinal));
        result.Errors.ShouldNotContain("too-short");
        Directory.Exists(directory.File("data")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("AllowTakeOver", "true", "SingleComputer", "false")]
    [InlineData("UpstreamTimeoutSeconds", "60", "MaximumTimeoutSeconds", "30")]
    [InlineData("Upstream", "ftp://host/", "Enabled", "true")]
    [InlineData("Upstream", "http://host/?query", "Enabled", "true")]
    [InlineData("GuestAccount", "", "Enabled", "maybe")]
    [InlineData("Enabled", "1", "UseCookie", "yes")]
    [Contract("ARS-124")]
    public async Task Options_that_do_not_go_together_or_are_no_values_stop_the_start(string one, string value, string other, string otherValue)
    {
        using var directory = new TemporaryDirectory();

        var result = await ServeAsync(directory, ($"Gatehouse__Dialects__ArSystem__{one}", value), ($"Gatehouse__Dialects__ArSystem__{other}", otherValue));

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain($"Gatehouse:Dialects:ArSystem:{(value.Length == 0 ? other : one)}: ");
    }

    [Fact]
    [Contract("HTT-185")]
    public async Task A_file_is_read_before_the_environment_and_must_be_json()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("good.json"), """{ "Gatehouse": { "Dialects": { "ArSystem": { "TokenLifetimeSeconds": 99999, "Nonsense": [1] } } } }""");
        await File.WriteAllTextAsync(directory.File("bad.json"), "{ \"Gatehouse\": ");

        var fromFile = await ServeAsync(directory, ["--config", directory.File("good.json")], ("Gatehouse__Dialects__ArSystem__TokenLifetimeSeconds", "99998"));
        var bad = await ServeAsync(directory, ["--config", directory.File("bad.json")]);
        var absent = await ServeAsync(directory, ["--config", directory.File("absent.json")]);

        fromFile.Errors.ShouldContain("'99998' is not allowed");
        fromFile.Errors.ShouldContain("Gatehouse:Dialects:ArSystem:Nonsense:0: there is no option of this name");
        (fromFile.ExitCode, bad.ExitCode, absent.ExitCode).ShouldBe((2, 2, 2));
        bad.Errors.TrimEnd().Split('\n').ShouldHaveSingleItem();
    }

    [Fact]
    [Contract("ARS-124", "HTT-7")]
    public async Task Enabled_false_makes_all_paths_of_the_dialect_404()
    {
        await using var gate = await Gate.StartAsync(("Dialects:ArSystem:Enabled", "false"));

        foreach (var path in (string[])["/api/jwt/login", "/api/arsys/x", "/api/cmdb", "/api/about", "/api/version"])
        {
            (await gate.SendAsync(ArRequests.Request("GET", path))).Status.ShouldBe(404);
            (await gate.SendPlainAsync(ArRequests.Request("POST", path, body: ""))).Status.ShouldBe(404);
        }

        (await gate.SendAsync(ArRequests.Request("GET", "/health/ready"))).Status.ShouldBe(200);
    }

    private static Task<CommandResult> ServeAsync(TemporaryDirectory directory, params (string Name, string Value)[] environment) => ServeAsync(directory, [], environment);

    private static Task<CommandResult> ServeAsync(TemporaryDirectory directory, string[] arguments, params (string Name, string Value)[] environment) =>
        GatehouseProgram.RunAsync(
            ["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0", .. arguments],
            environment: environment.ToDictionary(variable => variable.Name, variable => variable.Value));
}
