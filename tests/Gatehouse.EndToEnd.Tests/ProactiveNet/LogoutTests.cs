using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

[Collection(ProactiveNetCollection.Name)]
public sealed class LogoutTests(ProactiveNetServer shared)
{
    private ProactiveNetDesk Desk => shared.Desk;

    internal static void ShouldBeLoggedOut(WireAnswer answer)
    {
        answer.Status.ShouldBe(200, answer.Text);
        var stamp = Json(answer).GetProperty("responseTimeStamp").GetString();
        answer.Text.ShouldBe($$"""{"response":{"status":"OK","authPassed":true},"statusCode":"200","statusMsg":"OK","responseTimeStamp":"{{stamp}}"}""");
        answer.Header("Cache-Control").ShouldBe("no-store");
    }

    [Fact]
    [Contract("PN-2", "PN-74", "PN-76", "PN-82", "PN-113")]
    public async Task Logout_by_credentials_ends_all_tokens_of_the_account_in_this_dialect()
    {
        await Desk.AddAsync("pn-all", "pn-all-tenant");
        await Desk.AddAsync("pn-bystander");
        var tokens = new List<string> { await Desk.TokenAsync("pn-all"), await Desk.TokenAsync("pn-all", "pn-all-tenant"), TokenOf(await Desk.PostAsync("/tsws/api/v10.1/token", Fields("pn-all", Password))) };
        var bystander = await Desk.TokenAsync("pn-bystander");
        var jwt = (await Desk.SendAsync(Post("/api/jwt/login", Fields("pn-all", Password)), https: true)).Text;

        ShouldBeLoggedOut(await Desk.PostAsync(LogoutPath, Fields("pn-all", Password)));
        foreach (var token in tokens)
        {
            ShouldBeRefused(await Desk.CallAsync(token));
        }

        (await Desk.CallAsync(bystander)).Status.ShouldBe(200);
        (await Desk.SendAsync(Get("/api/arsys/v1/x", $"Authorization: AR-JWT {jwt}"), https: true)).Status.ShouldBe(200);
        ShouldBeLoggedOut(await Desk.PostAsync(LogoutPath, Fields("pn-all", Password)));
        tokens.ShouldNotContain(await Desk.TokenAsync("pn-all"));
        (await Desk.AuditAsync("pn-all")).Count(row => row is { Event: "sign-out", Outcome: "accepted" }).ShouldBe(2);
    }

    [Fact]
    [Contract("PN-75")]
    public async Task Logout_with_a_tenant_ends_the_tokens_of_that_tenant_only()
    {
        await Desk.AddAsync("pn-some", "pn-some-a", "pn-some-b");
        var a = await Desk.TokenAsync("pn-some", "pn-some-a");
        var b = await Desk.TokenAsync("pn-some", "pn-some-b");
        var free = await Desk.TokenAsync("pn-some");

        ShouldBeLoggedOut(await Desk.PostAsync(LogoutPath, Fields("pn-some", Password, "PN-SOME-A")));
        ShouldBeRefused(await Desk.CallAsync(a));
        (await Desk.CallAsync(b)).Status.ShouldBe(200);
        (await Desk.CallAsync(free)).Status.ShouldBe(200);
        ShouldBeLoggedOut(await Desk.PostAsync(LogoutPath, Fields("pn-some", Password, "*")));
        ShouldBeRefused(await Desk.CallAsync(b));
        ShouldBeRefused(await Desk.CallAsync(free));
    }

