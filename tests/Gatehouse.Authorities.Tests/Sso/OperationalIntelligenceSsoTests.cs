using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Sso;

/// <summary><c>exttoken_requested</c> against a real OpenID provider.</summary>
public sealed class OperationalIntelligenceSsoTests : IAsyncLifetime
{
    private const string Tenant = "calbro";
    private OidcProvider _provider = null!;
    private SsoGate _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await OidcProvider.StartAsync(seconds: 5);
        _provider.SetUsers(("alice", SsoGate.Password, ["calbro"], null));
        _gate = await SsoGate.StartAsync(_provider.Options("corp", ("GroupRules", "calbro=tenant:calbro"), ("GroupsClaim", "realm_access.roles")));
        await _gate.AddTenantAsync(Tenant);
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    [Contract("OI-34", "OI-57", "OI-58")]
    public async Task The_token_of_the_single_sign_on_is_tkn_and_ends_when_that_says_and_rtkn_is_ours()
    {
        var answer = await _gate.GrantAsync("alice", Tenant, "&exttoken_requested=TRUE");
        answer.Status.ShouldBe(200, answer.Text);
        var (token, refresh) = (SsoGate.Json(answer).GetProperty("tkn").GetString()!, SsoGate.Json(answer).GetProperty("rtkn").GetString()!);
        (await _provider.IntrospectAsync(token)).GetProperty("active").GetBoolean().ShouldBeTrue("it is the provider's own token");
        refresh.Length.ShouldBe(36);
        (await _gate.SearchAsync(token)).Status.ShouldBe(200);

        await Task.Delay(5_500);
        (await _gate.SearchAsync(token)).Text.ShouldContain("Invalid authentication token");

        var next = await _gate.RefreshAsync(refresh, Tenant);
        next.Status.ShouldBe(200, next.Text);
        var own = SsoGate.Json(next).GetProperty("tkn").GetString()!;
        own.Length.ShouldBe(36, "a refresh gives tokens of ours");
        (await _gate.SearchAsync(own)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&exttoken_requested=false")]
    [InlineData("&exttoken_requested=1")]
    [InlineData("&exttoken_requested=")]
    [Contract("OI-35")]
    public async Task Not_asked_for_it_is_our_own_token(string more)
    {
        var answer = await _gate.GrantAsync("alice", Tenant, more);
        SsoGate.Json(answer).GetProperty("tkn").GetString()!.ShouldMatch("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
    }

    [Fact]
    [Contract("OI-35")]
    public async Task A_local_account_gets_our_own_token_whatever_it_asks_for()
    {
        await _gate.Server.AddAccountAsync("carol", SsoGate.Password, "--tenant", Tenant);
        var answer = await _gate.GrantAsync("carol", Tenant);
        SsoGate.Json(answer).GetProperty("tkn").GetString()!.ShouldMatch("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
    }

    [Fact]
    [Contract("OI-34", "OI-49", "HTT-93")]
    public async Task Many_equal_sign_ins_at_once_are_all_accepted_and_all_can_refresh()
    {
        await _gate.GrantAsync("alice", Tenant);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _gate.GrantAsync("alice", Tenant)));
        answers.ShouldAllBe(answer => answer.Status == 200);
        foreach (var answer in answers)
        {
            (await _gate.SearchAsync(SsoGate.Json(answer).GetProperty("tkn").GetString()!)).Status.ShouldBe(200);
        }

        answers.Select(answer => SsoGate.Json(answer).GetProperty("rtkn").GetString()).Distinct().Count().ShouldBe(answers.Length);
        foreach (var answer in answers)
        {
            (await _gate.RefreshAsync(SsoGate.Json(answer).GetProperty("rtkn").GetString()!, Tenant)).Status.ShouldBe(200);
        }
    }
}
