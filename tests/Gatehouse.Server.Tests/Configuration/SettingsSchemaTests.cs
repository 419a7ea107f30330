using System.Text.Json;
using Gatehouse.Core.Configuration;
using Gatehouse.Server.Configuration;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Server.Tests.Configuration;

public sealed class SettingsSchemaTests
{
    private const string Renew = "GATEHOUSE_WRITE_SCHEMA";

    /// <summary>To renew the file after a change of options: run this test with GATEHOUSE_WRITE_SCHEMA=1, and commit what it wrote.</summary>
    [Fact]
    [Contract("HTT-185")]
    public async Task The_shipped_schema_is_that_of_the_option_tables()
    {
        var file = Path.Combine(SourceDirectory(), "gatehouse.schema.json");
        var written = SettingsSchema.Write(Settings.Tables);
        if (Environment.GetEnvironmentVariable(Renew) == "1")
        {
            await File.WriteAllTextAsync(file, written);
        }

        (await File.ReadAllTextAsync(file)).ShouldBe(written, $"run this test with {Renew}=1, and commit the file");
    }

    [Fact]
    public void No_value_of_this_machine_is_in_the_schema()
    {
        var written = SettingsSchema.Write(Settings.Tables);

        written.ShouldNotContain(Environment.MachineName, Case.Sensitive);
        written.ShouldNotContain(AppContext.BaseDirectory);
    }

    [Fact]
    [Contract("HTT-185", "ARS-124")]
    public void Every_option_is_described_and_nothing_else_is_allowed()
    {
        using var schema = JsonDocument.Parse(SettingsSchema.Write(Settings.Tables));
        foreach (var table in Settings.Tables)
        {
            foreach (var option in table.Options)
            {
                var node = schema.RootElement;
                foreach (var part in $"{table.Section}:{option.Name}".Split(':'))
                {
                    var others = node.GetProperty("additionalProperties");
                    others.ValueKind.ShouldBe(part == SettingsSchema.AnyName ? JsonValueKind.Object : JsonValueKind.False, option.Name);
                    node = part == SettingsSchema.AnyName ? others : node.GetProperty("properties").GetProperty(part);
                }

                node.GetProperty("description").GetString()!.ShouldContain(option.Allowed);
                node.GetProperty("type").ValueKind.ShouldBe(option.Type == OptionType.List ? JsonValueKind.Array : JsonValueKind.String);
            }
        }
    }

    /// <summary>The project's directory, above that of the test.</summary>
    private static string SourceDirectory()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Gatehouse.slnx")))
            {
                return Path.Combine(directory.FullName, "src", "Gatehouse.Server");
            }
        }

        throw new DirectoryNotFoundException("The test does not run inside the repository.");
    }
}
