using System.Text.Json.Nodes;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Sso;

/// <summary>Tokens of a single sign-on as they can be: the same twice, odd, long, shown too early.</summary>
public sealed class HandedOnTokenTests : IAsyncLifetime
{
    private CrookedSso _sso = null!;
    private SsoGate _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _sso = await CrookedSso.StartAsync();
        (string Name, string Value)[] options = [("Issuer", _sso.Issuer), ("ClientId", "gate"), ("ClientSecret", CrookedSso.Secret), ("TimeoutSeconds", "30"), ("CaFile", _sso.CaFile), ("GroupRules", "calbro=tenant:calbro,admins=tenant:other")];
        _gate = await SsoGate.StartAsync([.. options.Select(option => ($"Authorities:Sso:corp:{option.Name}", option.Value)), ("Dialects:ProactiveNet:TokenIssuer", "sso")]);
        await _gate.AddTenantAsync("calbro");
        await _gate.AddTenantAsync("other");
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _sso.DisposeAsync();
    }

    [Fact]
    [Contract("PN-93", "PN-96")]
    public async Task The_same_token_again_opens_what_it_opened_before_and_nothing_else()
    {
        Give("same-token");
        (await _gate.TokenAsync("alice", "calbro")).ShouldBe("same-token");
        (await _gate.TokenAsync("alice", "calbro")).ShouldBe("same-token");
        (await _gate.CallAsync("same-token")).Text.ShouldContain("\"tenant\":\"calbro\"");

        (await _gate.LoginAsync("alice", tenant: "other")).Status.ShouldBe(401, "it stands for another tenant");
        (await _gate.LoginAsync("alice")).Status.ShouldBe(401, "and not for none");
        (await _gate.GrantAsync("alice", "calbro")).Status.ShouldBe(401, "and for another dialect");
        _sso.UserInfo = new JsonObject { ["sub"] = "4712", ["preferred_username"] = "bob", ["groups"] = new JsonArray("calbro") };
        (await _gate.LoginAsync("bob", tenant: "calbro")).Status.ShouldBe(401, "and for another account");
        (await _gate.CallAsync("same-token")).Text.ShouldContain("\"user\":\"alice\"");

        (await _gate.LogoutAsync("same-token")).Status.ShouldBe(200);
        _sso.UserInfo = new JsonObject { ["sub"] = "4711", ["preferred_username"] = "alice", ["groups"] = new JsonArray("calbro") };
        (await _gate.LoginAsync("alice", tenant: "calbro")).Status.ShouldBe(401, "what has ended does not come to life again");
        (await _gate.AuditAsync()).Count(row => row.GetProperty("reason").GetString() == "token-taken").ShouldBe(5);
    }

    [Fact]
    [Contract("OI-34", "PN-96", "ATK-50")]
    public async Task A_token_that_was_shown_before_it_was_handed_on_is_good_after_it()
    {
        Give("early-pn");
        (await _gate.CallAsync("early-pn")).Status.ShouldBe(401);
        (await _gate.TokenAsync("alice")).ShouldBe("early-pn");
        (await _gate.CallAsync("early-pn")).Status.ShouldBe(200);

        Give("early-oi");
        (await _gate.SearchAsync("early-oi")).Status.ShouldBe(401);
        (await _gate.GrantAsync("alice", "calbro")).Status.ShouldBe(200);
        (await _gate.SearchAsync("early-oi")).Status.ShouldBe(200);
        (await _gate.CallAsync("early-oi")).Status.ShouldBe(401, "a token of another dialect");
    }

    [Theory]
    [InlineData("YWxpY2U6d3Jvbmc=")]
    [InlineData("a,b;c=\"d\"\\{}[]<>@:/+&'~!#$%^*()|?")]
    [InlineData("ght_0123456789012345678901234567890123456789012")]
    [InlineData("blank inside", 401)]
    [InlineData(" ", 401)]
    [InlineData("tab\tinside", 503)]
    [InlineData("line\r\nX-Evil: 1", 503)]
    [InlineData("münchen", 503)]
    [InlineData("\u0000", 503)]
    [Contract("PN-93", "PN-114", "OI-34", "OI-42", "ATK-81")]
    public async Task Odd_tokens_come_back_whole_or_are_not_handed_on(string token, int status = 200)
    {
        Give(token);
        var login = await _gate.LoginAsync("alice");
        login.Status.ShouldBe(status, login.Text);
        if (status == 200)
        {
            SsoGate.Json(login).GetProperty("response").GetProperty("authToken").GetString().ShouldBe(token);
            (await _gate.CallAsync(token)).Status.ShouldBe(200);
            (await _gate.LogoutAsync(token)).Status.ShouldBe(200);
            Give(token + "2");
            SsoGate.Json(await _gate.GrantAsync("alice", "calbro")).GetProperty("tkn").GetString().ShouldBe(token + "2");
            (await _gate.SearchAsync(token + "2")).Status.ShouldBe(200);
        }
        else
        {
            (await _gate.GrantAsync("alice", "calbro")).Status.ShouldBe(status);
            (await _gate.AuditAsync()).Count(row => row.GetProperty("reason").GetString() == (status == 401 ? "unusable-token" : "unavailable")).ShouldBe(2);
            (await _gate.GuessesAsync("alice")).ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(4_096, 200, 200)]
    [InlineData(4_097, 200, 401)]
    [InlineData(8_192, 200, 401)]
    [InlineData(8_193, 401, 401)]
    [Contract("PN-93", "OI-75")]
    public async Task Long_tokens_come_back_whole_or_are_not_handed_on(int length, int proactiveNet, int operationalIntelligence)
    {
        var token = new string('x', length);
        Give(token);
        (await _gate.LoginAsync("alice")).Status.ShouldBe(proactiveNet);
        (await _gate.CallAsync(token)).Status.ShouldBe(proactiveNet);

        token = new string('y', length);
        Give(token);
        (await _gate.GrantAsync("alice", "calbro")).Status.ShouldBe(operationalIntelligence);
        (await _gate.SearchAsync(token)).Status.ShouldBe(operationalIntelligence);
    }

    [Fact]
    [Contract("ATK-73", "ATK-4")]
    public async Task Somebody_else_than_was_asked_for_is_refused()
    {
        _sso.UserInfo = new JsonObject { ["sub"] = "1", ["preferred_username"] = "admin" };
        (await _gate.LoginAsync("mallory")).Status.ShouldBe(401);
        (await _gate.LoginAsync("admin")).Status.ShouldBe(401, "the home authority of admin decides alone");
        (await _gate.AuditAsync()).ShouldContain(row => row.GetProperty("reason").GetString() == "foreign-person");

        // The same name with another sub is another person.
        Give("one");
        _sso.UserInfo = new JsonObject { ["sub"] = "1", ["preferred_username"] = "dora" };
        (await _gate.LoginAsync("dora")).Status.ShouldBe(200);
        Give("two");
        _sso.UserInfo = new JsonObject { ["sub"] = "2", ["preferred_username"] = "dora" };
        (await _gate.LoginAsync("dora")).Status.ShouldBe(401);
    }

    private void Give(string token) => _sso.Answers["/token"] = context =>
        CrookedSso.JsonAsync(context, 200, new JsonObject { ["access_token"] = token, ["token_type"] = "Bearer", ["expires_in"] = 300 }.ToJsonString());
}
