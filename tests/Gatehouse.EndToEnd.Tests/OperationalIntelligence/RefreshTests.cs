using Gatehouse.Core.Operator;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>The refresh grant (contract section 5).</summary>
public sealed class RefreshTests(OiGates gates)
{
    [Fact]
    [Contract("OI-57", "OI-58", "OI-68", "OI-12", "HTT-111")]
    public async Task Refresh_brings_a_new_pair_and_the_old_access_token_is_dead_at_once()
    {
        var gate = await gates.Default;
        var first = await gate.AddAndSignInAsync("refresher");
        (await gate.CallAsync(first.Tkn)).ShouldBe(200);

        var second = OiGate.Tokens(await gate.SendAsync(OiRequests.Token($"username=nobody&grant_type=Refresh_Token&password=x&refresh_token={first.Rtkn}", "basic REVGQVVMVE9SRwo=")));

        new[] { first.Tkn, first.Rtkn, second.Tkn, second.Rtkn }.Distinct(StringComparer.Ordinal).Count().ShouldBe(4);
        second.UserRefId.ShouldNotBe(first.UserRefId);
        second.Cohort.ShouldBe(first.Cohort);
        await InvalidAsync(gate, first.Tkn);
        var me = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(second.Tkn), "/ess/security/v1/me"));
        me.Text.ShouldContain($"\"userRefID\": {second.UserRefId},\n  \"username\": \"refresher\"");
        (await gate.RefreshAsync(second.Rtkn)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("OI-60", "OI-43", "HTT-110")]
    public async Task Within_the_grace_the_same_successor_comes_again_under_a_number_of_its_own()
    {
        var gate = await gates.Default;
        var first = await gate.AddAndSignInAsync("repeater");
        var one = OiGate.Tokens(await gate.SendAsync(OiRequests.Refresh(first.Rtkn, headers: "Accept-Language: fr")));
        var two = OiGate.Tokens(await gate.RefreshAsync(first.Rtkn));

        two.ShouldBe(one with { UserRefId = two.UserRefId });
        two.UserRefId.ShouldNotBe(one.UserRefId);
        (await gate.CallAsync(two.Tkn)).ShouldBe(200);
        (await gate.RefreshAsync(two.Rtkn)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("OI-61", "OI-116", "HTT-111", "ATK-22")]
    public async Task Reuse_after_the_successor_was_used_ends_the_family()
    {
        var gate = await gates.Default;
        var first = await gate.AddAndSignInAsync("reuser");
        var stranger = await gate.SignInAsync("reuser");
        var second = OiGate.Tokens(await gate.RefreshAsync(first.Rtkn));
        var third = OiGate.Tokens(await gate.RefreshAsync(second.Rtkn));

        await RefusedAsync(gate, first.Rtkn);

        await InvalidAsync(gate, third.Tkn);
        await RefusedAsync(gate, third.Rtkn);
        await RefusedAsync(gate, second.Rtkn);
        (await gate.CallAsync(stranger.Tkn)).ShouldBe(200);
        (await gate.AuditAsync("reuser", row => row.Event == "refresh-reuse")).ShouldContain(row => row.Event == "refresh-reuse" && row.Session!.Length == 26 && row.Reason == "used-token");
    }

    [Fact]
    [Contract("OI-61", "OI-126")]
    public async Task Reuse_after_the_grace_ends_the_family()
    {
        var gate = await gates.ShortGrace;
        var first = await gate.AddAndSignInAsync("latecomer");
        var second = OiGate.Tokens(await gate.RefreshAsync(first.Rtkn));
        (await gate.RefreshAsync(first.Rtkn)).Status.ShouldBe(200);
        await Task.Delay(1_100);

        await RefusedAsync(gate, first.Rtkn);

        await InvalidAsync(gate, second.Tkn);
        await RefusedAsync(gate, second.Rtkn);
    }

    [Fact]
    [Contract("OI-62", "ATK-22")]
    public async Task Many_at_once_within_the_grace_all_get_one_successor()
    {
        var gate = await gates.Default;
        var first = await gate.AddAndSignInAsync("crowd");

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => gate.RefreshAsync(first.Rtkn)));

        var tokens = answers.Select(OiGate.Tokens).ToList();
        tokens.Select(pair => (pair.Tkn, pair.Rtkn)).Distinct().Count().ShouldBe(1);
        tokens.Select(pair => pair.UserRefId).Distinct().Count().ShouldBe(32);
        (await gate.CallAsync(tokens[0].Tkn)).ShouldBe(200);
        (await LiveAsync(gate, "crowd")).ShouldBe(2);
    }

    [Fact]
    [Contract("OI-62", "OI-126")]
    public async Task Many_at_once_without_a_grace_leave_nothing_alive()
    {
        var gate = await gates.Brief;
        var first = await gate.AddAndSignInAsync("stampede");

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => gate.RefreshAsync(first.Rtkn)));

        var winner = OiGate.Tokens(answers.Where(answer => answer.Status == 200).ShouldHaveSingleItem());
        answers.Count(answer => answer.Status == 401).ShouldBe(31);
        await InvalidAsync(gate, winner.Tkn);
        await RefusedAsync(gate, winner.Rtkn);
        (await LiveAsync(gate, "stampede")).ShouldBe(0);
    }

    [Fact]
    [Contract("OI-63")]
    public async Task Another_tenant_in_the_header_changes_nothing()
    {
        var gate = await gates.Default;
        var first = await gate.AddAndSignInAsync("wanderer", tenants: "wander-org");
        foreach (var tenant in new[] { "wander-org", "no-such-org" })
        {
            TokenRequestTests.Fault(await gate.SendAsync(OiRequests.Refresh(first.Rtkn, OiRequests.Tenant(tenant))), 401, "invalid-token", "Invalid authentication token");
        }

        (await gate.CallAsync(first.Tkn)).ShouldBe(200);
        (await gate.RefreshAsync(first.Rtkn)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("OI-65", "OI-80", "ATK-20", "HTT-59")]
    public async Task What_is_no_refresh_token_of_this_dialect_is_refused()
    {
        var gate = await gates.Default;
        var tokens = await gate.AddAndSignInAsync("confused");
        var ar = await WireClient.ExchangeAsync(gate.Server.Https, OiRequests.Request(
            "POST", "/api/jwt/login", $"username=confused&password={Uri.EscapeDataString(OiGate.Password)}", "Content-Type: application/x-www-form-urlencoded"));
        var api = await gate.IssueAsync("confused");
        ar.Status.ShouldBe(200);

        foreach (var bad in new[] { "x", Guid.NewGuid().ToString(), tokens.Tkn, UpperHex(tokens.Rtkn), $"{tokens.Rtkn}+", ar.Text, api, new string('x', 5_000) })
        {
            await RefusedAsync(gate, bad);
        }

        await InvalidAsync(gate, tokens.Rtkn);
        await InvalidAsync(gate, ar.Text);
        (await gate.RefreshAsync(tokens.Rtkn)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("OI-66", "OI-109", "OI-110", "HTT-102", "HTT-105")]
    public async Task What_ended_stays_ended()
    {
        var gate = await gates.Default;
        var (password, disable, remove, revoke, tenant, withdraw) = (
            await gate.AddAndSignInAsync("ends-by-password"),
            await gate.AddAndSignInAsync("ends-by-disable"),
            await gate.AddAndSignInAsync("ends-by-remove"),
            await gate.AddAndSignInAsync("ends-by-revoke"),
            await SignInThereAsync("ends-by-tenant"),
            await SignInThereAsync("ends-by-withdraw"));
        foreach (var tokens in new[] { password, disable, remove, revoke, tenant, withdraw })
        {
            (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        }

        (await gate.Server.RunWithInputAsync("another tree by the river", "account", "password", "ends-by-password", "--password-stdin")).ExitCode.ShouldBe(0);
        OperatorResult[] done =
        [
            await gate.Accounts.DisableAsync("ends-by-disable", default),
            await gate.Accounts.EnableAsync("ends-by-disable", default),
            await gate.Accounts.RemoveAsync("ends-by-remove", default),
            await gate.Accounts.AddAsync("ends-by-remove", null, ["DEFAULTORG"], [], default),
            await gate.Sessions.RevokeAccountAsync("ends-by-revoke", default),
            await gate.Tenants.RemoveAsync("org-of-ends-by-tenant", default),
            await gate.Tenants.AddAsync("org-of-ends-by-tenant", null, hidden: false, default),
            await gate.Accounts.GrantAsync("ends-by-tenant", ["org-of-ends-by-tenant"], [], default),
            await gate.Accounts.WithdrawAsync("ends-by-withdraw", ["org-of-ends-by-withdraw"], [], default),
        ];
        done.ShouldAllBe(result => result.IsDone);

        foreach (var tokens in new[] { password, disable, remove, revoke, tenant, withdraw })
        {
            await OiGate.EventuallyAsync(async () => await gate.CallAsync(tokens.Tkn) == 401);
            await InvalidAsync(gate, tokens.Tkn);
            await RefusedAsync(gate, tokens.Rtkn);
        }

        (await gate.SendAsync(OiRequests.Refresh(tenant.Rtkn, OiRequests.Tenant("org-of-ends-by-tenant")))).Status.ShouldBe(401);
        (await gate.SendAsync(OiRequests.Refresh(withdraw.Rtkn, OiRequests.Tenant("org-of-ends-by-withdraw")))).Status.ShouldBe(401);
        (await gate.SendAsync(OiRequests.SignIn("ends-by-password"))).Status.ShouldBe(401);

        async Task<OiTokens> SignInThereAsync(string name)
        {
            await gate.AddAsync(name, tenants: $"org-of-{name}");
            return await gate.SignInAsync(name, OiRequests.Tenant($"org-of-{name}"));
        }
    }

    [Fact]
    [Contract("OI-69")]
    public async Task Locale_stays_unless_a_usable_one_is_asked_for()
    {
        var gate = await gates.Default;
        await gate.AddAsync("polyglot");
        var tokens = OiGate.Tokens(await gate.SendAsync(OiRequests.SignIn("polyglot", headers: "Accept-Language: ko")));
        foreach (var (asked, expected) in new[] { (null, "ko"), ("*", "ko"), ("xx-YY", "ko"), ("it-CH", "it"), ("", "it") })
        {
            tokens = OiGate.Tokens(await gate.SendAsync(OiRequests.Refresh(tokens.Rtkn, headers: asked is null ? [] : [$"Accept-Language: {asked}"])));
            tokens.Locale.ShouldBe(expected);
        }
    }

    internal static async Task InvalidAsync(OiGate gate, string token)
    {
        var answer = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token)));
        answer.Status.ShouldBe(401);
        answer.Text.ShouldBe("{\n  \"msg\": \"Invalid authentication token\",\n  \"code\": \"invalid-token\"\n}");
        answer.All("WWW-Authenticate").ShouldBe(["Bearer realm=\"ess\", error=\"invalid_token\""]);
    }

    internal static async Task RefusedAsync(OiGate gate, string refreshToken) =>
        TokenRequestTests.Fault(await gate.RefreshAsync(refreshToken), 401, "invalid-token", "Invalid authentication token");

    private static async Task<int> LiveAsync(OiGate gate, string name)
    {
        var account = (await gate.Store.Accounts.FindAsync(name, default))!.Account;
        return (await gate.Store.Sessions.ListAsync(new SessionFilter { AccountId = account.Id }, TimeProvider.System.GetUtcNow(), default)).Count;
    }

    // Some drawn tokens have no letter at all; then this is another wrong token.
    private static string UpperHex(string token) => token.Any(char.IsAsciiLetterLower) ? token.ToUpperInvariant() : $"{token}0";
}
