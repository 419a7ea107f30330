using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

[Collection(SlapdCollection.Name)]
public sealed class OpenLdapTests(SlapdServer slapd)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_right_password_is_right_and_a_wrong_one_is_wrong(bool ldaps)
    {
        await using var corp = Directories.Open(Directories.For(slapd, ldaps ? slapd.Ldaps : slapd.Ldap));

        var right = await corp.AskAsync("alice", SlapdServer.Password);
        right.Decision.ShouldBe(AuthorityDecision.Right);
        right.Person!.Name.ShouldBe("alice");
        Guid.TryParse(right.Person.Id, out _).ShouldBeTrue();
        var wrong = await corp.AskAsync("alice", "wrong");
        wrong.Decision.ShouldBe(AuthorityDecision.Wrong);
        wrong.Reason.ShouldBe(AuditReasons.BadCredentials);
        (await corp.AskAsync("nobody", SlapdServer.Password)).Reason.ShouldBe(AuditReasons.UnknownAccount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\0")]
    [Contract("HTT-81", "ATK-1")]
    public async Task A_blank_password_is_refused_although_the_directory_would_take_it_for_an_anonymous_bind(string password)
    {
        await using var corp = Directories.Open(Directories.For(slapd));

        var answer = await corp.AskAsync("alice", password);

        answer.Decision.ShouldBe(AuthorityDecision.Wrong);
        answer.Reason.ShouldBe(AuditReasons.Blank);
    }

    [Theory]
    [InlineData("reset", AuditReasons.MustChange)]
    [InlineData("old", AuditReasons.MustChange)]
    [InlineData("shut", AuditReasons.Locked)]
    public async Task The_password_policy_of_the_directory_refuses_with_its_reason(string name, string reason)
    {
        await using var corp = Directories.Open(Directories.For(slapd));

        var answer = await corp.AskAsync(name, SlapdServer.Password);

        answer.Decision.ShouldBe(AuthorityDecision.Wrong);
        answer.Reason.ShouldBe(reason);
    }

    [Theory]
    [InlineData("member", "alice", Roles.Administrator, "")]
    [InlineData("member", "bob", Roles.Client, "inner")]
    [InlineData("member", "carol", Roles.Global, "")]
    [InlineData("member-of", "alice", Roles.Administrator, "")]
    [InlineData("member-of", "bob", Roles.None, "inner")]
    public async Task Groups_give_roles_and_tenants(string search, string name, Roles roles, string tenant)
    {
        await using var corp = Directories.Open([
            .. Directories.For(slapd), ("GroupSearch", search),
            ("Groups:0", $"CN=Ops, {SlapdServer.Groups} => role:administrator"), ("Groups:1", $"cn=outer,{SlapdServer.Groups} => role:client"),
            ("Groups:2", $"cn=inner,{SlapdServer.Groups} => tenant:inner"), ("Groups:3", $"cn=posix,{SlapdServer.Groups} => role:global"), ("Groups:4", "* => tenant:all of them"),
        ]);

        var person = (await corp.AskAsync(name, SlapdServer.Password)).Person!;

        person.Roles.ShouldBe(roles);
        person.Tenants.ShouldBe(tenant.Length > 0 ? [tenant, "all of them"] : ["all of them"]);
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("ALICE", "alice")]
    [InlineData("alice@mail.test", "alice")]
    [InlineData("pat, o'neil+x", "pat, o'neil+x")]
    [InlineData("Grüße", "Grüße")]
    [InlineData("GRÜSSE", null)]
    [InlineData("Gru\u0308ße", "Grüße")]
    [InlineData("*", null)]
    [InlineData("a*", null)]
    [InlineData("alice)(uid=*", null)]
    [InlineData("*)(objectClass=*", null)]
    [InlineData("alice\\", null)]
    [InlineData("alice/", null)]
    [InlineData("alice,ou=people", null)]
    [InlineData("\\2a", null)]
    [InlineData("alice\0", null)]
    [InlineData("ali\u200bce", null)]
    [InlineData("a l i c e", null)]
    [InlineData("+\"<>;=#", null)]
    [InlineData("ａｌｉｃｅ", null)]
    [InlineData("shared@mail.test", null)]
    [InlineData("printer", null)]
    [Contract("ATK-12", "ATK-73", "ATK-8")]
    public async Task Only_who_has_exactly_that_name_is_found(string typed, string? expected)
    {
        await using var corp = Directories.Open([.. Directories.For(slapd), ("AlsoAttributes:0", "mail")]);

        var found = await corp.FindAsync(typed, typed, CancellationToken.None);

        found.State.ShouldBe(expected is null ? PersonState.Unknown : PersonState.Known);
        found.Person?.Name.ShouldBe(expected);
    }

    [Fact]
    [Contract("ATK-12")]
    public async Task A_name_of_4_KB_is_nobodys()
    {
        await using var corp = Directories.Open(Directories.For(slapd));

        (await corp.FindAsync(new string('(', 4096), new string('*', 4096), CancellationToken.None)).State.ShouldBe(PersonState.Unknown);
    }

    [Theory]
    [InlineData("alice", true)]
    [InlineData("pat, o'neil+x", true)]
    [InlineData("alice,ou=people", false)]
    [InlineData("alice,ou=people,dc=example,dc=org+uid=bob", false)]
    [InlineData("printer,ou=machines,dc=example,dc=org", false)]
    [Contract("ATK-12", "ATK-73")]
    public async Task A_template_binds_without_a_search_and_holds_against_special_characters(string name, bool right)
    {
        await using var corp = Directories.Open(
            ("Servers:0", slapd.Ldaps), ("CaFile", slapd.CaFile), ("BaseDn", SlapdServer.People), ("BindTemplate", $"uid={{name}},{SlapdServer.People}"));

        (await corp.FindAsync(name, name, CancellationToken.None)).State.ShouldBe(PersonState.Untold);
        var answer = await corp.AskAsync(name, SlapdServer.Password);
        answer.Decision.ShouldBe(right ? AuthorityDecision.Right : AuthorityDecision.Wrong);
        answer.Person?.Name.ShouldBe(name);
        (await corp.AskAsync(name, "wrong")).Decision.ShouldBe(AuthorityDecision.Wrong);
    }

    [Fact]
    [Contract("HTT-99")]
    public async Task A_wrong_password_of_the_searching_account_is_an_outage_and_nobodys_guess()
    {
        await using var corp = Directories.Open([.. Directories.For(slapd), ("BindPassword", "wrong")]);

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Unavailable);
    }

    [Fact]
    public async Task Hundred_at_once_share_few_connections()
    {
        await using var corp = Directories.Open([.. Directories.For(slapd), ("MaximumConnections", "4")]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async number => (number, Answer: await corp.AskAsync("alice", number % 2 == 0 ? SlapdServer.Password : $"wrong{number}"))));

        answers.ShouldAllBe(one => one.Answer.Decision == (one.number % 2 == 0 ? AuthorityDecision.Right : AuthorityDecision.Wrong));
    }
}
