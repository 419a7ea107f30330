using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>ARS-61: <c>AllowTakeOver</c>.</summary>
public sealed class TakeOverTests : IAsyncLifetime
{
    private const string First = "127.0.0.1";
    private const string Second = "127.0.0.2";
    private const string Third = "127.0.0.3";
    private Gate _gate = null!;

    public async ValueTask InitializeAsync() => _gate = await Gate.StartAsync(("Dialects:ArSystem:AllowTakeOver", "true"));

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    [Contract("ARS-61", "ARS-121", "HTT-176")]
    public async Task The_second_computer_ends_the_first_and_the_third_is_too_soon()
    {
        await _gate.AddAsync("takeover");
        var one = await _gate.TokenAsync("takeover", from: First);
        var two = await _gate.TokenAsync("takeover", from: First);

        var taken = await _gate.TokenAsync("takeover", from: Second);

        (await _gate.CallAsync(one)).ShouldBe623();
        (await _gate.CallAsync(two)).ShouldBe623();
        (await _gate.CallAsync(taken)).ShouldBeEchoOf("takeover");
        (await _gate.LogInAsync("takeover", from: Third)).ShouldBeError(500, 9084, "User is currently connected from another machine", "\"takeover\"");
        (await _gate.LogInAsync("takeover", from: First)).ShouldBeError(500, 9084, "User is currently connected from another machine", "\"takeover\"");
        (await _gate.CallAsync(taken)).ShouldBeEchoOf("takeover");

        // Whoever has the seat takes nothing over, however often he comes.
        var again = await _gate.TokenAsync("takeover", from: Second);
        (await _gate.CallAsync(taken)).ShouldBeEchoOf("takeover");
        (await _gate.CallAsync(again)).ShouldBeEchoOf("takeover");
        (await _gate.LogInAsync("takeover", "a wrong password", Third)).ShouldBe623("\"takeover\"");

        var rows = await _gate.AuditAsync("takeover", row => row.Event == "take-over");
        rows.Where(row => row.Event == "take-over").ShouldHaveSingleItem().Source.ShouldBe(Second);
        rows.Count(row => row is { Event: "sign-in", Outcome: "accepted" }).ShouldBe(4);
    }

    [Fact]
    [Contract("ARS-61", "ARS-60")]
    public async Task Of_many_computers_at_once_one_holds_the_seat_in_the_end()
    {
        await _gate.AddAsync("takeover-race");
        await _gate.TokenAsync("takeover-race", from: First);

        var answers = await Task.WhenAll(Enumerable.Range(11, 6).Select(i => _gate.LogInAsync("takeover-race", from: $"127.0.0.{i}")));

        answers.Count(answer => answer.Status == 200).ShouldBe(1);
        (await _gate.SessionsAsync("takeover-race")).ShouldHaveSingleItem();
    }
}
