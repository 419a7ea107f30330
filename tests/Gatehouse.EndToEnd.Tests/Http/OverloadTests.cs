using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>What happens when a source guesses too much, more hashes are wanted than there are lanes, or the store does not answer.</summary>
public sealed class OverloadTests : IAsyncLifetime
{
    private Gate _gate = null!;

    public async ValueTask InitializeAsync() => _gate = await Gate.StartAsync(
        ("Passwords:Lanes", "1"), ("Passwords:Queue", "0"), ("Throttle:SourceLimit", "10"), ("Store:BusySeconds", "1"));

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    [Contract("HTT-83", "HTT-99", "ARS-50", "ATK-49")]
    public async Task More_checks_than_lanes_are_503_and_no_guess_while_tokens_work()
    {
        await _gate.AddAsync("flood-live");
        await _gate.AddAsync("flood-right");
        var token = await _gate.TokenAsync("flood-live");
        var flood = Enumerable.Range(0, 24).Select(i => _gate.LogInAsync($"flood-{i}", "a wrong password", "127.0.0.21")).ToList();

        (await _gate.CallAsync(token)).ShouldBeEchoOf("flood-live");
        var answers = await Task.WhenAll(flood);

        var busy = answers.Where(answer => answer.Status == 503).ToList();
        busy.ShouldNotBeEmpty();
        busy.ForEach(answer => answer.ShouldBeUnavailable());
        busy.ShouldAllBe(answer => answer.Header("Retry-After") == "1");
        answers.ShouldAllBe(answer => answer.Status == 503 || answer.Status == 401 || answer.Status == 429);
        answers.ShouldContain(answer => answer.Status == 401);

        // Given back: whoever was turned away may try again at once.
        (await _gate.LogInAsync("flood-right", from: "127.0.0.22")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("HTT-97")]
    public async Task A_source_that_guesses_too_much_is_429_and_others_are_not()
    {
        await _gate.AddAsync("source-live");
        var token = await _gate.TokenAsync("source-live", from: "127.0.0.31");
        for (var i = 0; i < 10; i++)
        {
            (await _gate.LogInAsync($"source-{i}", "a wrong password", "127.0.0.31")).Status.ShouldBe(401);
        }

        (await _gate.LogInAsync("source-fresh", "a wrong password", "127.0.0.31")).ShouldBeTooMany();
        (await _gate.SendAsync(ArRequests.Call(token), "127.0.0.31")).ShouldBeEchoOf("source-live");
        (await _gate.LogInAsync("source-fresh", "a wrong password", "127.0.0.32")).Status.ShouldBe(401);
    }

    [Fact]
    [Contract("ARS-50", "ARS-83", "HTT-31", "HTT-99", "HTT-112", "HTT-119", "ATK-16")]
    public async Task While_the_store_takes_no_writes_nothing_is_pretended()
    {
        await _gate.AddAsync("busy");
        await _gate.AddAsync("busy-2");
        var token = await _gate.TokenAsync("busy");
        await using (var connection = new SqliteConnection($"Data Source={_gate.StoreFile};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync();

            (await _gate.CallAsync(token)).ShouldBeEchoOf("busy");
            var pending = new[] { _gate.LogInAsync("busy-2"), _gate.LogInAsync("busy-2", "a wrong password"), _gate.LogInAsync("busy"), _gate.LogOutAsync(token) };
            foreach (var answer in await Task.WhenAll(pending))
            {
                answer.ShouldBeUnavailable();
            }

            var ready = await _gate.SendAsync(ArRequests.Request("GET", "/health/ready"));
            (ready.Status, ready.Text).ShouldBe((503, """{"status":"unavailable"}"""));
            ready.Header("Retry-After").ShouldNotBeNull();
            (await _gate.SendAsync(ArRequests.Request("GET", "/health/live"))).Status.ShouldBe(200);

            (await _gate.CallAsync(token)).ShouldBeEchoOf("busy");
            (await _gate.SessionsAsync("busy")).Count.ShouldBe(1);
            (await _gate.Server.RunAsync("account", "disable", "busy")).ExitCode.ShouldBe(3);
        }

        (await _gate.CallAsync(token)).ShouldBeEchoOf("busy");
        await Eventually.TrueAsync(async () => (await _gate.SendAsync(ArRequests.Request("GET", "/health/ready"))).Status == 200);
        (await _gate.LogInAsync("busy-2")).Status.ShouldBe(200);
        (await _gate.LogOutAsync(token)).Status.ShouldBe(204);
        (await _gate.CallAsync(token)).ShouldBe623();
        (await _gate.AuditAsync("busy-2", row => row.Outcome == "unavailable")).First(row => row.Outcome == "unavailable").Reason.ShouldBe("unavailable");
    }
}
