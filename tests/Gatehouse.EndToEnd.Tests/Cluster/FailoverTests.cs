using Gatehouse.Testing;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>
/// Three nodes, one with a clock two minutes slow and one with a clock two minutes fast, on a primary with a synchronous
/// standby. Either test may come first.
/// </summary>
[Collection(Group.Collection)]
public sealed class FailoverTests(FailoverTests.Nodes nodes) : IClassFixture<FailoverTests.Nodes>
{
    private Group Group => nodes.Group;

    [Fact]
    [Contract("HTT-102")]
    public async Task Standby_takes_over_under_load_and_nothing_confirmed_is_lost()
    {
        await using var traffic = new Traffic(Group, Group.OutageGrace);
        traffic.Start();
        await traffic.WorkAsync();

        await Group.Postgres.KillAsync();
        await Group.Standby!.PromoteAsync();
        await Group.Standby.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await Group.Standby.ExecuteAsync("SELECT pg_reload_conf()");
        await Group.ReadyAsync();
        await traffic.WorkAsync();

        await traffic.ShouldBeFaultlessAsync("standby promoted");
    }

    [Fact]
    [Contract("HTT-102", "ARS-109", "PN-37")]
    public async Task Nodes_with_clocks_four_minutes_apart_agree_on_every_token()
    {
        await using var traffic = new Traffic(Group, Group.StaleAfter);
        traffic.Start();
        await traffic.WorkAsync();

        await traffic.ShouldBeFaultlessAsync("clocks two minutes slow and fast");
    }

    public sealed class Nodes : IAsyncLifetime
    {
        public Group Group { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Group = await Group.StartAsync(standby: true, -120, 0, 120);

        public ValueTask DisposeAsync() => Group.DisposeAsync();
    }
}
