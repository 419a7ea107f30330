using Gatehouse.Core.Stores;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>The password grant of old clients, and the families that it begins.</summary>
public sealed class RefreshTests(OAuthGates gates)
{
    [Fact]
    [Contract("HTT-147", "HTT-148", "HTT-149", "HTT-145")]
    public async Task The_password_grant_is_for_listed_clients_only()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("pw-user");
        await gate.AddAsync("pw-gone");
        (await gate.Inner.Accounts.DisableAsync("pw-gone", default)).IsDone.ShouldBeTrue();
        OAuthGate.ShouldBe(await gate.SignInAsync("pw-user", "service"), 400, "unauthorized_client");
        OAuthGate.ShouldBe(await gate.PostAsync("token", "old", ("grant_type", "password"), ("username", "pw-user")), 400, "invalid_request");
        OAuthGate.ShouldBe(await gate.PostAsync("token", "old", ("grant_type", "password"), ("password", "x")), 400, "invalid_request");
        OAuthGate.ShouldBe(await gate.SignInAsync("pw-user", more: ("scope", "nonsense")), 400, "invalid_scope");
        OAuthGate.ShouldBe(await gate.SignInAsync("pw-user", more: ("scope", "tenant:nowhere")), 400, "invalid_scope");

        var texts = new HashSet<string>();
        foreach (var (name, password) in new[] { ("pw-user", "wrong"), ("nobody", OAuthGate.Password), ("pw-gone", OAuthGate.Password), ("PW-USER", OAuthGate.Password), ("pw-user", " "), ("pw-user", "\u0007"), (new string('x', 300), "x") })
        {
            var answer = await gate.SignInAsync(name, password: password);
            OAuthGate.ShouldBe(answer, 400, "invalid_grant");
            texts.Add(string.Join('\n', answer.Headers.Where(header => header.Name != "Date")) + answer.Text);
        }

