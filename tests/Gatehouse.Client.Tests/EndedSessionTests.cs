using System.Net;
using System.Text;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Client.Tests;

/// <summary>Sessions that end in the middle: by the operator, by a power cut.</summary>
public sealed class EndedSessionTests : IAsyncLifetime
{
    private GateServer _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _gate = new GateServer();
        await _gate.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    [Contract("ARS-110", "PN-110", "OI-108", "MIC-77", "REP-93")]
    public async Task Revoked_session_is_replaced_on_the_next_call()
    {
        var name = await _gate.AddRobotAsync();
        foreach (var test in DialectCase.All)
        {
            await using var handler = test.Handler(_gate.Server.Https, name, GateServer.Password);
            var wire = new RecordingHandler();
            handler.InnerHandler = wire;
            using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = _gate.Server.Https };
            var before = (await SignedInTests.EchoAsync(client, test)).GetProperty("session").GetString();
            await RevokeAllAsync();

            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SignedInTests.EchoAsync(client, test, SignedInTests.Buffered())));

            var after = answers.Select(answer => answer.GetProperty("session").GetString()).Distinct().ToList();
            after.Count.ShouldBe(1, test.Id);
            after[0].ShouldNotBe(before, test.Id);
            wire.Seen.Count(request => request.Path == test.SignInPath && request.Status is 200 or 201).ShouldBeGreaterThanOrEqualTo(2, test.Id);
            (await _gate.SessionsAsync(name, test.Id)).Count.ShouldBe(1, test.Id);
        }
    }

    [Fact]
    public async Task Body_that_cannot_be_sent_twice_is_not_and_the_next_call_signs_in_anew()
    {
        var name = await _gate.AddRobotAsync();
        foreach (var test in DialectCase.All)
        {
            await using var handler = test.Handler(_gate.Server.Https, name, GateServer.Password);
            handler.InnerHandler = new RecordingHandler();
            using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = _gate.Server.Https };
            await SignedInTests.EchoAsync(client, test);
            await RevokeAllAsync();

            using var stream = new MemoryStream(Encoding.UTF8.GetBytes("{}"));
            using var refused = await client.PostAsync(test.Path, new StreamContent(stream));
            refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, test.Id);

            using var next = new MemoryStream(Encoding.UTF8.GetBytes("{}"));
            using var accepted = await client.PostAsync(test.Path, new StreamContent(next));
            accepted.StatusCode.ShouldBe(HttpStatusCode.OK, test.Id);
        }
    }

    [Fact]
    [Contract("ARS-39", "PN-36", "OI-56", "MIC-74", "REP-95")]
    public async Task Server_that_is_killed_and_started_again_knows_the_session()
    {
        var name = await _gate.AddRobotAsync();
        var open = DialectCase.All.Select(test => Held(test, name)).ToList();
        var before = new List<string?>();
        foreach (var (test, _, _, client) in open)
        {
            before.Add((await SignedInTests.EchoAsync(client, test)).GetProperty("session").GetString());
        }

        await _gate.Server.KillAsync();
        var (fresh, _, freshWire, freshClient) = Held(DialectCase.All[0], name);
        await Should.ThrowAsync<SignInUnavailableException>(() => freshClient.GetAsync(fresh.Path));
        foreach (var (test, _, _, client) in open)
        {
            (await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(test.Path))).ShouldNotBeAssignableTo<SignInException>();
        }

        await using var again = await GatehouseServer.StartOnAsync(_gate.Server.Data, ("Dialects:ArSystem:SingleComputer", "false"));
        for (var index = 0; index < open.Count; index++)
        {
            var (test, _, wire, client) = open[index];
            wire.MovedTo = again.Https;
            (await SignedInTests.EchoAsync(client, test)).GetProperty("session").GetString().ShouldBe(before[index], test.Id);
        }

        freshWire.MovedTo = again.Https;
        await WhenPauseIsOverAsync(freshClient, fresh);
        open.ForEach(held => held.Client.Dispose());
        freshClient.Dispose();
    }

    private async Task RevokeAllAsync()
    {
        (await _gate.Server.RunAsync("session", "revoke", "--all")).ExitCode.ShouldBe(0);

        // The server hears of it within a second; until then the old session would be accepted.
        await Task.Delay(1_000);
    }

    private static async Task WhenPauseIsOverAsync(HttpClient client, DialectCase test)
    {
        try
        {
            await SignedInTests.EchoAsync(client, test);
        }
        catch (SignInUnavailableException exception)
        {
            await Task.Delay(exception.RetryAfter + TimeSpan.FromMilliseconds(50));
            await SignedInTests.EchoAsync(client, test);
        }
    }

    private (DialectCase Test, SignedInHandler Handler, RecordingHandler Wire, HttpClient Client) Held(DialectCase test, string name) =>
        ExpiryTests.Held(test, name, _gate.Server.Https, GateServer.Password);
}
