using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

public sealed class SqliteAuditDetailsTests
{
    [Fact]
    [Contract("OI-119", "HTT-175")]
    public async Task Members_of_a_dialect_come_back_as_the_texts_and_numbers_that_they_were()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new SqliteStore(directory.File("gatehouse.db"), new StoreOptions(), TimeProvider.System);
        await store.MigrateAsync(default);
        var audit = new AuditEvent { Time = DateTimeOffset.UnixEpoch, Event = AuditEvents.SignIn, Outcome = AuditOutcomes.Accepted };
        await store.Audit.AppendAsync(
            [audit, audit with { Details = audit.Details.Add("txn", "4\"2é\u0001"), Numbers = audit.Numbers.Add("number", (1L << 53) - 1) }, audit with { Details = audit.Details.Add("type", "9") }],
            default);

        var rows = await store.Audit.ReadAsync(0, null, 10, default);

        (rows[0] with { Number = 0 }).ShouldBe(audit);
        rows[1].Details["txn"].ShouldBe("4\"2é\u0001");
        rows[1].Numbers["number"].ShouldBe((1L << 53) - 1);
        rows[2].Details["type"].ShouldBe("9");
        rows[2].Numbers.ShouldBeEmpty();
    }
}
