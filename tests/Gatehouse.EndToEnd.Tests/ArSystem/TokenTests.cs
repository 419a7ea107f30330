using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 7: using a token.</summary>
public sealed class TokenTests(Gates gates)
{
    [Theory]
    [InlineData("/api/arsys/v1/entry/HPD:Help%20Desk?q='Status'%3D%22New%22")]
    [InlineData("/api/arsys/v1.0/entry/HPD:Help%20Desk")]
    [InlineData("/api/cmdb/v1.0/instance/BMC.ASSET/BMC.CORE:BMC_ComputerSystem")]
    [Contract("ARS-68", "HTT-33")]
    public async Task A_token_opens_the_protected_paths(string target)
    {
        var gate = await gates.Default;
        var name = $"token-{Guid.NewGuid():N}";
        await gate.AddAsync(name);

        var answer = await gate.SendAsync(ArRequests.Call(await gate.TokenAsync(name), target));

        var session = (await gate.SessionsAsync(name)).ShouldHaveSingleItem().Session.Id;
        answer.Text.ShouldBe($$"""{"user":"{{name}}","dialect":"ar-system","method":"ar-jwt","tenant":null,"scope":null,"tenants":[],"impersonator":null,"session":"{{session}}"}""");
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("Cache-Control").ShouldBe("no-store");
    }

