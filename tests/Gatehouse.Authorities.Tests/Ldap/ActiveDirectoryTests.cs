using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

[Collection(SambaCollection.Name)]
public sealed class ActiveDirectoryTests(SambaServer samba)
{
    [Theory]
    [InlineData("ldaps")]
    [InlineData("ldap")]
    public async Task The_right_password_is_right_and_the_person_has_a_lasting_id(string scheme)
    {
        await using var corp = Directories.Open(Directories.For(samba, scheme));

        var answer = await corp.AskAsync("ada", SambaServer.Password);

        answer.Decision.ShouldBe(AuthorityDecision.Right);
        answer.Person!.Name.ShouldBe("ada");
        (await samba.ToolAsync("user", "show", "ada", "--attributes=objectGUID")).ShouldContain(answer.Person.Id!);
    }

    [Theory]
    [InlineData("ada", "wrong", AuditReasons.BadCredentials)]
    [InlineData("nobody", SambaServer.Password, AuditReasons.UnknownAccount)]
    [InlineData("disabled", SambaServer.Password, AuditReasons.Disabled)]
    [InlineData("expired", SambaServer.Password, AuditReasons.Expired)]
    [InlineData("mustchange", SambaServer.Password, AuditReasons.MustChange)]
    public async Task A_refusal_has_the_reason_that_the_domain_gives(string name, string password, string reason)
    {
        await using var corp = Directories.Open(Directories.For(samba));

        var answer = await corp.AskAsync(name, password);

        answer.Decision.ShouldBe(AuthorityDecision.Wrong);
        answer.Reason.ShouldBe(reason);
        answer.Person.ShouldBeNull();
    }

    [Fact]
    public async Task Somebody_whom_the_domain_locked_is_refused_with_the_right_password()
    {
        await using var corp = Directories.Open(Directories.For(samba));
        for (var i = 0; i < 11; i++)
        {
            (await corp.AskAsync("locked", $"wrong{i}")).Decision.ShouldBe(AuthorityDecision.Wrong);
        }

        var answer = await corp.AskAsync("locked", SambaServer.Password);

        answer.Decision.ShouldBe(AuthorityDecision.Wrong);
        answer.Reason.ShouldBe(AuditReasons.Locked);
    }

    [Theory]
    [InlineData("ada", Roles.Administrator, "")]
    [InlineData("nadia", Roles.Client, "north")]
    public async Task Groups_in_groups_count(string name, Roles roles, string tenant)
    {
        await using var corp = Directories.Open([
            .. Directories.For(samba), ("Groups:0", $"cn=operators,cn=users,{SambaServer.BaseDn} => role:administrator"),
            ("Groups:1", $"CN=Outer,CN=Users,{SambaServer.BaseDn} => role:client"), ("Groups:2", $"CN=Outer,CN=Users,{SambaServer.BaseDn} => tenant:north"),
            ("Groups:3", $"CN=Not there,CN=Users,{SambaServer.BaseDn} => role:impersonator"),
        ]);

        var person = (await corp.AskAsync(name, SambaServer.Password)).Person!;

        person.Roles.ShouldBe(roles);
        person.Tenants.ShouldBe(tenant.Length > 0 ? [tenant] : []);
    }

    [Theory]
    [InlineData("ada", "ada")]
    [InlineData("ADA", "ADA")]
    [InlineData("ada", "ADTEST\\ada")]
    [InlineData("ada", "ada@ad.test")]
    [InlineData("ada@mail.test", "ada@mail.test")]
    [Contract("HTT-72", "ATK-8")]
    public async Task Every_spelling_means_the_one_account(string name, string typed)
    {
        await using var corp = Directories.Open(Directories.For(samba));

        var found = await corp.FindAsync(name, typed, CancellationToken.None);

        found.Person!.Name.ShouldBe("ada");
    }

    [Theory]
    [InlineData(null, AuthorityDecision.Right)]
    [InlineData("", AuthorityDecision.Right)]
    [InlineData("adtest", AuthorityDecision.Right)]
    [InlineData("AD.TEST", AuthorityDecision.Right)]
    [InlineData("OTHER", AuthorityDecision.Wrong)]
    [InlineData("ADTEST\\nadia", AuthorityDecision.Wrong)]
    [Contract("ARS-24")]
    public async Task The_text_beside_the_password_may_name_this_domain_and_no_other(string? text, AuthorityDecision expected)
    {
        await using var corp = Directories.Open(Directories.For(samba));

        var answer = await corp.AskAsync("ada", SambaServer.Password, text);

        answer.Decision.ShouldBe(expected);
        answer.Person?.Name.ShouldBe("ada");
    }

    [Fact]
    [Contract("ATK-70")]
    public async Task A_domain_controller_that_is_killed_is_unavailable_and_answers_after_its_restart()
    {
        await using var corp = Directories.Open(Directories.For(samba));
        (await corp.AskAsync("ada", SambaServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);

        await samba.KillAsync();
        try
        {
            (await corp.AskAsync("ada", SambaServer.Password)).Decision.ShouldBe(AuthorityDecision.Unavailable);
        }
        finally
        {
            await samba.StartAsync();
        }

        var decision = AuthorityDecision.Unavailable;
        for (var i = 0; i < 200 && decision == AuthorityDecision.Unavailable; i++)
        {
            await Task.Delay(100);
            decision = (await corp.AskAsync("ada", SambaServer.Password)).Decision;
        }

        decision.ShouldBe(AuthorityDecision.Right);
    }

    [Fact]
    [Contract("ATK-73")]
    public async Task A_template_with_the_domain_lets_in_only_who_can_bind_as_the_entry_that_was_found()
    {
        await using var corp = Directories.Open(
            ("Kind", "active-directory"), ("Servers:0", $"ldaps://{samba.Address}"), ("CaFile", samba.CaFile), ("BaseDn", SambaServer.BaseDn), ("BindTemplate", @"ADTEST\{name}"));

        (await corp.AskAsync("ada", SambaServer.Password)).Person!.Name.ShouldBe("ada");
        (await corp.AskAsync("ada", "wrong")).Decision.ShouldBe(AuthorityDecision.Wrong);
        (await corp.AskAsync(@"OTHER\ada", SambaServer.Password)).Decision.ShouldBe(AuthorityDecision.Wrong);
    }
}
