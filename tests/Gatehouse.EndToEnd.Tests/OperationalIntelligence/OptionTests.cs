using Gatehouse.Dialects.OperationalIntelligence;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.Extensions.Configuration;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Options that are not allowed: the server does not start, and says why, all at once (contract section 13).</summary>
public sealed class OptionTests
{
    [Fact]
    [Contract("OI-123", "OI-126", "OI-127", "OI-129", "OI-130", "OI-131", "OI-132", "OI-133")]
    public async Task Every_fault_is_reported_at_once_with_its_remedy() => await RefusedAsync(
        ("IdleTimeoutSeconds", "0", "'0' is not allowed; allowed is a whole number from 1 to 86400."),
        ("MaxLifetimeSeconds", "2592001", "'2592001' is not allowed; allowed is a whole number from 1 to 2592000."),
        ("RefreshLifetimeSeconds", "1.5", "'1.5' is not allowed"),
        ("RefreshGraceSeconds", "301", "'301' is not allowed; allowed is a whole number from 0 to 300."),
        ("Locales", "en,e", "'e' is not allowed"),
        ("CorsOrigins", "https://a.example,https://b.example/", "'https://b.example/' is not allowed"),
        ("AllowHttp", "maybe", "'maybe' is not allowed; allowed is true or false."),
        ("Enabled", "1", "'1' is not allowed"),
        ("Upstream", "ftp://x", "'ftp://x' is not allowed; allowed is 'echo' or an absolute http or https URL without query."),
        ("IdelTimeoutSeconds", "5", "did you mean Gatehouse:Dialects:OperationalIntelligence:IdleTimeoutSeconds?"));

    [Fact]
    [Contract("OI-124", "OI-125", "OI-128", "OI-133")]
    public async Task Options_that_contradict_each_other_are_reported_beside_the_others() => await RefusedAsync(
        ("IdleTimeoutSeconds", "100", null),
        ("MaxLifetimeSeconds", "99", "'99' is not allowed; allowed is a whole number from IdleTimeoutSeconds (100) to 2592000."),
        ("RefreshLifetimeSeconds", "99", "'99' is not allowed; allowed is a whole number from IdleTimeoutSeconds (100) to 2592000."),
        ("DefaultLocale", "fr", "'fr' is not allowed; allowed is one of Locales (en de)."),
        ("Locales", "en,de", null),
        ("RefreshGraceSeconds", "-1", "'-1' is not allowed"));

    [Theory]
    [Contract("OI-129", "OI-127")]
    [InlineData("CorsOrigins", "*")]
    [InlineData("CorsOrigins", "null")]
    [InlineData("CorsOrigins", "https://Portal.example.com")]
    [InlineData("CorsOrigins", "https://portal.example.com:99999")]
    [InlineData("CorsOrigins", "https://portal.example.com/app")]
    [InlineData("CorsOrigins", "https://*.example.com")]
    [InlineData("Locales", "")]
    [InlineData("Locales", "en US")]
    public void Value_that_is_not_allowed(string name, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create($"{OperationalIntelligenceOptions.Table.Section}:{name}", (string?)value)]).Build();

        OperationalIntelligenceOptions.Table.Read(configuration, new OperationalIntelligenceOptions()).ShouldContain(fault => fault.Option.EndsWith(name, StringComparison.Ordinal));
    }

    private static async Task RefusedAsync(params (string Name, string Value, string? Message)[] options)
    {
        using var directory = new TemporaryDirectory();
        var environment = options.ToDictionary(option => $"Gatehouse__Dialects__OperationalIntelligence__{option.Name}", option => option.Value);

        var result = await GatehouseProgram.RunAsync(["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0"], environment: environment);

        result.ExitCode.ShouldBe(2);
        var lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var (name, _, message) in options.Where(option => option.Message is not null))
        {
            lines.ShouldContain(line => line.StartsWith($"Gatehouse:Dialects:OperationalIntelligence:{name}: ", StringComparison.Ordinal) && line.Contains(message!, StringComparison.Ordinal), result.Errors);
        }

        lines.Length.ShouldBe(options.Count(option => option.Message is not null));
    }
}
