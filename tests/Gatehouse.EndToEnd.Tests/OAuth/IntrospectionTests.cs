using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>Asking about tokens, and ending one's own.</summary>
public sealed class IntrospectionTests(OAuthGates gates)
{
    [Fact]
    [Contract("HTT-160", "HTT-163", "HTT-33")]
    public async Task Live_tokens_are_described()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("described", tenants: "described-org");
        var (access, refresh) = (await gate.OwnTokenAsync(more: [("scope", "reports"), ("audience", "https://orders.example")]), OAuthGate.Member(await gate.SignInAsync("described", more: ("scope", "orders")), "refresh_token"));
        var claims = OAuthGate.Claims(access);

        var answer = await gate.PostAsync("introspect", "other", ("token", access));
        answer.Text.ShouldBe(
            $$"""{"active":true,"sub":"service","username":"service","jti":"{{claims.GetProperty("jti")}}","iat":{{claims.GetProperty("iat")}},"exp":{{claims.GetProperty("exp")}},"client_id":"service","scope":"reports","aud":"https://orders.example","iss":"{{gate.Issuer}}","token_type":"Bearer"}""");
        (answer.Header("Content-Type"), answer.Header("Cache-Control"), answer.Header("Pragma")).ShouldBe(("application/json", "no-store", "no-cache"));
        foreach (var hint in new[] { "", "refresh_token", "access_token", "nonsense" })
        {
            (await gate.PostAsync("introspect", "other", ("token", access), ("token_type_hint", hint))).Text.ShouldBe(answer.Text);
        }

        var api = await gate.IntrospectAsync(await gate.Inner.IssueAsync("described", "described-org"));
        api.EnumerateObject().Select(member => member.Name).ShouldBe(["active", "sub", "username", "jti", "iat", "tenant"]);
        api.GetProperty("tenant").GetString().ShouldBe("described-org");

        var mine = await gate.IntrospectAsync(refresh, "old");
        mine.EnumerateObject().Select(member => member.Name).ShouldBe(["active", "sub", "username", "jti", "iat", "exp", "client_id", "scope", "iss"]);
        (await gate.PostAsync("introspect", "other", ("token", refresh))).Text.ShouldBe("{\"active\":false}");
    }

    [Fact]
    [Contract("HTT-161", "HTT-102")]
    public async Task Of_what_is_over_nothing_is_said()
    {
        var gate = await gates.Default;
        await gate.AddAsync("over");
        var tokens = (await gate.SignInEverywhereAsync("over")).Select(token => token.Token).ToList();
        tokens.Add(await gate.Inner.IssueAsync("over"));
        tokens.Add(await gate.ExchangeAsync(tokens[0]));
        foreach (var token in tokens)
        {
            (await gate.IsActiveAsync(token)).ShouldBeTrue();
        }

        (await gate.Inner.Accounts.DisableAsync("over", default)).IsDone.ShouldBeTrue();
        foreach (var token in tokens)
        {
            await OiGate.EventuallyAsync(async () => !await gate.IsActiveAsync(token));
        }
    }

    [Fact]
    [Contract("HTT-164", "HTT-165", "HTT-163")]
    public async Task A_client_ends_its_own_tokens()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("ending");
        var first = await gate.SignInAsync("ending");
        var (access, refresh) = (OAuthGate.Member(first, "access_token"), OAuthGate.Member(first, "refresh_token"));

        Done(await gate.PostAsync("revoke", "old", ("token", access), ("token_type_hint", "refresh_token")));
        (await gate.IsActiveAsync(access)).ShouldBeFalse();
        (await gate.IsActiveAsync(refresh, "old")).ShouldBeTrue();
        Done(await gate.PostAsync("revoke", "old", ("token", access)));

        access = OAuthGate.Member(await gate.RefreshAsync(refresh), "access_token");
        var made = await gate.ExchangeAsync(access);
        Done(await gate.PostAsync("revoke", "old", ("token", refresh), ("token_type_hint", "access_token")));
        (await gate.IsActiveAsync(access)).ShouldBeFalse();
        (await gate.IsActiveAsync(made)).ShouldBeFalse();
        OAuthGate.ShouldBe(await gate.RefreshAsync(refresh), 400, "invalid_grant");

        foreach (var token in new[] { "x", refresh, access, new string('x', 20_000), "ghr_x", "a.b.c" })
        {
            Done(await gate.PostAsync("revoke", "old", ("token", token)));
        }
    }

    [Fact]
    [Contract("HTT-166")]
    public async Task Nobody_ends_what_was_not_issued_to_him()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("kept");
        var signedIn = await gate.SignInAsync("kept");
        var tokens = (await gate.SignInEverywhereAsync("kept")).Select(token => token.Token).ToList();
        tokens.AddRange([await gate.Inner.IssueAsync("kept"), OAuthGate.Member(signedIn, "access_token"), await gate.ExchangeAsync(tokens[0], "old")]);
        foreach (var token in tokens)
        {
            OAuthGate.ShouldBe(await gate.PostAsync("revoke", "service", ("token", token)), 400, "unauthorized_client");
            (await gate.IsActiveAsync(token)).ShouldBeTrue(token);
        }

        OAuthGate.ShouldBe(await gate.PostAsync("revoke", "service", ("token", OAuthGate.Member(signedIn, "refresh_token"))), 400, "unauthorized_client");
        OAuthGate.ShouldBe(await gate.PostAsync("revoke", "old", ("token", (await gate.Inner.SignInAsync("kept")).Rtkn)), 400, "unauthorized_client");
        (await gate.RefreshAsync(OAuthGate.Member(signedIn, "refresh_token"))).Status.ShouldBe(200);
    }

    private static void Done(WireAnswer answer)
    {
        (answer.Status, answer.Text, answer.Header("Content-Length"), answer.Header("Cache-Control")).ShouldBe((200, "", "0", "no-store"));
    }
}
