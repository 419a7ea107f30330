using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 9: <c>X-AR-*</c>.</summary>
public sealed class ArHeaderTests(Gates gates)
{
    [Theory]
    [InlineData("X-AR-Client-Type: 9")]
    [InlineData("X-AR-Client-Type: 0000000009")]
    [InlineData("X-AR-Client-Type: 2147483647")]
    [InlineData("X-AR-RPC-Queue: 390600")]
    [InlineData("X-AR-RPC-Queue: 390694")]
    [InlineData("X-AR-Timeout: 1")]
    [InlineData("X-AR-Timeout: 999999999")]
    [InlineData("X-AR-Timeout: 000000001")]
    [InlineData("X-AR-Trace-Id: abc\r\nX-AR-TR-Core-Id: {}!~\r\nX-AR-TR-Counter: 1\r\nX-AR-TR-Is-Counter-Locked: true")]
    [InlineData("X-AR-Trace-Id: a b\r\nX-AR-TR-Counter: x\r\nX-AR-TR-Is-Counter-Locked: TRUE")]
    [InlineData("X-AR-Trace-Id: a\r\nX-AR-Trace-Id: b")]
    [InlineData("X-AR-Unknown: whatever")]
    [InlineData("Connection: keep-alive")]
    [InlineData("Connection: X-Trace, Upgrade-Insecure-Requests")]
    [Contract("ARS-91", "ARS-92", "ARS-93", "ARS-94", "ARS-97")]
    public async Task These_are_good_or_dropped(string headers)
    {
        var (gate, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Call(token, headers: headers))).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("2147483648")]
    [InlineData("00000000009")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("0x9")]
    [InlineData("nine")]
    [InlineData("9 9")]
    [InlineData("9,9")]
    [InlineData("")]
    [InlineData("\u00b2")]
    [Contract("ARS-91")]
    public async Task A_bad_client_type_is_8732_at_login_and_at_calls(string value)
    {
        var (gate, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Call(token, headers: $"X-AR-Client-Type: {value}"))).ShouldBeError(400, 8732, "Invalid client type", "\"X-AR-Client-Type\"");
        (await gate.SendAsync(ArRequests.Login("anybody", "any password at all", $"X-AR-Client-Type: {value}"))).ShouldBeError(400, 8732, "Invalid client type", "\"X-AR-Client-Type\"");
    }

    [Theory]
    [InlineData("X-AR-RPC-Queue: 390599", "X-AR-RPC-Queue")]
    [InlineData("X-AR-RPC-Queue: 390695", "X-AR-RPC-Queue")]
    [InlineData("X-AR-RPC-Queue: 0390600", "X-AR-RPC-Queue")]
    [InlineData("X-AR-RPC-Queue:", "X-AR-RPC-Queue")]
    [InlineData("X-AR-RPC-Queue: fast", "X-AR-RPC-Queue")]
    [InlineData("X-AR-Timeout: 0", "X-AR-Timeout")]
    [InlineData("X-AR-Timeout: 000", "X-AR-Timeout")]
    [InlineData("X-AR-Timeout: -1", "X-AR-Timeout")]
    [InlineData("X-AR-Timeout: 1s", "X-AR-Timeout")]
    [InlineData("X-AR-Timeout: 1000000000", "X-AR-Timeout")]
    [InlineData("X-AR-Timeout:", "X-AR-Timeout")]
    [InlineData("X-AR-Client-Type: 1\r\nX-AR-Client-Type: 1", "X-AR-Client-Type")]
    [InlineData("X-AR-RPC-Queue: 390600\r\nX-AR-RPC-Queue: 390600", "X-AR-RPC-Queue")]
    [InlineData("X-AR-Timeout: 5\r\nx-ar-timeout: 5", "X-AR-Timeout")]
    [InlineData("Connection: X-AR-Impersonated-User", "Connection")]
    [InlineData("Connection: X-Trace, x-ar-client-type", "Connection")]
    [InlineData("Connection: Authorization", "Connection")]
    [InlineData("Connection: X-Trace\r\nConnection: authorization", "Connection")]
    [Contract("ARS-91", "ARS-92", "ARS-93", "ARS-97", "ATK-29")]
    public async Task Bad_and_doubled_ones_are_400_and_name_the_header(string headers, string at)
    {
        var (gate, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Call(token, headers: headers))).ShouldBeMalformed(at);

        // Only after the token was accepted.
        (await gate.SendAsync(ArRequests.Call("garbage", headers: headers))).ShouldBe623();
    }

    [Theory]
    [InlineData("Connection: keep-alive, X-AR-Impersonated-User, Authorization")]
    [InlineData("Connection: X-AR-Impersonated-User, keep-alive")]
    [Contract("ARS-97", "ATK-29")]
    public async Task Together_with_keep_alive_the_web_server_forgets_the_rest_and_nothing_is_named_away(string header)
    {
        var gate = await gates.Default;
        var name = $"named-away-{Guid.NewGuid():N}";
        await gate.AddAsync(name, Core.Accounts.Roles.Administrator);

        (await gate.SendAsync(ArRequests.CallAs(await gate.TokenAsync(name), "admin", header))).ShouldBeEchoOf("admin", impersonator: name);
    }

    [Fact]
    [Contract("ARS-91")]
    public async Task A_doubled_client_type_at_login_is_400() =>
        (await (await gates.Default).SendAsync(ArRequests.Login("anybody", "any password at all", "X-AR-Client-Type: 1", "X-AR-Client-Type: 1"))).ShouldBeMalformed("X-AR-Client-Type");

    [Fact]
    [Contract("ARS-91", "ARS-121")]
    public async Task The_client_type_is_kept_with_the_session_and_shown_in_the_audit()
    {
        var gate = await gates.Default;
        await gate.AddAsync("client-type");

        (await gate.SendAsync(ArRequests.Login("client-type", Gate.Password, "X-AR-Client-Type: 34"))).Status.ShouldBe(200);

        (await gate.SessionsAsync("client-type")).ShouldHaveSingleItem().Session.Attributes["clientType"].ShouldBe("34");
        (await gate.AuditAsync("client-type", row => row.Event == "sign-in")).Single(row => row.Event == "sign-in").Details["clientType"].ShouldBe("34");
    }

    [Theory]
    [InlineData("X_AR_Impersonated_User: {0}")]
    [InlineData("X-AR_Impersonated-User: {0}")]
    [InlineData("x-ar-impersonated_user: {0}")]
    [InlineData("X_AR_Client_Type: nonsense")]
    [Contract("ARS-96", "ATK-2", "ATK-28")]
    public async Task Names_with_underscores_are_not_read(string header)
    {
        var gate = await gates.Default;
        var name = $"underscore-{Guid.NewGuid():N}";
        await gate.AddAsync(name, Core.Accounts.Roles.Administrator);
        var admin = Convert.ToBase64String("admin"u8);

        (await gate.SendAsync(ArRequests.Call(await gate.TokenAsync(name), headers: string.Format(header, admin)))).ShouldBeEchoOf(name);
    }

    private async Task<(Gate Gate, string Token)> GateWithTokenAsync()
    {
        var gate = await gates.Default;
        return (gate, await gate.SharedTokenAsync());
    }
}
