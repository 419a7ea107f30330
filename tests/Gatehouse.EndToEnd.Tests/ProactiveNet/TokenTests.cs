using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

[Collection(ProactiveNetCollection.Name)]
public sealed class TokenTests(ProactiveNetServer shared)
{
    private ProactiveNetDesk Desk => shared.Desk;

    [Fact]
    [Contract("PN-3", "PN-46", "PN-47")]
    public async Task Token_opens_protected_paths_in_every_spelling_of_its_scheme()
    {
        await Desk.AddAsync("pn-token");
        var token = await Desk.TokenAsync("pn-token");

        var answer = await Desk.SendAsync(Request("PUT", "/bppmws/api/Event/create?routingId=cell", $"Authorization: authtoken {token}", "Content-Length: 2") + "{}");
        answer.Status.ShouldBe(200);
        var session = Json(answer).GetProperty("session").GetString();
        answer.Text.ShouldBe($$"""{"user":"pn-token","dialect":"proactivenet","method":"authtoken","tenant":null,"scope":null,"tenants":[],"impersonator":null,"session":"{{session}}"}""");
        foreach (var line in new[] { $"authorization: authToken {token}", $"AUTHORIZATION: AUTHTOKEN   {token}  ", $"Authorization:  Authtoken {token}" })
        {
            foreach (var path in new[] { DevicePath, "/bppmws/api", "/tsws", "/tsws/10.0/api/omprovider/tenants" })
            {
                (await Desk.GetAsync(path, line)).Status.ShouldBe(200, $"{line} {path}");
            }
        }
    }

    [Fact]
    [Contract("PN-32", "PN-35")]
    public async Task Life_is_fixed_at_login_and_over_at_its_end()
    {
        await Desk.AddAsync("pn-expiry");
        var token = await PlantAsync("pn-expiry", "pn expiring token", TimeSpan.FromSeconds(3));

        (await Desk.CallAsync(token)).Status.ShouldBe(200);
        await Task.Delay(TimeSpan.FromSeconds(3));
        ShouldBeRefused(await Desk.CallAsync(token));
        ShouldBeRefused(await Desk.LogoutAsync(token));
        ShouldBeRefused(await Desk.CallAsync(token));
    }

    [Fact]
    [Contract("PN-48", "PN-49", "PN-56")]
    public async Task Token_that_could_be_name_and_password_is_a_token_alive_and_dead()
    {
        await Desk.AddAsync("pn-colon");
        var live = await PlantAsync("pn-colon", "pn-victim:looks like a password", TimeSpan.FromHours(1));
        var expired = await PlantAsync("pn-colon", "pn-victim:expired long ago indeed", TimeSpan.FromSeconds(-1));
        var revoked = await PlantAsync("pn-colon", "pn-victim:revoked a moment ago", TimeSpan.FromHours(1));

        (await Desk.CallAsync(live)).Status.ShouldBe(200);
        ShouldBeRefused(await Desk.GetAsync(DevicePath, $"Authorization: Basic {live}"));
        ShouldBeRefused(await Desk.SendAsync(Get(DevicePath, $"Authorization: Basic {live}"), https: true));
        (await Desk.LogoutAsync(revoked)).Status.ShouldBe(200);
        for (var i = 0; i < 15; i++)
        {
            ShouldBeRefused(await Desk.CallAsync(expired, https: true));
            ShouldBeRefused(await Desk.CallAsync(revoked, https: true));
        }

        ShouldBeRefused(await Desk.SendAsync(Get(DevicePath, $"Authorization: Basic {revoked}"), https: true));
        (await Desk.GuessesAsync("pn-victim")).ShouldBe(0);
        (await Desk.AuditAsync("pn-victim")).ShouldBeEmpty();

        // The control: the same form, but nobody's token, is a guess.
        ShouldBeRefused(await Desk.CallWithPasswordAsync("pn-victim", "looks like another password"));
        (await Desk.GuessesAsync("pn-victim")).ShouldBe(1);
    }

