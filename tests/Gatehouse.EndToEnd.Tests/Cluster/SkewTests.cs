using Gatehouse.Testing;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>Nodes whose clocks are two minutes slow and two minutes fast.</summary>
[Collection(Group.Collection)]
public sealed class SkewTests
{
    [Fact]
    [Contract("HTT-102", "ARS-109", "PN-37")]
    public async Task Nodes_with_clocks_four_minutes_apart_agree_on_every_token()
    {
        await using var group = await Group.StartAsync(standby: false, -120, 0, 120);
        await using var traffic = new Traffic(group, Group.StaleAfter);
        traffic.Start();
        await traffic.WorkAsync();

        await traffic.ShouldBeFaultlessAsync("clocks two minutes slow and fast");
    }
}
