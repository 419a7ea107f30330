using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

public sealed class OptionTests
{
    private static readonly (string Name, string Value)[] Good =
    [
        ("Servers:0", "ldaps://directory.example.org"), ("BaseDn", "dc=example,dc=org"), ("BindDn", "cn=search,dc=example,dc=org"), ("BindPassword", "a secret"),
    ];

    [Fact]
    public void What_is_needed_is_enough() => Directories.Read(Good).Faults.ShouldBeEmpty();

    [Fact]
    [Contract("HTT-185")]
    public void Everything_that_is_missing_is_reported_at_once() =>
        Directories.Read(("Kind", "openldap")).Faults.Select(fault => fault.Split(": ")[0]).ShouldBe(["Gatehouse:Authorities:Ldap:corp:Servers", "Gatehouse:Authorities:Ldap:corp:BaseDn"]);

    [Theory]
    [InlineData("ldap://directory.example.org", "true", "false", false)]
    [InlineData("ldap://directory.example.org", "false", "true", true)]
    [InlineData("ldap://127.0.0.1:389", "false", "false", true)]
    [InlineData("ldap://127.0.0.1:389", "false", "true", false)]
    [InlineData("ldap://localhost", "false", "true", false)]
    [InlineData("ldap://[::1]:10389", "false", "true", false)]
    [InlineData("ldap://localhost.example.org", "false", "true", true)]
    [InlineData("ldaps://directory.example.org", "false", "false", false)]
    [Contract("ATK-71")]
    public void Plain_connections_need_this_computer_and_the_operators_word(string server, string startTls, string allow, bool refused)
    {
        var (_, faults) = Directories.Read([.. Good, ("Servers:0", server), ("StartTls", startTls), ("AllowPlainLoopback", allow)]);

        (faults.Length == 1 && faults[0].Contains("clear text", StringComparison.Ordinal)).ShouldBe(refused);
        faults.Length.ShouldBe(refused ? 1 : 0);
    }

    [Theory]
    [InlineData("Kind", "novell")]
    [InlineData("Servers:0", "http://directory.example.org")]
    [InlineData("Servers:0", "ldaps://directory.example.org/dc=example")]
    [InlineData("Servers:0", "ldaps://alice:secret@directory.example.org")]
    [InlineData("CaFile", "/nowhere/ca.pem")]
    [InlineData("BaseDn", "example.org")]
    [InlineData("UserFilter", "(objectClass=person")]
    [InlineData("UserFilter", "objectClass=person")]
    [InlineData("UserFilter", "(&(a=b)(c=d)")]
    [InlineData("UserFilter", @"(cn=\zz)")]
    [InlineData("NameAttribute", "u i d")]
    [InlineData("AlsoAttributes:0", "mail)(x=")]
    [InlineData("GroupSearch", "all")]
    [InlineData("Groups:0", "cn=ops,dc=example,dc=org")]
    [InlineData("Groups:0", "cn=ops,dc=example,dc=org => role:king")]
    [InlineData("Groups:0", "ops => role:administrator")]
    [InlineData("Groups:0", "* => tenant:")]
    [InlineData("ConnectTimeoutSeconds", "0")]
    [InlineData("OperationTimeoutSeconds", "61")]
    [InlineData("MaximumConnections", "1")]
    [InlineData("OfflineHours", "169")]
    [InlineData("BindTemplate", "uid=alice,dc=example,dc=org")]
    [InlineData("BindTemplate", "{name}@ad.test")]
    [Contract("HTT-185")]
    public void What_cannot_be_meant_is_refused(string name, string value)
    {
        var (_, faults) = Directories.Read([.. Good, (name, value)]);

        faults.Length.ShouldBe(1);
        faults[0].ShouldStartWith($"Gatehouse:Authorities:Ldap:corp:{name.Split(':')[0]}: ");
        faults[0].ShouldNotContain("a secret");
    }

    [Theory]
    [InlineData("BindPassword")]
    [InlineData("BindDn")]
    public void The_searching_account_and_its_password_belong_together(string missing) =>
        Directories.Read(Good.Where(option => option.Name != missing)).Faults.Length.ShouldBe(1);

    [Theory]
    [InlineData("(!(userAccountControl:1.2.840.113556.1.4.803:=2))")]
    [InlineData("(&(objectClass=person)(|(a=b*c*d)(e>=1)(f<=2)(g~=h)(i=*))(cn=\\2a\\28))")]
    [InlineData("(ou:dn:caseExactMatch:=x)")]
    public void Filters_of_the_standard_are_read(string filter) => Directories.Read([.. Good, ("UserFilter", filter)]).Faults.ShouldBeEmpty();
}
