using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests;

public sealed class FirstConversationTests
{
    [Fact]
    [Contract("ARS-15", "ARS-68", "ARS-79", "ARS-80")]
    public async Task Admin_of_the_first_start_logs_in_calls_and_logs_out()
    {
        await using var server = await GatehouseServer.StartAsync();
        await using var client = await WireClient.ConnectAsync(server.Https);
        var form = $"username=admin&password={server.AdminPassword}";

        await client.SendAsync($"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {form.Length}\r\n\r\n{form}");
        var login = await client.ReadAnswerAsync();
        login.Status.ShouldBe(200);

        await client.SendAsync($"GET /api/arsys/v1/entry/x HTTP/1.1\r\nHost: x\r\nAuthorization: AR-JWT {login.Text}\r\n\r\n");
        var call = await client.ReadAnswerAsync();
        call.Status.ShouldBe(200);
        call.Text.ShouldStartWith("""{"user":"admin","dialect":"ar-system","method":"ar-jwt","tenant":null,"scope":null,"tenants":["DEFAULTORG"],"impersonator":null,"session":""");

        await client.SendAsync($"POST /api/jwt/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nAuthorization: AR-JWT {login.Text}\r\n\r\n");
        (await client.ReadAnswerAsync()).Status.ShouldBe(204);

        await client.SendAsync($"GET /api/arsys/v1/entry/x HTTP/1.1\r\nHost: x\r\nAuthorization: AR-JWT {login.Text}\r\n\r\n");
        (await client.ReadAnswerAsync()).Status.ShouldBe(401);
    }
}
