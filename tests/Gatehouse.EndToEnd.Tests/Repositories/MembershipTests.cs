using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

public sealed class MembershipTests(MembershipTests.Gate fixture) : IClassFixture<MembershipTests.Gate>
{
    private const string Password = "right password";

    private readonly EmbeddedGate _gate = fixture.Embedded;

    [Fact]
    [Contract("REP-82", "REP-100", "HTT-91")]
    public async Task Who_is_no_member_is_refused_like_a_wrong_password_and_it_is_no_guess()
    {
        (await _gate.Accounts.AddAsync("root", Password, [], ["administrator", "global", "impersonator"], CancellationToken.None)).ShouldBeDone();

        for (var i = 0; i < 6; i++)
        {
            (await GetAsync("test", "root", Password)).Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);
        }

        // Checked once, remembered five times.
        var audit = (await _gate.AuditOfAsync("root")).ShouldHaveSingleItem();
        (audit.Event, audit.Outcome, audit.Reason, audit.Tenant, audit.Dialect, audit.Account).ShouldBe(("sign-in", "refused", "not-a-member", "test", "repositories", "root"));

        (await _gate.Accounts.GrantAsync("root", ["test"], [], CancellationToken.None)).ShouldBeDone();
        await _gate.SettleAsync();
        (await GetAsync("test", "root", Password)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("REP-83", "REP-84", "REP-86", "HTT-30")]
    public async Task Who_proves_himself_learns_which_names_are_on_the_list_and_nothing_more()
    {
        await _gate.AddAccountAsync("prover", Password, "test");
        var unknown = await GetAsync("unknown", "prover", Password);
        unknown.ShouldBeError(404, "No repository with that name.");
        (await GetAsync("hidden", "prover", Password)).Written().ShouldBe(unknown.Written());
        (await GetAsync("TEST", "prover", Password)).Written().ShouldBe(unknown.Written());
        (await Ask.SendAsync(_gate.Address, "POST", Ask.Prefix + "/hidden/sessions", Ask.Basic("prover", Password))).Written().ShouldBe(unknown.Written());

        var audit = await _gate.AuditOfAsync("prover");
        audit.ShouldHaveSingleItem().Reason.ShouldBe("unknown-repository");
    }

    [Fact]
    [Contract("REP-85", "REP-13")]
    public async Task Hidden_means_not_on_the_list_and_nothing_else()
    {
        await _gate.AddAccountAsync("insider", Password, "hidden");

        (await GetAsync("hidden", "insider", Password)).Text.ShouldContain("\"tenant\":\"hidden\",\"scope\":\"tenant\",\"tenants\":[\"hidden\"]");
        var session = await Ask.IssueAsync(_gate.Address, "hidden", "insider", Password);
        (await GetAsync("hidden", "insider", Ask.Form(session))).Status.ShouldBe(200);
        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/hidden/login", "insider", Password)).Status.ShouldBe(200);
        (await Ask.SendAsync(_gate.Address, "GET", Ask.Prefix)).Text.ShouldNotContain("hidden");
    }

    [Fact]
    [Contract("REP-87", "REP-18", "HTT-105", "ATK-21")]
    public async Task A_repository_that_is_removed_and_added_again_knows_nobody()
    {
        await _gate.AddRepositoriesAsync("phoenix");
        await _gate.AddAccountAsync("bird", Password, "phoenix");
        var session = await Ask.IssueAsync(_gate.Address, "phoenix", "bird", Password);
        var token = await _gate.IssueTokenAsync("bird", "phoenix");
        (await GetAsync("phoenix", "bird", Password)).Status.ShouldBe(200);

        (await _gate.Tenants.RemoveAsync("phoenix", CancellationToken.None)).ShouldBeDone();
        await _gate.SettleAsync();
        (await GetAsync("phoenix", "bird", Ask.Form(session))).Status.ShouldBe(401);
        (await GetAsync("phoenix", "bird", token)).Status.ShouldBe(401);
        (await GetAsync("phoenix", "bird", Password)).ShouldBeError(404, "No repository with that name.");
        (await Ask.SendAsync(_gate.Address, "GET", Ask.Prefix)).Text.ShouldNotContain("phoenix");

        await _gate.AddRepositoriesAsync("phoenix");
        (await GetAsync("phoenix", "bird", Ask.Form(session))).Status.ShouldBe(401);
        (await GetAsync("phoenix", "bird", Password)).Status.ShouldBe(401);
        (await _gate.Accounts.GrantAsync("bird", ["phoenix"], [], CancellationToken.None)).ShouldBeDone();
        await _gate.SettleAsync();
        (await GetAsync("phoenix", "bird", Ask.Form(session))).Status.ShouldBe(401);
        (await GetAsync("phoenix", "bird", token)).Status.ShouldBe(401);
        (await GetAsync("phoenix", "bird", Password)).Status.ShouldBe(200);
    }

    private Task<WireAnswer> GetAsync(string repository, string name, string password) => Ask.GetAsync(_gate.Address, $"{Ask.Prefix}/{repository}/x", name, password);

    public sealed class Gate : IAsyncLifetime
    {
        internal EmbeddedGate Embedded { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Embedded = await EmbeddedGate.StartAsync(throttle: options => options.FreeAttempts = 3);
            await Embedded.AddRepositoriesAsync("test");
            await Embedded.AddHiddenRepositoryAsync("hidden");
        }

        public ValueTask DisposeAsync() => Embedded.DisposeAsync();
    }
}
