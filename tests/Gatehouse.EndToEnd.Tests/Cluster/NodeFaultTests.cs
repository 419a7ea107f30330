using System.Diagnostics;
using System.Net;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>Nodes that are killed, stopped, and cut off from the store, while others work; and a store that is killed under them.</summary>
[Collection(Group.Collection)]
public sealed class NodeFaultTests(NodeFaultTests.Nodes nodes) : IClassFixture<NodeFaultTests.Nodes>
{
    private Group Group => nodes.Group;

    [Theory]
    [InlineData((int)Product.ArSystem)]
    [InlineData((int)Product.ProactiveNet)]
    [Contract("ARS-109", "PN-37", "HTT-102")]
    public async Task Token_of_any_node_works_on_all_and_behind_nginx_until_it_is_ended_on_any(int product)
    {
        await using var traffic = new Traffic(Group, Group.StaleAfter);
        for (var i = 0; i < Group.Nodes.Count; i++)
        {
            var ticket = (await traffic.SignInAsync(Group.Nodes[i].Http, (Product)product, 0)).ShouldNotBeNull();
            foreach (var at in Group.Nodes.Select(node => node.Http).Append(Group.Door))
            {
                (await traffic.CallAsync(at, ticket, Group.StaleAfter)).ShouldBe(HttpStatusCode.OK);
            }

            (await traffic.SignOutAsync(Group.Nodes[(i + 1) % Group.Nodes.Count].Http, ticket)).ShouldBeTrue();
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        await traffic.ShouldBeFaultlessAsync($"{(Product)product} on three nodes");
    }

    [Fact]
    [Contract("HTT-102", "HTT-107")]
    public async Task Node_that_is_killed_under_load_takes_nothing_with_it()
    {
        await using var traffic = new Traffic(Group, Group.StaleAfter);
        traffic.Start();
        await traffic.WorkAsync();

        await Group.Nodes[1].KillAsync();
        await traffic.WorkAsync();
        await Group.ReplaceAsync(1);
        await traffic.WorkAsync();

        await traffic.ShouldBeFaultlessAsync("node killed and replaced");
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Node_that_stood_still_accepts_nothing_that_was_ended_meanwhile()
    {
        await using var traffic = new Traffic(Group, Group.StaleAfter);
        var (still, other) = (Group.Nodes[2], Group.Nodes[0].Http);
        var tickets = await WarmAsync(traffic, still.Http);

        await still.PauseAsync();
        List<(Ticket Ticket, Task<HttpStatusCode> Answer)> asked;
        try
        {
            foreach (var ticket in tickets.Take(tickets.Count / 2))
            {
                (await traffic.SignOutAsync(other, ticket)).ShouldBeTrue();
            }

            // Asked while it stands still: it reads these the moment it wakes.
            asked = [.. tickets.Select(ticket => (ticket, traffic.CallAsync(still.Http, ticket, TimeSpan.Zero)))];
            await Task.Delay(Group.StaleAfter + TimeSpan.FromMilliseconds(500));
        }
        finally
        {
            await still.ResumeAsync();
        }

        foreach (var (ticket, answer) in asked)
        {
            (await answer).ShouldBe(ticket.Revoked == 0 ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        }

        await traffic.ShouldBeFaultlessAsync("node stopped and continued");
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Node_that_is_stopped_in_the_middle_of_its_work_goes_on_without_a_wrong_accept()
    {
        await using var traffic = new Traffic(Group, Group.StaleAfter);
        traffic.Start();
        await traffic.WorkAsync();

        // It may hold locks of the store: the store takes them back after the busy time.
        await Group.Nodes[1].PauseAsync();
        await Task.Delay(Group.Busy + TimeSpan.FromSeconds(1));
        await Group.Nodes[1].ResumeAsync();
        await traffic.WorkAsync();

        await traffic.ShouldBeFaultlessAsync("node stopped and continued under load");
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Node_that_is_cut_off_from_the_store_stops_accepting_and_comes_back_without_a_wrong_accept()
    {
        await using var traffic = new Traffic(Group, Group.OutageGrace);
        var (lonely, wire, other) = (Group.Nodes[2].Http, Group.Wires[2], Group.Nodes[0].Http);
        var tickets = await WarmAsync(traffic, lonely);

        wire.FallSilent();
        var cut = Stopwatch.GetTimestamp();
        try
        {
            foreach (var ticket in tickets.Take(tickets.Count / 2))
            {
                (await traffic.SignOutAsync(other, ticket)).ShouldBeTrue();
            }

            // Without news it goes on for a while, then it says that it cannot know.
            while (Stopwatch.GetElapsedTime(cut) < Group.OutageGrace + TimeSpan.FromSeconds(1))
            {
                await Task.WhenAll(tickets.Select(ticket => traffic.CallAsync(lonely, ticket, Group.OutageGrace)));
                await Task.Delay(100);
            }

            foreach (var answer in await Task.WhenAll(tickets.Take(4).Select(ticket => traffic.CallAsync(lonely, ticket, Group.OutageGrace))))
            {
                answer.ShouldBe(HttpStatusCode.ServiceUnavailable);
            }
        }
        finally
        {
            wire.Speak();
        }

        // From the first answer on that is an answer.
        await Servers.Eventually.TrueAsync(async () => (await Task.WhenAll(tickets.Select(ticket => traffic.CallAsync(lonely, ticket, TimeSpan.Zero)))).All(answer => answer is HttpStatusCode.OK or HttpStatusCode.Unauthorized));
        await traffic.ShouldBeFaultlessAsync("node cut off from the store");
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Node_whose_wire_comes_back_within_the_grace_learns_at_once_what_was_ended()
    {
        await using var traffic = new Traffic(Group, Group.OutageGrace);
        var (lonely, wire, other) = (Group.Nodes[2].Http, Group.Wires[2], Group.Nodes[0].Http);
        var tickets = await WarmAsync(traffic, lonely);

        wire.FallSilent();
        try
        {
            foreach (var ticket in tickets.Take(tickets.Count / 2))
            {
                (await traffic.SignOutAsync(other, ticket)).ShouldBeTrue();
            }

            await Task.Delay(Group.StaleAfter);
        }
        finally
        {
            wire.Speak();
        }

        await Task.Delay(Group.StaleAfter);
        foreach (var ticket in tickets)
        {
            (await traffic.CallAsync(lonely, ticket, TimeSpan.Zero)).ShouldBe(ticket.Revoked == 0 ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        }

        await traffic.ShouldBeFaultlessAsync("node cut off for a moment");
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Store_that_is_killed_under_load_comes_back_with_all_that_was_confirmed()
    {
        // What was confirmed in the moment before the kill may be news that no node has read: they believe their memory for the grace.
        await using var traffic = new Traffic(Group, Group.OutageGrace);
        traffic.Start();
        await traffic.WorkAsync();

        await Group.Postgres.KillAsync();
        await Task.Delay(Traffic.Phase);
        await Group.Postgres.StartAgainAsync();
        await Group.ReadyAsync();
        await traffic.WorkAsync();

        await traffic.ShouldBeFaultlessAsync("PostgreSQL killed and restarted");
    }

    /// <summary>Tokens that a node has in memory.</summary>
    private async Task<List<Ticket>> WarmAsync(Traffic traffic, Uri node)
    {
        var tickets = new List<Ticket>();
        for (var i = 0; i < 12; i++)
        {
            var ticket = (await traffic.SignInAsync(Group.Nodes[0].Http, (Product)(i % 2), i % Group.Accounts)).ShouldNotBeNull();
            (await traffic.CallAsync(node, ticket, Group.StaleAfter)).ShouldBe(HttpStatusCode.OK);
            tickets.Add(ticket);
        }

        return tickets;
    }

    public sealed class Nodes : IAsyncLifetime
    {
        public Group Group { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Group = await Group.StartAsync();

        public ValueTask DisposeAsync() => Group.DisposeAsync();
    }
}
