using System.Diagnostics;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Tokens that really idle out and end, in seconds (contract section 4).</summary>
public sealed class SessionLifeTests(OiGates gates)
{
    [Fact]
    [Contract("OI-50", "OI-51", "OI-52", "OI-54", "OI-55", "OI-59", "OI-58", "OI-123")]
    public async Task Token_idles_out_unless_it_is_used()
    {
        var gate = await gates.Brief;
        string[] names = ["idle-used", "idle-refused", "idle-unused", "idle-revoked"];
        foreach (var name in names)
        {
            // The first sign-in takes its time; the ones that count are answered from memory.
            await gate.AddAndSignInAsync(name);
        }

        var tokens = await Task.WhenAll(names.Select(name => gate.SignInAsync(name)));
        var (used, refused, unused, revoked) = (tokens[0], tokens[1], tokens[2], tokens[3]);
        for (var i = 0; i < 5; i++)
        {
            await Task.Delay(500);
            (await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(used.Tkn), i == 1 ? "/ess/security/v1/me" : "/oi"))).Status.ShouldBe(200);

            // A refused scope is no use.
            (await gate.CallAsync(refused.Tkn, "\"t\":\"x\"")).ShouldBeOneOf(403, 401);
        }

        foreach (var token in new[] { unused.Tkn, refused.Tkn, revoked.Tkn })
        {
            var answer = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token, "\"t\":\"x\"")));
            answer.Status.ShouldBe(401);
            answer.Text.ShouldBe("{\n  \"msg\": \"Access denied, inactivity time out.\",\n  \"code\": \"idle-timeout\"\n}");
            answer.All("WWW-Authenticate").ShouldBe(["Bearer realm=\"ess\", error=\"invalid_token\""]);
        }

        // What was revoked after it idled out says that it is revoked.
        var account = (await gate.Store.Accounts.FindAsync("idle-revoked", default))!.Account;
        await gate.Store.Sessions.EndAsync(new SessionFilter { AccountId = account.Id }, TimeProvider.System.GetUtcNow(), new() { Time = default, Event = "x", Outcome = "x" }, default);
        await OiGate.EventuallyAsync(async () => (await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(revoked.Tkn)))).Text.Contains("invalid-token", StringComparison.Ordinal));

        // Refresh is what helps; the idle token is replaced by it.
        (await gate.CallAsync(OiGate.Tokens(await gate.RefreshAsync(unused.Rtkn)).Tkn)).ShouldBe(200);
        await RefreshTests.InvalidAsync(gate, unused.Tkn);
    }

    [Fact]
    [Contract("OI-52", "OI-53", "OI-64", "OI-124", "OI-125")]
    public async Task Nothing_outlives_the_end_of_the_family()
    {
        var gate = await gates.Brief;
        await gate.AddAndSignInAsync("mortal");
        var tokens = await gate.SignInAsync("mortal");
        var life = Stopwatch.StartNew();
        for (var i = 0; life.Elapsed < TimeSpan.FromSeconds(4.5); i++)
        {
            await Task.Delay(1_000);
            tokens = i == 1 ? OiGate.Tokens(await gate.RefreshAsync(tokens.Rtkn)) : tokens;
            (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        }

        await Task.Delay(TimeSpan.FromSeconds(6.1) - life.Elapsed);

        await RefreshTests.InvalidAsync(gate, tokens.Tkn);
        await RefreshTests.RefusedAsync(gate, tokens.Rtkn);
    }
}
