using System.Collections.Immutable;
using Gatehouse.Core.Audit;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

public abstract class AuditStoreConformance(StoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    [Contract("HTT-175")]
    public async Task Event_with_every_member_survives_a_restart()
    {
        var audit = new AuditEvent
        {
            Time = Now,
            Event = AuditEvents.SignIn,
            Outcome = AuditOutcomes.Refused,
            Account = "alice",
            Name = "Älice \"x\"",
            Dialect = Dialect,
            Method = "ar-jwt",
            Tenant = "north",
            Source = "192.0.2.7",
            Session = "01KQHPHXG03YJJ9FDMN2EYGBQQ",
            Reason = AuditReasons.BadCredentials,
            Details = ImmutableSortedDictionary<string, string?>.Empty.Add("b", "2").Add("a", "1").Add("c", null),
        };
        await Store.Audit.AppendAsync([audit], default);

        await RestartAsync();

        var read = (await AuditAsync()).ShouldHaveSingleItem();
        read.Details.ShouldBe(audit.Details);
        (read with { Number = 0, Details = audit.Details }).ShouldBe(audit);
    }

    [Fact]
    public async Task Event_with_no_optional_member_reads_back()
    {
        await Store.Audit.AppendAsync([Event(AuditEvents.Start)], default);

        (await AuditAsync()).ShouldHaveSingleItem().ShouldBe(Event(AuditEvents.Start) with { Number = (await AuditAsync())[0].Number });
    }

    [Fact]
    public async Task Events_are_read_in_their_order_from_where_the_caller_stopped()
    {
        await Store.Audit.AppendAsync([.. Enumerable.Range(0, 5).Select(i => Event(reason: $"{i}"))], default);

        var first = await Store.Audit.ReadAsync(0, null, 2, default);
        var rest = await Store.Audit.ReadAsync(first[^1].Number, null, 10, default);

        first.Select(audit => audit.Reason).ShouldBe(["0", "1"]);
        rest.Select(audit => audit.Reason).ShouldBe(["2", "3", "4"]);
        rest.Select(audit => audit.Number).ShouldBeInOrder();
        (await Store.Audit.ReadAsync(rest[^1].Number, null, 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_since_a_moment_includes_that_moment()
    {
        await Store.Audit.AppendAsync([Event(reason: "before")], default);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Store.Audit.AppendAsync([Event(reason: "then")], default);
        var since = Now;
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Store.Audit.AppendAsync([Event(reason: "after")], default);

        (await Store.Audit.ReadAsync(0, since, 10, default)).Select(audit => audit.Reason).ShouldBe(["then", "after"]);
    }

    [Fact]
    public async Task Purge_deletes_the_oldest_first_and_only_what_is_older()
    {
        await Store.Audit.AppendAsync([Event(reason: "oldest")], default);
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Store.Audit.AppendAsync([Event(reason: "old")], default);
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Store.Audit.AppendAsync([Event(reason: "young")], default);

        (await Store.Audit.PurgeAsync(Now, 1, default)).ShouldBe(1);
        (await Store.Audit.ReadAsync(0, null, 10, default)).Select(audit => audit.Reason).ShouldBe(["old", "young"]);
        (await Store.Audit.PurgeAsync(Now, 10, default)).ShouldBe(1);
        (await Store.Audit.ReadAsync(0, null, 10, default)).Select(audit => audit.Reason).ShouldBe(["young"]);
    }

    [Fact]
    public async Task Batches_of_two_nodes_at_once_stay_in_their_own_order()
    {
        var other = await OpenAnotherAsync();

        await AtOnceAsync(6, async i =>
        {
            await (i % 2 == 0 ? Store : other).Audit.AppendAsync([.. Enumerable.Range(0, 10).Select(n => Event($"batch-{i}", $"{n}"))], default);
            return true;
        });

        var batches = (await AuditAsync()).ToLookup(audit => audit.Event, audit => audit.Reason);
        batches.Count.ShouldBe(6);
        batches.ShouldAllBe(batch => batch.SequenceEqual(Enumerable.Range(0, 10).Select(n => $"{n}")));
    }
}
