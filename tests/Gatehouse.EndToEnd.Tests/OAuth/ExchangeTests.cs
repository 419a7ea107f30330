using System.Diagnostics;
using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>Token exchange: a session of any dialect for a short JWT that dies with it.</summary>
public sealed class ExchangeTests(OAuthGates gates)
{
    [Fact]
    [Contract("HTT-153", "HTT-154", "HTT-158", "HTT-160")]
    public async Task Every_dialects_token_is_taken_as_it_was_given_out()
    {
        var gate = await gates.Default;
        await gate.AddAsync("everywhere");
        foreach (var (dialect, token) in await gate.SignInEverywhereAsync("everywhere"))
        {
            var answer = await gate.TryExchangeAsync(token, more: ("audience", "https://orders.example"));
            var access = OAuthGate.Member(answer, "access_token");
            answer.Text.ShouldBe($$"""{"access_token":"{{access}}","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":600}""");
            var claims = OAuthGate.Claims(access);
            (claims.GetProperty("sub").GetString(), claims.GetProperty("client_id").GetString(), claims.GetProperty("dialect").GetString(), claims.GetProperty("aud").GetString())
                .ShouldBe(("everywhere", "service", dialect, "https://orders.example"));
            claims.TryGetProperty("tenant", out _).ShouldBe(dialect is "operational-intelligence" or "repositories");

            var said = await gate.IntrospectAsync(access);
            said.GetProperty("dialect").GetString().ShouldBe(dialect);
            (await gate.IntrospectAsync(token)).GetProperty("dialect").GetString().ShouldBe(dialect);
            (await gate.TryExchangeAsync(token, type: OAuthRequests.JwtType)).Status.ShouldBe(dialect == "ar-system" ? 200 : 400);
        }

        var api = await gate.Inner.IssueAsync("everywhere");
        OAuthGate.Claims(await gate.ExchangeAsync(api)).TryGetProperty("dialect", out _).ShouldBeFalse();
        (await gate.TryExchangeAsync(await gate.OwnTokenAsync(), type: OAuthRequests.JwtType)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("HTT-157", "ATK-69")]
    public async Task It_dies_with_the_subject_session_through_a_chain()
    {
        var gate = await gates.Default;
        await gate.AddAsync("chained");
        var session = (await gate.SignInEverywhereAsync("chained")).Single(token => token.Dialect == "ar-system").Token;
        var first = await gate.ExchangeAsync(session);
        var second = await gate.ExchangeAsync(first, "other");
        var third = await gate.ExchangeAsync(second);
        OAuthGate.Claims(third).GetProperty("dialect").GetString().ShouldBe("ar-system");
        foreach (var token in new[] { first, second, third })
        {
            (await gate.IsActiveAsync(token)).ShouldBeTrue();
        }

        (await gate.PostAsync("revoke", "other", ("token", second))).Status.ShouldBe(200);
        (await gate.IsActiveAsync(third)).ShouldBeFalse();
        (await gate.IsActiveAsync(first)).ShouldBeTrue();

        var again = await gate.ExchangeAsync(await gate.ExchangeAsync(first));
        (await gate.SendAsync(ArSystem.ArRequests.Logout(session))).Status.ShouldBe(204);
        foreach (var token in new[] { first, again })
        {
            (await gate.IsActiveAsync(token)).ShouldBeFalse();
            OAuthGate.ShouldBe(await gate.TryExchangeAsync(token), 400, "invalid_request");
        }
    }

    [Fact]
    [Contract("HTT-102", "HTT-157", "ATK-15", "ATK-69")]
    public async Task It_dies_with_account_client_api_token_and_tenant()
    {
        var gate = await gates.Default;
        await gate.AddAsync("issuing", Roles.Client);
        var ends = new (string Name, Func<string, string, Task> End)[]
        {
            ("x-disable", async (name, _) => (await gate.Inner.Accounts.DisableAsync(name, default)).IsDone.ShouldBeTrue()),
            ("x-password", async (name, _) => (await gate.Inner.Accounts.SetPasswordAsync(name, "another tree by the river", default)).IsDone.ShouldBeTrue()),
            ("x-revoke", async (name, _) => (await gate.Inner.Sessions.RevokeAccountAsync(name, default)).IsDone.ShouldBeTrue()),
            ("x-token", async (_, token) => (await gate.Inner.Sessions.RevokeAsync((await gate.IntrospectAsync(token)).GetProperty("jti").GetString()!, apiTokensOnly: true, default)).IsDone.ShouldBeTrue()),
            ("x-tenant", async (name, _) => (await gate.Inner.Tenants.RemoveAsync($"org-{name}", default)).IsDone.ShouldBeTrue()),
            ("x-withdraw", async (name, _) => (await gate.Inner.Accounts.WithdrawAsync(name, [$"org-{name}"], [], default)).IsDone.ShouldBeTrue()),
            ("x-client", async (_, _) => (await gate.Inner.Accounts.DisableAsync("issuing", default)).IsDone.ShouldBeTrue()),
        };
        foreach (var (name, end) in ends)
        {
            await gate.AddAsync(name, Roles.None, $"org-{name}");
            var api = await gate.Inner.IssueAsync(name, $"org-{name}");
            var token = await gate.ExchangeAsync(api, "issuing");
            OAuthGate.Claims(token).GetProperty("tenant").GetString().ShouldBe($"org-{name}");
            (await gate.IsActiveAsync(token)).ShouldBeTrue();

            await end(name, api);

            await OiGate.EventuallyAsync(async () => !await gate.IsActiveAsync(token));
            OAuthGate.ShouldBe(await gate.TryExchangeAsync(token), 400, "invalid_request");
        }
    }

    [Fact]
    [Contract("HTT-155", "HTT-154", "HTT-59", "ATK-20", "ATK-67")]
    public async Task What_is_no_live_token_is_refused_in_one_text()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("subject");
        var tokens = await gate.SignInEverywhereAsync("subject");
        var oi = await gate.Inner.SignInAsync("subject");
        var repository = tokens.Single(token => token.Dialect == "repositories").Token;
        var refresh = OAuthGate.Member(await gate.SignInAsync("subject"), "refresh_token");
        var ar = tokens.Single(token => token.Dialect == "ar-system").Token;
        var texts = new HashSet<string>();
        foreach (var token in new[]
        {
            "x", oi.Rtkn, refresh, $"ght_{new string('A', 43)}", $"{{\"tkn\":\"{oi.Tkn}\"}}", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{{\"tkn\":\"{oi.Tkn}\"}}")), oi.Tkn.ToUpperInvariant() + "0",
            repository.Replace("\"sid\":\"", "\"sid\":\"9", StringComparison.Ordinal), repository.Split(",\"sid\"")[0] + "}", System.Text.Json.JsonDocument.Parse(repository).RootElement.GetProperty("session").GetString()!,
            $"AR-JWT {ar}", $"Bearer {ar}", ar[..^2], $"subject:{OAuthGate.Password}", OAuthGate.Password, new string('x', 20_000), new string('.', 9_000), "\u0000", " ",
        })
        {
            var answer = await gate.TryExchangeAsync(token, "old");
            OAuthGate.ShouldBe(answer, 400, "invalid_request");
            texts.Add(answer.Text);
            (await gate.IsActiveAsync(token, "other")).ShouldBeFalse(token);
        }

        texts.ShouldBe(["""{"error":"invalid_request","error_description":"subject_token is not valid"}"""]);
        foreach (var more in new (string, string)[][] { [("actor_token", "x")], [("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")], [("requested_token_type", "x")] })
        {
            OAuthGate.ShouldBe(await gate.TryExchangeAsync(oi.Tkn, more: more), 400, "invalid_request");
        }

        foreach (var type in new[] { "", "urn:ietf:params:oauth:token-type:refresh_token", "urn:ietf:params:oauth:token-type:id_token", "x", "urn:ietf:params:oauth:token-type:saml2" })
        {
            OAuthGate.ShouldBe(await gate.TryExchangeAsync(oi.Tkn, type: type), 400, "invalid_request");
        }

        OAuthGate.ShouldBe(await gate.PostAsync("token", "service", ("grant_type", OAuthRequests.Exchange), ("subject_token_type", OAuthRequests.AccessTokenType)), 400, "invalid_request");
        OAuthGate.Member(await gate.TryExchangeAsync(oi.Tkn, more: ("requested_token_type", OAuthRequests.JwtType)), "issued_token_type").ShouldBe(OAuthRequests.JwtType);
    }

