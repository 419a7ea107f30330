using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 8: API tokens.</summary>
public sealed class ApiTokenTests(Gates gates)
{
    [Fact]
    [Contract("ARS-85", "ARS-86", "ARS-89", "HTT-108", "HTT-114", "ATK-85")]
    public async Task An_issued_token_opens_as_bearer_and_as_ar_jwt()
    {
        var gate = await gates.Default;
        await gate.AddAsync("api-a");

        var issued = await gate.Server.RunAsync("token", "issue", "api-a", "--label", "nightly import");

        issued.ExitCode.ShouldBe(0);
        issued.Errors.ShouldBe("");
        issued.Output.ShouldMatch("^ght_[A-Za-z0-9_-]{43}\n$");
        var token = issued.Output.Trim();
        var session = (await gate.SessionsAsync("api-a")).ShouldHaveSingleItem();
        (session.Session.Label, session.Session.Expires).ShouldBe(("nightly import", null));
        foreach (var scheme in (string[])["Bearer", "bearer", "AR-JWT", "ar-jwt  "])
        {
            var answer = await gate.SendAsync(ArRequests.CallWith($"Authorization: {scheme} {token}"));
            answer.ShouldBeEchoOf("api-a", "api-token");
            Echo.Read(answer).Session.ShouldBe(session.Session.Id.ToString());
        }

        var second = (await gate.Server.RunAsync("token", "issue", "api-a")).Output.Trim();
        second.ShouldNotBe(token);
        (await gate.CallAsync(second)).ShouldBeEchoOf("api-a", "api-token");
        (await gate.CallAsync(token)).ShouldBeEchoOf("api-a", "api-token");
    }

    [Theory]
    [InlineData("Bearer {0}x")]
    [InlineData("Bearer {0}=")]
    [InlineData("Bearer x{0}")]
    [InlineData("Bearer {0} {0}")]
    [InlineData("Bearer {0}, Bearer {0}")]
    [InlineData("Bearer{0}")]
    [InlineData("Bearer")]
    [InlineData("Basic {0}")]
    [InlineData("{0}")]
    [InlineData("Bearer ght_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer ght_")]
    [Contract("ARS-70", "HTT-57", "HTT-58", "ATK-20")]
    public async Task Anything_else_is_623(string value)
    {
        var (gate, _, token) = await GateWithApiTokenAsync();

        (await gate.SendAsync(ArRequests.CallWith($"Authorization: {string.Format(value, token)}"))).ShouldBe623();
        (await gate.SendAsync(ArRequests.CallWith($"Authorization: Bearer {token.ToUpperInvariant()}"))).ShouldBe623();
    }

    [Fact]
    [Contract("ARS-87")]
    public async Task A_token_with_an_expiry_ends_with_it()
    {
        var gate = await gates.Default;
        await gate.AddAsync("api-expiring");
        var token = (await gate.Server.RunAsync("token", "issue", "api-expiring", "--expires", "2s")).Output.Trim();
        var expires = (await gate.SessionsAsync("api-expiring")).ShouldHaveSingleItem().Session.Expires!.Value;

        WireAnswer answer;
        do
        {
            var sent = TimeProvider.System.GetUtcNow();
            answer = await gate.CallAsync(token);
            (answer.Status == 200 && sent >= expires).ShouldBeFalse("accepted at or after its expiry");
            await Task.Delay(50);
        }
        while (answer.Status == 200);

        answer.ShouldBe623();
        TimeProvider.System.GetUtcNow().ShouldBeGreaterThanOrEqualTo(expires);
    }

    [Fact]
    [Contract("ARS-84", "HTT-29")]
    public async Task At_logout_it_is_403_and_lives_on()
    {
        var (gate, name, token) = await GateWithApiTokenAsync();

        (await gate.LogOutAsync(token)).ShouldBeNotAllowed();
        (await gate.SendAsync(ArRequests.Logout(null, $"Authorization: Bearer {token}"))).ShouldBeNotAllowed();

        (await gate.CallAsync(token)).ShouldBeEchoOf(name, "api-token");
    }

    [Fact]
    [Contract("ARS-90", "HTT-29", "ATK-17")]
    public async Task A_token_narrowed_to_a_tenant_is_403()
    {
        var gate = await gates.Default;
        await gate.AddAsync("api-narrow");
        (await gate.Server.RunAsync("tenant", "add", "Narrow")).ExitCode.ShouldBe(0);
        (await gate.Server.RunAsync("account", "grant", "api-narrow", "--tenant", "Narrow")).ExitCode.ShouldBe(0);
        var token = (await gate.Server.RunAsync("token", "issue", "api-narrow", "--tenant", "Narrow")).Output.Trim();

        (await gate.CallAsync(token)).ShouldBeNotAllowed();
        (await gate.SendAsync(ArRequests.CallWith($"Authorization: Bearer {token}"))).ShouldBeNotAllowed();
        Echo.Read(await gate.CallAsync(await gate.TokenAsync("api-narrow"))).Tenants.ShouldBe(["Narrow"]);

        // With its tenant the token is gone for good.
        (await gate.Server.RunAsync("tenant", "remove", "Narrow")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => (await gate.CallAsync(token)).Status == 401);
        (await gate.CallAsync(token)).ShouldBe623();
    }

    [Fact]
    [Contract("ARS-49", "HTT-94", "HTT-95", "ATK-11")]
    public async Task A_lock_stops_api_tokens_and_not_live_logins()
    {
        var gate = await gates.Locking;
        await gate.AddAsync("api-locked");
        var login = await gate.TokenAsync("api-locked");
        var token = (await gate.Server.RunAsync("token", "issue", "api-locked")).Output.Trim();
        (await gate.CallAsync(token)).ShouldBeEchoOf("api-locked", "api-token");

        for (var i = 0; i < 3; i++)
        {
            (await gate.LogInAsync("api-locked", $"a wrong password {i}")).ShouldBe623("\"api-locked\"");
        }

        (await gate.CallAsync(token)).ShouldBe623();
        (await gate.CallAsync(login)).ShouldBeEchoOf("api-locked");
        (await gate.Server.RunAsync("account", "unlock", "api-locked")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => (await gate.CallAsync(token)).Status == 200);
    }

    private async Task<(Gate Gate, string Name, string Token)> GateWithApiTokenAsync()
    {
        var gate = await gates.Default;
        var name = $"api-{Guid.NewGuid():N}";
        await gate.AddAsync(name);
        return (gate, name, (await gate.Server.RunAsync("token", "issue", name)).Output.Trim());
    }
}