    [Fact]
    [Contract("PN-77", "PN-113")]
    public async Task Wrong_credentials_end_nothing_and_count_like_a_login()
    {
        await Desk.AddAsync("pn-wrong-out");
        var token = await Desk.TokenAsync("pn-wrong-out");
        ShouldBeRefused(await Desk.PostAsync(LogoutPath, Fields("pn-wrong-out", Wrong)));
        ShouldBeRefused(await Desk.PostAsync(LogoutPath, Fields("pn-wrong-out", Password, "pn-no-such-tenant")));
        (await Desk.GuessesAsync("pn-wrong-out")).ShouldBe(0, "the right password, asked anew, has reset the count");
        ShouldBeRefused(await Desk.PostAsync(LogoutPath, Fields("pn-wrong-out", Wrong)));
        (await Desk.GuessesAsync("pn-wrong-out")).ShouldBe(1);
        (await Desk.CallAsync(token)).Status.ShouldBe(200);
        var rows = (await Desk.AuditAsync("pn-wrong-out")).Where(row => row.Event == "sign-out");
        rows.Select(row => (row.Outcome, row.Reason)).ShouldBe([("refused", "bad-credentials"), ("refused", "unknown-tenant"), ("refused", "bad-credentials")]);
    }

    [Fact]
    [Contract("PN-78", "PN-80", "PN-82", "PN-113")]
    public async Task Logout_by_token_ends_that_token_and_no_other()
    {
        await Desk.AddAsync("pn-one");
        var kept = await Desk.TokenAsync("pn-one");
        string token;
        do
        {
            token = await Desk.TokenAsync("pn-one");
        }
        while (!token.Contains('+', StringComparison.Ordinal));

        var first = await Desk.TokenAsync("pn-one");
        ShouldBeLoggedOut(await Desk.LogoutAsync(first));
        ShouldBeLoggedOut(await Desk.PostAsync(LogoutPath, $"username=x&password=wrong&tenantName=none&authToken={token}"));
        ShouldBeLoggedOut(await Desk.PostAsync(LogoutPath, $"authToken={Uri.EscapeDataString(kept)}", Form, $"Authorization: authToken {kept}"));
        foreach (var ended in new[] { first, token, kept })
        {
            ShouldBeRefused(await Desk.CallAsync(ended));
            ShouldBeRefused(await Desk.LogoutAsync(ended));
        }

        ShouldBeRefused(await Desk.LogoutAsync("AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        (await Desk.AuditAsync("pn-one")).Count(row => row.Event == "sign-out").ShouldBe(3);
    }

    [Fact]
    [Contract("PN-79", "PN-81", "PN-102")]
    public async Task Logout_that_says_two_things_or_none_ends_nothing()
    {
        await Desk.AddAsync("pn-unclear");
        var token = await Desk.TokenAsync("pn-unclear");
        var other = await Desk.TokenAsync("pn-unclear");

        ShouldBeBadRequest(await Desk.PostAsync(LogoutPath, $"authToken={Uri.EscapeDataString(other)}", Form, $"Authorization: authtoken {token}"), "more than one credential");
        ShouldBeBadRequest(await Desk.PostAsync(LogoutPath, $"authToken={token}&authToken={token}"), "duplicate parameter authToken");
        ShouldBeBadRequest(await Desk.PostAsync(LogoutPath, ""), "missing parameter username");
        ShouldBeBadRequest(await Desk.PostAsync(LogoutPath, "", null), "missing parameter username");
        ShouldBeBadRequest(await Desk.PostAsync(LogoutPath, "authToken="), "missing parameter username");
        ShouldBeBadRequest(await Desk.PostAsync(LogoutPath, "username=pn-unclear"), "missing parameter password");
        ShouldBeBadRequest(await Desk.PostAsync(LogoutPath, "password=x"), "missing parameter username");
        (await Desk.CallAsync(token)).Status.ShouldBe(200);
        (await Desk.CallAsync(other)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-80")]
    public async Task Of_many_logouts_of_one_token_exactly_one_is_told_so()
    {
        await Desk.AddAsync("pn-race");
        for (var round = 0; round < 3; round++)
        {
            var token = await Desk.TokenAsync("pn-race");
            var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => i % 2 == 0
                ? Desk.LogoutAsync(token)
                : Desk.SendAsync(Request("DELETE", "/tsws/api/v10.1/token", $"authToken: {token}"))));
            answers.Count(answer => answer.Status == 200).ShouldBe(1);
            answers.Count(answer => answer.Status == 401).ShouldBe(15);
        }
    }
}