    [Fact]
    [Contract("HTT-152", "ATK-17", "ATK-18")]
    public async Task It_never_opens_more_than_what_it_is_made_from()
    {
        var gate = await gates.Default;
        await gate.AddAsync("narrow", Roles.None, "narrow-one", "narrow-two");
        var bound = await gate.Inner.IssueAsync("narrow", "narrow-one");
        var both = await gate.Inner.IssueAsync("narrow", "narrow-one", "narrow-two");
        var free = await gate.Inner.IssueAsync("narrow");
        var oi = await gate.Inner.SignInAsync("narrow");

        OAuthGate.ShouldBe(await gate.TryExchangeAsync(bound, more: ("scope", "tenant:narrow-two")), 400, "invalid_scope");
        OAuthGate.ShouldBe(await gate.TryExchangeAsync(both), 400, "invalid_scope");
        OAuthGate.ShouldBe(await gate.TryExchangeAsync(both, more: ("scope", "tenant:DEFAULTORG")), 400, "invalid_scope");
        OAuthGate.ShouldBe(await gate.TryExchangeAsync(free, more: ("scope", "tenant:nowhere")), 400, "invalid_scope");
        OAuthGate.Claims(await gate.ExchangeAsync(both, more: ("scope", "tenant:narrow-two"))).GetProperty("tenant").GetString().ShouldBe("narrow-two");
        OAuthGate.Claims(await gate.ExchangeAsync(oi.Tkn, more: ("scope", "tenant:narrow-two"))).GetProperty("tenant").GetString().ShouldBe("narrow-two");
        OAuthGate.Claims(await gate.ExchangeAsync(oi.Tkn)).GetProperty("tenant").GetString().ShouldBe("DEFAULTORG");

        var access = await gate.ExchangeAsync(free, more: ("scope", "tenant:narrow-one reports"));
        OAuthGate.ShouldBe(await gate.TryExchangeAsync(access, more: ("scope", "orders")), 400, "invalid_scope");
        OAuthGate.ShouldBe(await gate.TryExchangeAsync(access, more: ("scope", "tenant:narrow-two")), 400, "invalid_scope");
        OAuthGate.Claims(await gate.ExchangeAsync(access, more: ("scope", "reports"))).GetProperty("tenant").GetString().ShouldBe("narrow-one");
    }