    [Fact]
    [Contract("PN-48", "PN-50", "PN-57")]
    public async Task Token_that_was_changed_in_any_way_is_another_value()
    {
        await Desk.AddAsync("pn-changed");
        string token;
        do
        {
            token = await Desk.TokenAsync("pn-changed");
        }
        while (!token.Any(char.IsAsciiLetterLower) || !token.AsSpan().ContainsAny('+', '/'));

        var swapped = new string([.. token.Select(character => char.IsAsciiLetterLower(character) ? char.ToUpperInvariant(character) : character)]);
        foreach (var value in new[] { swapped, token.TrimEnd('='), token.Replace('+', '-').Replace('/', '_'), $"\"{token}\"", $"{token} x", $"{token},", token + "=", $"{token}, authtoken {token}", token[..^2] })
        {
            ShouldBeRefused(await Desk.CallAsync(value));
        }

        (await Desk.CallAsync(token)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-51", "PN-52")]
    public async Task Token_counts_in_its_header_only_and_once()
    {
        await Desk.AddAsync("pn-place");
        var token = await Desk.TokenAsync("pn-place");
        var encoded = Uri.EscapeDataString(token);

        foreach (var headers in new string[][]
        {
            [], ["Authorization:"], ["Authorization: authtoken"], ["Authorization: authtoken "], [$"Authorization: Bearer {token}"], [$"Authorization: AR-JWT {token}"], [$"Authorization: token {token}"],
            [$"Authorization: {token}"], [$"Authorization: authtoken,{token}"], [$"Cookie: authToken={encoded}"], [$"authToken: {token}"], [$"Authorization: authtoken {new string('A', 17_000)}"],
        })
        {
            ShouldBeRefused(await Desk.GetAsync($"{DevicePath}?authToken={encoded}", headers));
        }

        ShouldBeRefused(await Desk.PostAsync(DevicePath, $"authToken={encoded}"));
        ShouldBeBadRequest(await Desk.GetAsync(DevicePath, $"Authorization: authtoken {token}", $"Authorization: authtoken {token}"), "more than one credential");
        ShouldBeBadRequest(await Desk.GetAsync(DevicePath, $"Authorization: authtoken {token}", "Authorization:"), "more than one credential");
    }

    [Fact]
    [Contract("PN-53")]
    public async Task Token_of_another_dialect_is_no_token_here_and_nobodys_password()
    {
        await Desk.AddAsync("pn-foreign");
        var form = Fields("pn-foreign", Password);
        var jwt = await Desk.SendAsync(Post("/api/jwt/login", form), https: true);
        jwt.Status.ShouldBe(200);

        ShouldBeRefused(await Desk.CallAsync(jwt.Text));
        var planted = await PlantAsync("pn-foreign", "pn-foreign-victim:of another dialect", TimeSpan.FromHours(1), "operational-intelligence");
        ShouldBeRefused(await Desk.CallAsync(planted, https: true));
        (await Desk.GuessesAsync("pn-foreign-victim")).ShouldBe(0);
        ShouldBeRefused(await Desk.LogoutAsync(planted));
        (await Desk.SendAsync(Get("/api/arsys/v1/x", $"Authorization: AR-JWT {await Desk.TokenAsync("pn-foreign")}"), https: true)).Status.ShouldBe(401);
    }

    [Fact]
    [Contract("PN-54")]
    public async Task Api_token_opens_and_cannot_be_logged_out()
    {
        await Desk.AddAsync("pn-api", "pn-api-a", "pn-api-b", "pn-api-c");
        var plain = await Desk.IssueApiTokenAsync("pn-api");
        var one = await Desk.IssueApiTokenAsync("pn-api", "pn-api-a");
        var two = await Desk.IssueApiTokenAsync("pn-api", "pn-api-a", "pn-api-b");

        (await Desk.CallAsync(plain)).Text.ShouldContain("\"method\":\"api-token\",\"tenant\":null,\"scope\":null,\"tenants\":[]");
        (await Desk.CallAsync(one)).Text.ShouldContain("\"tenant\":\"pn-api-a\",\"scope\":\"tenant\",\"tenants\":[\"pn-api-a\"]");
        ShouldBeError(await Desk.CallAsync(one, DevicePath + "?tenantName=pn-api-b"), 403, Denied);
        ShouldBeError(await Desk.CallAsync(two), 403, Denied);
        (await Desk.CallAsync(two, DevicePath + "?tenantName=PN-API-B")).Text.ShouldContain("\"tenant\":\"pn-api-b\"");
        ShouldBeError(await Desk.CallAsync(two, DevicePath + "?tenantName=pn-api-c"), 403, Denied);

        ShouldBeError(await Desk.LogoutAsync(plain), 403, Denied);
        ShouldBeError(await Desk.PostAsync("/tsws/10.0/api/authenticate/logout", $"authToken={plain}"), 403, Denied);
        ShouldBeError(await Desk.SendAsync(Request("DELETE", "/tsws/api/v10.1/token", $"authToken: {plain}")), 403, Denied);
        (await Desk.PostAsync(LogoutPath, Fields("pn-api", Password))).Status.ShouldBe(200);
        (await Desk.CallAsync(plain)).Status.ShouldBe(200);
        (await Desk.GetAsync("/tsws/x", $"authToken: {plain}")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-49", "PN-121")]
    public async Task Session_is_remembered_for_the_days_configured()
    {
        await Desk.AddAsync("pn-tombstone");
        var found = await Desk.Store.Sessions.FindAsync(TokenHash.Of(await Desk.TokenAsync("pn-tombstone")), default);
        found!.Retention.ShouldBe(TimeSpan.FromDays(30));
    }

    /// <summary>A session whose token is what the test wants it to be.</summary>
    private async Task<string> PlantAsync(string account, string decoded, TimeSpan life, string dialect = "proactivenet")
    {
        var owner = (await Desk.Store.Accounts.FindAsync(account, default))!.Account;
        var now = TimeProvider.System.GetUtcNow();
        var token = Base64(decoded);
        var session = new Session
        {
            Id = PublicId.New(now),
            Token = TokenHash.Of(token),
            Kind = SessionKind.Session,
            AccountId = owner.Id,
            Dialect = dialect,
            Issued = now,
            LastUsed = now,
            Expires = now + life,
            Retention = TimeSpan.FromDays(1),
        };
        await Desk.Store.Sessions.AddAsync(session, new SessionConditions(), _ => new AuditEvent { Time = now, Event = AuditEvents.SignIn, Outcome = AuditOutcomes.Accepted }, default);
        return token;
    }
}
