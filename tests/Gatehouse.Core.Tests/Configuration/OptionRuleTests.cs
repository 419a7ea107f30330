using Gatehouse.Core.Configuration;
using Gatehouse.Testing;
using Microsoft.Extensions.Configuration;
using Shouldly;

namespace Gatehouse.Core.Tests.Configuration;

public sealed class OptionRuleTests
{
    private static readonly OptionTable<Sample> Table = new OptionTable<Sample>("X")
        .Whole("Least", (o, v) => o.Least = v, 0, 100, "m")
        .Whole("Most", (o, v) => o.Most = v, 0, 100, "m")
        .Whole("Other", (o, v) => o.Other = v, 0, 100, "m")
        .Rule("Most", o => o.Most < o.Least ? "less than Least" : null, "Least");

    [Fact]
    [Contract("OI-133")]
    public void Rule_over_named_options_is_reported_beside_the_fault_of_another_one() =>
        FaultsOf(("Least", "5"), ("Most", "4"), ("Other", "x")).ShouldBe(["X:Other", "X:Most"]);

    [Fact]
    [Contract("OI-133")]
    public void Rule_is_not_asked_about_options_that_cannot_be_read()
    {
        FaultsOf(("Least", "x"), ("Most", "4")).ShouldBe(["X:Least"]);
        FaultsOf(("Least", "50"), ("Most", "x")).ShouldBe(["X:Most"]);
    }

    private static IEnumerable<string> FaultsOf(params (string Name, string Value)[] options) =>
        Table.Read(
            new ConfigurationBuilder().AddInMemoryCollection(options.Select(option => KeyValuePair.Create($"X:{option.Name}", (string?)option.Value))).Build(),
            new Sample()).Select(fault => fault.Option);

    private sealed class Sample
    {
        public int Least { get; set; } = 10;

        public int Most { get; set; } = 20;

        public int Other { get; set; }
    }
}
