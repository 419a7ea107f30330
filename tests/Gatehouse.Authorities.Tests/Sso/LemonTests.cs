using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Sso;

/// <summary>LemonLDAP::NG as single sign-on, killed and started again in the middle.</summary>
public sealed class LemonTests
{
    [Fact]
    [Contract("PN-93", "PN-94", "PN-95", "HTT-99")]
    public async Task Tokens_of_lemonldap_are_handed_on_and_outlive_its_restart()
    {
        await using var lemon = await LemonServer.StartAsync();
        await using var gate = await SsoGate.StartAsync(
            [.. lemon.Options("lemon", ("GroupRules", "timelords=role:administrator")), ("Dialects:ProactiveNet:TokenIssuer", "sso"), ("Dialects:ProactiveNet:SsoRecheckSeconds", "1")]);

        (await gate.LoginAsync("dwho", "wrong")).Status.ShouldBe(401);
        var answer = await gate.LoginAsync("dwho", "dwho");
        answer.Status.ShouldBe(200, answer.Text);
        var token = SsoGate.Json(answer).GetProperty("response").GetProperty("authToken").GetString()!;
        (await gate.CallAsync(token)).Text.ShouldStartWith("""{"user":"dwho","dialect":"proactivenet","method":"authtoken","tenant":null""");
        (await gate.Server.RunAsync("account", "show", "dwho", "--json")).Output.ShouldContain("""
            "authority":"lemon","enabled":true,"locked":false,"tenants":[],"roles":["administrator"]
            """.Trim());

        await lemon.Process.KillAsync();
        await Task.Delay(1_200);
        (await gate.CallAsync(token)).Status.ShouldBe(503);
        (await gate.LoginAsync("dwho", "dwho")).Status.ShouldBe(503);
        (await gate.GuessesAsync("dwho")).ShouldBe(0);

        await lemon.Process.StartAsync();
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); (await gate.CallAsync(token)).Status != 200; await Task.Delay(300))
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(40));
        }

        // It has no revocation endpoint: the session here ends all the same.
        (await gate.LogoutAsync(token)).Status.ShouldBe(200);
        (await gate.CallAsync(token)).Status.ShouldBe(401);
    }
}
