using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 7: releasing a token.</summary>
public sealed class LogoutTests(Gates gates)
{
    [Fact]
    [Contract("ARS-79", "ARS-80", "ARS-81", "ARS-121")]
    public async Task Logout_is_204_once_and_the_token_is_dead()
    {
        var (gate, name, token) = await GateWithTokenAsync();
        var session = Echo.Read(await gate.CallAsync(token)).Session;

        var answer = await gate.LogOutAsync(token);

        answer.Status.ShouldBe(204);
        answer.Headers.Select(header => header.Name).ShouldBe(["Date"]);
        (await gate.CallAsync(token)).ShouldBe623();
        (await gate.LogOutAsync(token)).ShouldBe623();
        var row = (await gate.AuditAsync(name, audit => audit.Event == "sign-out")).Where(audit => audit.Event == "sign-out").ShouldHaveSingleItem();
        (row.Outcome, row.Dialect, row.Method, row.Session).ShouldBe(("accepted", "ar-system", "ar-jwt", session));
    }

    [Theory]
    [InlineData("Content-Type: application/json", "{")]
    [InlineData("Content-Type: nonsense\r\nContent-Encoding: gzip", "x")]
    [InlineData("X-AR-Client-Type: nonsense\r\nX-AR-Timeout: 0\r\nX-AR-Impersonated-User: !", "")]
    [InlineData("X-AR-Client-Type: 1\r\nX-AR-Client-Type: 2\r\nConnection: Authorization", "username=a&username=b")]
    [Contract("ARS-79", "ARS-95")]
    public async Task Body_media_type_and_ar_headers_are_ignored(string headers, string body)
    {
        var (gate, _, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Request("POST", "/api/jwt/logout", [headers, $"Authorization: AR-JWT {token}"], body))).Status.ShouldBe(204);
    }

    [Fact]
    [Contract("ARS-79", "HTT-11")]
    public async Task A_body_over_64_KiB_is_413_and_the_token_lives_on()
    {
        var (gate, name, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Request("POST", "/api/jwt/logout", [$"Authorization: AR-JWT {token}"], new string('x', (64 * 1024) + 1)))).ShouldBeError(413, 10413, "Request too large");

        (await gate.CallAsync(token)).ShouldBeEchoOf(name);
        (await gate.SendAsync(ArRequests.Request("POST", "/api/jwt/logout", [$"Authorization: AR-JWT {token}"], new string('x', 64 * 1024)))).Status.ShouldBe(204);
    }

    [Theory]
    [InlineData("X: y")]
    [InlineData("Authorization: AR-JWT garbage")]
    [InlineData("Authorization: Bearer {0}")]
    [InlineData("Cookie: AR-JWT={0}")]
    [Contract("ARS-72", "ARS-81", "ARS-113")]
    public async Task Without_a_good_token_it_is_623(string header)
    {
        var (gate, name, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Logout(null, string.Format(header, token)))).ShouldBe623();

        (await gate.CallAsync(token)).ShouldBeEchoOf(name);
    }

    [Fact]
    [Contract("ARS-73", "HTT-13")]
    public async Task Two_tokens_are_400_and_both_live_on()
    {
        var (gate, name, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Logout(token, $"Authorization: AR-JWT {token}"))).ShouldBeMalformed("Authorization");

        (await gate.CallAsync(token)).ShouldBeEchoOf(name);
    }

    [Fact]
    [Contract("ARS-82")]
    public async Task Of_many_logouts_at_once_exactly_one_is_204()
    {
        var (gate, _, token) = await GateWithTokenAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => gate.LogOutAsync(token)));

        answers.Count(answer => answer.Status == 204).ShouldBe(1);
        answers.Where(answer => answer.Status != 204).ToList().ForEach(answer => answer.ShouldBe623());
    }

    [Fact]
    [Contract("ARS-80")]
    public async Task No_request_that_begins_after_the_204_is_accepted()
    {
        var (gate, _, token) = await GateWithTokenAsync();
        var released = 0;
        var late = 0;
        var users = Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var client = await gate.ConnectAsync();
            for (var status = 200; status == 200;)
            {
                var begunAfter = Volatile.Read(ref released) == 1;
                await client.SendAsync(ArRequests.Call(token));
                status = (await client.ReadAnswerAsync()).Status;
                if (begunAfter && status == 200)
                {
                    Interlocked.Increment(ref late);
                }
            }
        }).ToList();

        (await gate.LogOutAsync(token)).Status.ShouldBe(204);
        Volatile.Write(ref released, 1);
        await Task.WhenAll(users);

        late.ShouldBe(0);
    }

    private async Task<(Gate Gate, string Name, string Token)> GateWithTokenAsync()
    {
        var gate = await gates.Default;
        var name = $"logout-{Guid.NewGuid():N}";
        await gate.AddAsync(name);
        return (gate, name, await gate.TokenAsync(name));
    }
}
