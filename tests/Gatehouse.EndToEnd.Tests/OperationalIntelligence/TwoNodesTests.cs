using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Two servers on one store.</summary>
public sealed class TwoNodesTests
{
    [Fact]
    [Contract("OI-56", "OI-43", "OI-58", "OI-62", "HTT-102")]
    public async Task Nodes_share_uses_ends_families_and_numbers()
    {
        using var directory = new TemporaryDirectory();
        (string, string)[] options = [(OiGates.Option("IdleTimeoutSeconds"), "4")];
        await using var one = await OiGate.StartOnAsync(directory.File("data"), options);
        await using var other = await OiGate.StartOnAsync(directory.File("data"), options);
        await one.AddAndSignInAsync("shared");
        await other.SignInAsync("shared");
        var (used, raced) = (await one.SignInAsync("shared"), await other.SignInAsync("shared"));

        // The other node sees the token once, and then only the first one does.
        (await other.CallAsync(used.Tkn)).ShouldBe(200);
        for (var i = 0; i < 11; i++)
        {
            await Task.Delay(500);
            (await one.CallAsync(used.Tkn)).ShouldBe(200);
        }

        (await other.CallAsync(used.Tkn)).ShouldBe(200);

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => (i % 2 == 0 ? one : other).RefreshAsync(raced.Rtkn)));
        var tokens = answers.Select(OiGate.Tokens).ToList();
        tokens.Select(pair => pair.Tkn).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        tokens.Select(pair => pair.UserRefId).Append(used.UserRefId).Append(raced.UserRefId).Distinct().Count().ShouldBe(34);
        foreach (var node in new[] { one, other })
        {
            await OiGate.EventuallyAsync(async () => await node.CallAsync(raced.Tkn) == 401);
            (await node.CallAsync(tokens[0].Tkn)).ShouldBe(200);
        }
    }
}