    [Theory]
    [InlineData("AR-JWT {0}")]
    [InlineData("ar-jwt {0}")]
    [InlineData("Ar-Jwt    {0}")]
    [InlineData("AR-JWT{0}")]
    [InlineData("ar-jwt{0}")]
    [InlineData("  AR-JWT {0}  ")]
    [Contract("ARS-69")]
    public async Task The_scheme_may_be_written_so(string value)
    {
        var (gate, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.CallWith($"Authorization: {string.Format(value, token)}"))).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("Bearer {0}")]
    [InlineData("bearer {0}")]
    [InlineData("JWT {0}")]
    [InlineData("{0}")]
    [InlineData("AR-JWT")]
    [InlineData("AR-JWT ")]
    [InlineData("AR-JWT:{0}")]
    [InlineData("AR-JWT\t{0}")]
    [InlineData("AR-JWT \"{0}\"")]
    [InlineData("AR-JWT {0},")]
    [InlineData("AR-JWT {0}, AR-JWT {0}")]
    [InlineData("AR-JWT {0} AR-JWT {0}")]
    [InlineData("AR-JWT token={0}")]
    [InlineData("AR-JWT AR-JWT {0}")]
    [InlineData("xAR-JWT {0}")]
    [InlineData("ARJWT {0}")]
    [InlineData("AR_JWT {0}")]
    [InlineData("Basic {0}")]
    [InlineData("Basic dG9rZW46cGx1bSB0cmVlIGluIHRoZSBnYXJkZW4=")]
    [InlineData("Negotiate YIIB")]
    [InlineData("garbage")]
    [InlineData("\u00e4\u00f6\u00fc")]
    [Contract("ARS-70", "ARS-72", "ARS-74", "ARS-77", "HTT-54", "HTT-59", "ATK-20")]
    public async Task Every_other_credential_is_one_and_the_same_623_and_the_token_lives_on(string value)
    {
        var (gate, token) = await GateWithTokenAsync();
        var without = await gate.SendAsync(ArRequests.Call(null));
        without.ShouldBe623();

        (await gate.SendAsync(ArRequests.CallWith($"Authorization: {string.Format(value, token)}"))).Golden().ShouldBe(without.Golden());

        (await gate.CallAsync(token)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-70", "HTT-16", "HTT-85")]
    public async Task Expired_released_revoked_and_disabled_are_that_623_too()
    {
        var gate = await gates.Loose;
        string[] names = ["dead-released", "dead-revoked", "dead-disabled", "dead-removed"];
        var tokens = new List<string>();
        foreach (var name in names)
        {
            await gate.AddAsync(name);
            tokens.Add(await gate.TokenAsync(name));
        }

        await gate.LogOutAsync(tokens[0]);
        await gate.Server.RunAsync("session", "revoke", "--account", names[1]);
        await gate.Server.RunAsync("account", "disable", names[2]);
        await gate.Server.RunAsync("account", "remove", names[3]);
        await gate.AddAsync("dead-expired");
        tokens.Add(await gate.TokenAsync("dead-expired"));
        await Eventually.TrueAsync(async () => (await gate.CallAsync(tokens[4])).Status == 401);

        var without = await gate.SendAsync(ArRequests.CallWith("Authorization:"));
        without.ShouldBe623();
        foreach (var token in tokens)
        {
            (await gate.CallAsync(token)).Golden().ShouldBe(without.Golden());
        }
    }

    [Theory]
    [InlineData("Authorization: AR-JWT {0}\r\nAuthorization: AR-JWT {0}")]
    [InlineData("Authorization: AR-JWT {0}\r\nAuthorization: garbage")]
    [InlineData("Authorization:\r\nAuthorization: AR-JWT {0}")]
    [InlineData("authorization: AR-JWT {0}\r\nX-Between: y\r\nAUTHORIZATION: AR-JWT {0}")]
    [Contract("ARS-73", "HTT-13", "HTT-30")]
    public async Task Two_authorization_fields_are_400(string headers)
    {
        var (gate, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.CallWith(string.Format(headers, token)))).ShouldBeMalformed("Authorization");
    }

    [Theory]
    [InlineData("X-Authorization: AR-JWT {0}")]
    [InlineData("Proxy-Authorization: AR-JWT {0}")]
    [InlineData("X-Auth-Token: {0}")]
    [InlineData("AR-JWT: {0}")]
    [InlineData("Cookie: AR-JWT={0}")]
    [InlineData("Cookie: AR-JWT={0}\r\nX-Requested-By: x")]
    [Contract("ARS-75", "ARS-113", "HTT-15")]
    public async Task A_token_in_another_header_is_not_read(string header)
    {
        var (gate, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.CallWith(string.Format(header, token)))).ShouldBe623();
    }

    [Fact]
    [Contract("ARS-75", "HTT-15")]
    public async Task A_token_in_query_or_form_is_not_read()
    {
        var (gate, token) = await GateWithTokenAsync();

        (await gate.SendAsync(ArRequests.Call(null, $"/api/arsys/x?access_token={token}&token={token}&Authorization=AR-JWT%20{token}"))).ShouldBe623();
        (await gate.SendAsync(ArRequests.LoginWith($"access_token={token}", target: "/api/arsys/x"))).ShouldBe623();
    }

    [Fact]
    [Contract("ARS-76", "ATK-2")]
    public async Task Each_request_on_a_connection_stands_alone()
    {
        var gate = await gates.Default;
        await gate.AddAsync("stands-a");
        await gate.AddAsync("stands-b");
        var (a, b) = (await gate.TokenAsync("stands-a"), await gate.TokenAsync("stands-b"));
        await using var client = await gate.ConnectAsync();

        foreach (var (token, user) in ((string?, string?)[])[(a, "stands-a"), (null, null), (b, "stands-b"), ("garbage", null), (a, "stands-a")])
        {
            await client.SendAsync(ArRequests.Call(token));
            var answer = await client.ReadAnswerAsync();
            if (user is null)
            {
                answer.ShouldBe623();
                continue;
            }

            answer.ShouldBeEchoOf(user);
        }
    }

    [Fact]
    [Contract("ARS-78", "HTT-88")]
    public async Task Bad_tokens_are_no_guesses()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("bad-tokens");
        var token = await gate.TokenAsync("bad-tokens");
        await using var client = await gate.ConnectAsync();

        for (var i = 0; i < 50; i++)
        {
            await client.SendAsync(ArRequests.Call($"{token[..^3]}{i:d3}"));
            (await client.ReadAnswerAsync()).ShouldBe623();
        }

        (await gate.CallAsync(token)).ShouldBeEchoOf("bad-tokens");
        (await gate.LogInAsync("bad-tokens")).Status.ShouldBe(200);
    }

    private async Task<(Gate Gate, string Token)> GateWithTokenAsync()
    {
        var gate = await gates.Default;
        return (gate, await gate.SharedTokenAsync());
    }
}
