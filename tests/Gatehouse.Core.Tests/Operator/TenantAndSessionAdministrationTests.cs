using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Operator;

public sealed class TenantAndSessionAdministrationTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private Node _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        await _node.CatchUpAsync();
        await _node.TenantAdministration.AddAsync("north", null, hidden: false, default);
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Theory]
    [InlineData("a/b", null, "holds one of")]
    [InlineData("a\\b", null, "holds one of")]
    [InlineData("", null, "it is empty")]
    [InlineData("..", null, "dot segment")]
    [InlineData("NORTH", null, "exists already")]
    [InlineData("west", " id", "internal id")]
    [Contract("HTT-74")]
    public async Task Tenant_that_cannot_be_is_refused_and_says_why(string name, string? id, string why)
    {
        (await _node.TenantAdministration.AddAsync(name, id, hidden: false, default)).Refusal.ShouldNotBeNull().ShouldContain(why);

        (await _node.Store.Tenants.ListAsync(default)).ShouldHaveSingleItem();
    }

    [Fact]
    [Contract("HTT-74")]
    public async Task Name_of_a_tenant_may_have_128_characters()
    {
        (await _node.TenantAdministration.AddAsync(new string('n', 128), null, hidden: false, default)).IsDone.ShouldBeTrue();
        (await _node.TenantAdministration.AddAsync(new string('m', 129), null, hidden: false, default)).Refusal.ShouldNotBeNull().ShouldContain("128");
    }

    [Fact]
    public async Task Tenant_without_an_internal_id_gets_a_GUID_and_one_with_keeps_it()
    {
        await _node.TenantAdministration.AddAsync("south", "cohort-7", hidden: true, default);

        var tenants = await _node.Store.Tenants.ListAsync(default);

        Guid.TryParse(tenants[0].InternalId, out _).ShouldBeTrue();
        (tenants[1].InternalId, tenants[1].Hidden).ShouldBe(("cohort-7", true));
    }

    [Fact]
    public async Task Remove_of_an_unknown_tenant_is_refused()
    {
        (await _node.TenantAdministration.RemoveAsync("West", default)).Refusal.ShouldBe("No tenant is called 'West'; 'gatehouse tenant list' shows them all.");
        (await _node.TenantAdministration.RemoveAsync("North", default)).IsDone.ShouldBeTrue();
    }

    [Fact]
    [Contract("HTT-107", "HTT-108")]
    public async Task Issued_API_token_opens_and_only_its_hash_is_kept()
    {
        await _node.AddAccountAsync("alice", Node.Password, "north");

        var (result, token) = await _node.SessionAdministration.IssueTokenAsync("ALICE", TimeSpan.FromDays(30), ["north"], "for the build", default);

        result.IsDone.ShouldBeTrue();
        ApiToken.HasShape(token).ShouldBeTrue();
        (await _node.StateOfAsync(token!)).ShouldBe(SessionState.Live);
        var listed = (await _node.SessionAdministration.ListAsync(new SessionFilter { Kind = SessionKind.ApiToken }, default)).ShouldHaveSingleItem();
        (listed.Account, listed.Session.Label, listed.Session.Expires).ShouldBe(("alice", "for the build", _node.Now.AddDays(30)));
        listed.Tenants.ShouldBe(["north"]);
        var audit = (await _node.ReadAuditAsync())[^1];
        (audit.Event, audit.Account, audit.Session).ShouldBe((AuditEvents.TokenIssue, "alice", listed.Session.Id.ToString()));
    }

    [Fact]
    [Contract("HTT-108")]
    public async Task API_token_without_a_lifetime_lives_until_it_is_revoked()
    {
        await _node.AddAccountAsync();
        var (_, token) = await _node.SessionAdministration.IssueTokenAsync("alice", null, [], null, default);
        _state.Clock.Advance(TimeSpan.FromDays(3650));
        await _node.CatchUpAsync();
        (await _node.StateOfAsync(token!)).ShouldBe(SessionState.Live);
        var id = (await _node.SessionAdministration.ListAsync(new SessionFilter(), default)).ShouldHaveSingleItem().Session.Id.ToString();

        (await _node.SessionAdministration.RevokeAsync(id, apiTokensOnly: true, default)).IsDone.ShouldBeTrue();
        await _node.CatchUpAsync();

        (await _node.StateOfAsync(token!)).ShouldBe(SessionState.Ended);
        (await _node.SessionAdministration.RevokeAsync(id, apiTokensOnly: true, default)).IsDone.ShouldBeFalse();
    }

    [Fact]
    public async Task API_token_is_not_issued_to_whom_it_cannot_serve()
    {
        await _node.AddAccountAsync("alice");
        await _node.AddAccountAsync("disabled");
        await _node.AccountAdministration.DisableAsync("disabled", default);

        (await RefusalAsync("nobody")).ShouldContain("No account");
        (await RefusalAsync("disabled")).ShouldContain("disabled");
        (await RefusalAsync("alice", "west")).ShouldContain("'west'");
        (await RefusalAsync("alice", "north")).ShouldContain("not a member");

        (await _node.SessionAdministration.ListAsync(new SessionFilter(), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Revoke_of_what_is_not_alive_or_no_API_token_is_refused()
    {
        var account = await _node.AddAccountAsync();
        var session = await _node.IssueAsync(_node.NewSession(account, "token"));

        (await _node.SessionAdministration.RevokeAsync("no id", apiTokensOnly: false, default)).Refusal.ShouldNotBeNull().ShouldContain("session list");
        (await _node.SessionAdministration.RevokeAsync(PublicId.New(_node.Now).ToString(), apiTokensOnly: true, default)).Refusal.ShouldNotBeNull().ShouldContain("token list");
        (await _node.SessionAdministration.RevokeAsync(session.Id.ToString(), apiTokensOnly: true, default)).IsDone.ShouldBeFalse();
        (await _node.SessionAdministration.RevokeAccountAsync("nobody", default)).IsDone.ShouldBeFalse();

        (await _node.StateOfAsync("token")).ShouldBe(SessionState.Live);
    }

    private async Task<string> RefusalAsync(string name, params string[] tenants)
    {
        var (result, token) = await _node.SessionAdministration.IssueTokenAsync(name, null, tenants, null, default);
        token.ShouldBeNull();
        return result.Refusal.ShouldNotBeNull();
    }
}