        texts.ShouldHaveSingleItem();
        var good = await gate.SignInAsync("pw-user", more: ("scope", "reports"));
        var (access, refresh) = Tokens(good);
        good.Text.ShouldBe($$"""{"access_token":"{{access}}","token_type":"Bearer","expires_in":600,"refresh_token":"{{refresh}}","scope":"reports"}""");
        refresh.ShouldMatch("^ghr_[A-Za-z0-9_-]{43}$");
        OAuthGate.Claims(access).GetProperty("sub").GetString().ShouldBe("pw-user");
        OAuthGate.Claims(access).TryGetProperty("dialect", out _).ShouldBeFalse();
    }

    [Fact]
    [Contract("HTT-150", "HTT-110", "HTT-106", "ATK-14")]
    public async Task A_refresh_brings_a_new_pair_and_the_same_one_to_all_who_ask_at_once()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("rotating");
        var (access, refresh) = Tokens(await gate.SignInAsync("rotating"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => gate.RefreshAsync(refresh)));

        var pairs = answers.Select(Tokens).Distinct().ToList();
        var (nextAccess, nextRefresh) = pairs.ShouldHaveSingleItem();
        new[] { access, refresh, nextAccess, nextRefresh }.Distinct().Count().ShouldBe(4);
        (await gate.IsActiveAsync(nextAccess)).ShouldBeTrue();
        (await gate.IsActiveAsync(nextRefresh, "old")).ShouldBeTrue();
        (await gate.IsActiveAsync(access)).ShouldBeFalse();
        (await gate.IsActiveAsync(refresh, "old")).ShouldBeFalse();
        (await LiveAsync(gate, "rotating")).ShouldBe(2);
    }

    [Fact]
    [Contract("HTT-111", "HTT-150", "ATK-22")]
    public async Task Reuse_after_the_successor_was_used_ends_the_family_and_what_was_made_from_it()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("reusing");
        var (_, first) = Tokens(await gate.SignInAsync("reusing"));
        var (_, second) = Tokens(await gate.RefreshAsync(first));
        var (access, third) = Tokens(await gate.RefreshAsync(second));
        var made = await gate.ExchangeAsync(access);

        OAuthGate.ShouldBe(await gate.RefreshAsync(first), 400, "invalid_grant");

        foreach (var token in new[] { access, third, made })
        {
            (await gate.IsActiveAsync(token, "old")).ShouldBeFalse();
        }

        OAuthGate.ShouldBe(await gate.RefreshAsync(third), 400, "invalid_grant");
        (await LiveAsync(gate, "reusing")).ShouldBe(0);
        (await gate.Inner.AuditAsync("reusing", row => row is { Event: "refresh", Outcome: "refused", Reason: "used-token" })).ShouldContain(row => row.Event == "refresh-reuse" && row.Outcome == "refused");
    }

    [Fact]
    [Contract("HTT-111", "HTT-150", "ATK-22")]
    public async Task Without_a_grace_of_many_at_once_one_wins_and_the_family_ends()
    {
        var gate = await gates.NoGrace;
        await gate.AddAsync("racing");
        var (_, refresh) = Tokens(await gate.SignInAsync("racing"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => gate.RefreshAsync(refresh)));

        answers.Count(answer => answer.Status == 200).ShouldBe(1);
        (await LiveAsync(gate, "racing")).ShouldBe(0);
    }

    [Fact]
    [Contract("HTT-150", "HTT-59", "ATK-20", "ATK-22", "ATK-67")]
    public async Task What_is_no_refresh_token_of_this_client_is_refused_and_harms_nothing()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("owner");
        var (access, refresh) = Tokens(await gate.SignInAsync("owner"));
        var oi = await gate.Inner.SignInAsync("owner");
        var texts = new HashSet<string>();
        foreach (var (client, token) in new[]
        {
            ("service", refresh), ("other", refresh), ("old", access), ("old", oi.Rtkn), ("old", oi.Tkn), ("old", await gate.Inner.IssueAsync("owner")), ("old", "x"), ("old", refresh + "x"), ("old", refresh[..^1]),
            ("old", $"ghr_{new string('A', 43)}"), ("old", new string('x', 9_000)),
        })
        {
            var answer = await gate.RefreshAsync(token, client);
            OAuthGate.ShouldBe(answer, 400, "invalid_grant");
            texts.Add(answer.Text);
        }

        texts.ShouldHaveSingleItem();
        OAuthGate.ShouldBe(await gate.PostAsync("token", "old", ("grant_type", "refresh_token")), 400, "invalid_request");
        Tokens(await gate.RefreshAsync(refresh)).Refresh.ShouldNotBe(refresh);
    }

    [Fact]
    [Contract("HTT-151", "ATK-22")]
    public async Task A_part_of_the_scope_is_granted_to_that_access_token_only()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync("scoped-refresh");
        var (_, refresh) = Tokens(await gate.SignInAsync("scoped-refresh", more: ("scope", "reports tenant:DEFAULTORG orders")));
        foreach (var more in new[] { "reports admin", "tenant:other", "x", "Reports" })
        {
            OAuthGate.ShouldBe(await gate.RefreshAsync(refresh, more: ("scope", more)), 400, "invalid_scope");
        }

        var narrow = await gate.RefreshAsync(refresh, more: ("scope", "orders"));
        OAuthGate.Member(narrow, "scope").ShouldBe("orders");
        var claims = OAuthGate.Claims(Tokens(narrow).Access);
        (claims.GetProperty("scope").GetString(), claims.GetProperty("tenant").GetString()).ShouldBe(("orders", "DEFAULTORG"));
        OAuthGate.Member(await gate.RefreshAsync(Tokens(narrow).Refresh), "scope").ShouldBe("reports tenant:DEFAULTORG orders");
    }

    [Fact]
    [Contract("HTT-150", "HTT-161")]
    public async Task A_family_ends_with_its_absolute_life_and_access_tokens_with_theirs()
    {
        var gate = await gates.Brief;
        await gate.AddAsync("short-lived");
        var (access, refresh) = Tokens(await gate.SignInAsync("short-lived"));
        (OAuthGate.Claims(access).GetProperty("exp").GetInt64() - OAuthGate.Claims(access).GetProperty("iat").GetInt64()).ShouldBe(2);

        await OiGate.EventuallyAsync(async () => !await gate.IsActiveAsync(access));
        await OiGate.EventuallyAsync(async () => !await gate.IsActiveAsync(refresh, "old"));
        OAuthGate.ShouldBe(await gate.RefreshAsync(refresh), 400, "invalid_grant");
    }

    private static (string Access, string Refresh) Tokens(WireAnswer answer) => (OAuthGate.Member(answer, "access_token"), OAuthGate.Member(answer, "refresh_token"));

    private static async Task<int> LiveAsync(OAuthGate gate, string name)
    {
        var account = (await gate.Inner.Store.Accounts.FindAsync(name, default))!.Account;
        return (await gate.Inner.Store.Sessions.ListAsync(new SessionFilter { AccountId = account.Id }, TimeProvider.System.GetUtcNow(), default)).Count;
    }
}
