using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Client.Tests;

/// <summary>Sessions whose time is short: renewed by the answer's own numbers, so that no call meets a dead one.</summary>
public sealed class ExpiryTests
{
    [Theory]
    [InlineData("ar-system", "Dialects:ArSystem:TokenLifetimeSeconds")]
    [InlineData("proactivenet", "Dialects:ProactiveNet:LoginExpirySeconds")]
    [Contract("ARS-37", "PN-34")]
    public async Task Token_is_renewed_before_it_expires(string dialect, string option)
    {
        await using var server = await GatehouseServer.StartAsync((option, "2"));
        var (test, _, wire, client) = Held(DialectCase.Of(dialect), "admin", server.Https, server.AdminPassword);
        using (client)
        {
            var sessions = new HashSet<string>(StringComparer.Ordinal);
            while (sessions.Count < 3)
            {
                sessions.Add((await SignedInTests.EchoAsync(client, test)).GetProperty("session").GetString()!);
                await Task.Delay(20);
            }

            wire.Seen.ShouldAllBe(request => request.Status == 200);
            wire.CountOf(test.SignInPath).ShouldBe(sessions.Count);
        }
    }

    [Fact]
    [Contract("OI-46", "OI-57", "OI-59")]
    public async Task Idle_session_is_refreshed_without_the_password()
    {
        await using var server = await GatehouseServer.StartAsync(("Dialects:OperationalIntelligence:IdleTimeoutSeconds", "1"));
        var (test, _, wire, client) = Held(DialectCase.Of("operational-intelligence"), "admin", server.Https, server.AdminPassword);
        using (client)
        {
            await SignedInTests.EchoAsync(client, test);
            await Task.Delay(1_200);
            await SignedInTests.EchoAsync(client, test);

            wire.Seen.ShouldAllBe(request => request.Status == 200);
            wire.Seen.Where(request => request.Path == test.SignInPath).Select(request => request.Form!.Split('&')[0])
                .ShouldBe(["grant_type=PASSWORD", "grant_type=REFRESH_TOKEN"]);
        }
    }

    internal static (DialectCase Test, SignedInHandler Handler, RecordingHandler Wire, HttpClient Client) Held(DialectCase test, string name, Uri address, string password)
    {
        var handler = test.Handler(address, name, password);
        var wire = new RecordingHandler();
        handler.InnerHandler = wire;
        return (test, handler, wire, new HttpClient(handler) { BaseAddress = address });
    }
}
