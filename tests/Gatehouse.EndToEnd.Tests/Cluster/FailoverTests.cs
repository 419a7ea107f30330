using Gatehouse.Testing;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>The primary is killed while three nodes work on it, and a synchronous standby takes its place.</summary>
[Collection(Group.Collection)]
public sealed class FailoverTests
{
    [Fact]
    [Contract("HTT-102")]
    public async Task Standby_takes_over_under_load_and_nothing_confirmed_is_lost()
    {
        await using var group = await Group.StartAsync(standby: true);
        await using var traffic = new Traffic(group, Group.OutageGrace);
        traffic.Start();
        await traffic.WorkAsync();

        await group.Postgres.KillAsync();
        await group.Standby!.PromoteAsync();
        await group.Standby.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await group.Standby.ExecuteAsync("SELECT pg_reload_conf()");
        await group.ReadyAsync();
        await traffic.WorkAsync();

        await traffic.ShouldBeFaultlessAsync("standby promoted");
    }
}
