using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.Client.ArSystem;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Client.Tests;

/// <summary>Each dialect's handler against the server's own dialect, over real sockets.</summary>
public sealed class SignedInTests(GateServer gate) : IClassFixture<GateServer>
{
    [Theory]
    [MemberData(nameof(DialectCase.Ids), MemberType = typeof(DialectCase))]
    [Contract("ARS-15", "ARS-68", "PN-10", "PN-46", "OI-11", "OI-70", "OI-82", "MIC-36", "MIC-88", "REP-31", "REP-55")]
    public async Task Calls_share_one_session_that_the_first_one_starts(string dialect)
    {
        var (test, name) = (DialectCase.Of(dialect), await gate.AddRobotAsync());
        await using var handler = Open(test, name, out var wire);
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = gate.Server.Https };

        wire.Seen.ShouldBeEmpty("nothing is asked before it is needed");
        var first = await EchoAsync(client, test);
        var second = await EchoAsync(client, test);

        first.GetProperty("user").GetString().ShouldBe(name);
        first.GetProperty("dialect").GetString().ShouldBe(dialect);
        first.GetProperty("method").GetString().ShouldBe(test.Method);
        second.GetProperty("session").GetString().ShouldBe(first.GetProperty("session").GetString());
        wire.CountOf(test.SignInPath).ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(DialectCase.Ids), MemberType = typeof(DialectCase))]
    public async Task Parallel_first_calls_make_one_session(string dialect)
    {
        var (test, name) = (DialectCase.Of(dialect), await gate.AddRobotAsync());
        await using var handler = Open(test, name, out var wire);
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = gate.Server.Https };

        var sessions = await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ => (await EchoAsync(client, test)).GetProperty("session").GetString()));

        wire.CountOf(test.SignInPath).ShouldBe(1);
        sessions.Distinct().Count().ShouldBe(1);
        (await gate.SessionsAsync(name, dialect)).ShouldBe([sessions[0]!]);
    }

    [Theory]
    [MemberData(nameof(DialectCase.Ids), MemberType = typeof(DialectCase))]
    [Contract("ARS-79", "ARS-80", "PN-78", "MIC-39", "REP-65")]
    public async Task Dispose_ends_the_session(string dialect)
    {
        var (test, name) = (DialectCase.Of(dialect), await gate.AddRobotAsync());
        var handler = Open(test, name, out _);
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = gate.Server.Https };
        await EchoAsync(client, test);

        await handler.DisposeAsync();

        (await gate.SessionsAsync(name, dialect)).Count.ShouldBe(test.SignsOut ? 0 : 1);
        await Should.ThrowAsync<ObjectDisposedException>(() => client.GetAsync(test.Path));
    }

    [Theory]
    [MemberData(nameof(DialectCase.Ids), MemberType = typeof(DialectCase))]
    [Contract("ARS-41", "PN-28", "OI-31", "MIC-24", "REP-28")]
    public async Task Wrong_password_is_sent_once(string dialect)
    {
        var (test, name) = (DialectCase.Of(dialect), await gate.AddRobotAsync());
        await using var handler = test.Handler(gate.Server.Https, name, "not the password at all");
        var wire = new RecordingHandler();
        handler.InnerHandler = wire;
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = gate.Server.Https };

        for (var call = 0; call < 20; call++)
        {
            var refusal = await Should.ThrowAsync<SignInRefusedException>(() => client.GetAsync(test.Path));
            refusal.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            refusal.RetryAfter.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
            refusal.ToString().ShouldNotContain("not the password at all");
        }

        wire.Seen.Count.ShouldBe(1);
    }

    [Fact]
    [Contract("ARS-95", "ARS-98")]
    public async Task Acting_as_another_user_holds_for_one_request()
    {
        var (test, name) = (DialectCase.Of("ar-system"), await gate.AddRobotAsync());
        await using var handler = Open(test, "boss", out _);
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = gate.Server.Https };
        using var request = new HttpRequestMessage(HttpMethod.Get, test.Path).ActingAs(name);

        using var answer = await client.SendAsync(request);
        var acting = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        var next = await EchoAsync(client, test);

        acting.GetProperty("user").GetString().ShouldBe(name);
        acting.GetProperty("impersonator").GetString().ShouldBe("boss");
        next.GetProperty("user").GetString().ShouldBe("boss");
        next.GetProperty("impersonator").ValueKind.ShouldBe(JsonValueKind.Null);
        request.Headers.ShouldBeEmpty("neither the token nor the name stays on the message");
    }

    [Theory]
    [MemberData(nameof(DialectCase.Ids), MemberType = typeof(DialectCase))]
    public async Task Account_with_blanks_and_signs_in_its_password_signs_in(string dialect)
    {
        const string Odd = "100% a+b&c=d \"ü€\" /:{}";
        var test = DialectCase.Of(dialect);
        var name = $"odd{Guid.NewGuid():N}";
        await gate.Server.AddAccountAsync(name, Odd, "--tenant", "DEFAULTORG");
        await using var handler = test.Handler(gate.Server.Https, name, Odd);
        handler.InnerHandler = new RecordingHandler();
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = gate.Server.Https };

        (await EchoAsync(client, test)).GetProperty("user").GetString().ShouldBe(name);
    }

    private SignedInHandler Open(DialectCase test, string name, out RecordingHandler wire)
    {
        var handler = test.Handler(gate.Server.Https, name, GateServer.Password);
        handler.InnerHandler = wire = new RecordingHandler();
        return handler;
    }

    internal static async Task<JsonElement> EchoAsync(HttpClient client, DialectCase test, HttpContent? body = null)
    {
        using var answer = body is null ? await client.GetAsync(test.Path) : await client.PostAsync(test.Path, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    internal static ByteArrayContent Buffered() => new(Encoding.UTF8.GetBytes("{}")) { Headers = { ContentType = new("application/json") } };
}