    [Fact]
    [Contract("HTT-153", "HTT-157", "HTT-160", "HTT-109")]
    public async Task Exchange_is_a_use_and_introspection_is_none_and_the_token_idles_out_with_its_session()
    {
        var gate = await gates.Brief;
        await gate.AddAsync("idler");
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var used = (await gate.Inner.SignInAsync("idler")).Tkn;
            var asked = (await gate.Inner.SignInAsync("idler")).Tkn;
            var start = Stopwatch.GetTimestamp();
            var (last, longest) = (start, TimeSpan.Zero);
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2.6))
            {
                var isTaken = (await gate.TryExchangeAsync(used)).Status == 200;
                await gate.IntrospectAsync(asked);
                (longest, last) = (Later(longest, Stopwatch.GetElapsedTime(last)), Stopwatch.GetTimestamp());
                (isTaken || longest > TimeSpan.FromSeconds(1)).ShouldBeTrue("used often enough, and yet over");
                await Task.Delay(100);
            }

            var isAlive = await gate.IsActiveAsync(used);
            if (Later(longest, Stopwatch.GetElapsedTime(last)) > TimeSpan.FromSeconds(1))
            {
                // The machine was too busy to use a session often enough: that says nothing.
                continue;
            }

            isAlive.ShouldBeTrue();
            (await gate.IsActiveAsync(asked)).ShouldBeFalse();
            OAuthGate.ShouldBe(await gate.TryExchangeAsync(asked), 400, "invalid_request");
            return;
        }

        throw new InvalidOperationException("The machine is too busy for this test.");

        static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
    }

    [Fact]
    [Contract("HTT-157")]
    public async Task A_chain_has_an_end()
    {
        var gate = await gates.Default;
        var token = await gate.OwnTokenAsync();
        for (var i = 0; i < 8; i++)
        {
            token = await gate.ExchangeAsync(token);
        }

        (await gate.IsActiveAsync(token)).ShouldBeTrue();
        OAuthGate.ShouldBe(await gate.TryExchangeAsync(token), 400, "invalid_request");
    }
}
