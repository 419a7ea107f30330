using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

public sealed class DistinguishedNameTests
{
    [Theory]
    [InlineData("cn=Ops,ou=Groups", "CN=ops, OU=groups")]
    [InlineData("cn=a\\2cb", "cn=a\\,b")]
    [InlineData("cn=Gr\\c3\\bc\\c3\\9fe", "cn=GRÜßE")]
    [InlineData("cn=a+uid=b,o=x", "uid=b+cn=a,o=x")]
    [InlineData("cn=two  words", "cn=two words")]
    [InlineData("cn=\\ a\\ ,o=x", "cn=a,o=x")]
    public void Spellings_of_one_name_are_equal(string one, string other) => Read(one).ShouldBe(Read(other));

    [Theory]
    [InlineData("cn=a,b=c", "cn=a\\,b=c")]
    [InlineData("cn=a+o=b", "cn=a\\+o=b")]
    [InlineData("cn=ops", "ou=ops")]
    public void Different_names_are_not(string one, string other) => Read(one).ShouldNotBe(Read(other));

    [Theory]
    [InlineData("")]
    [InlineData("cn")]
    [InlineData("cn=")]
    [InlineData("cn=a,")]
    [InlineData("=a")]
    [InlineData("c n=a")]
    [InlineData("cn=a\\")]
    [InlineData("cn=\"a\"")]
    [InlineData("cn=a,,o=b")]
    public void What_is_no_name_is_not_read(string text) => DistinguishedName.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("a,b+c\"d\\e<f>g;h=i#j")]
    [InlineData(" blanks ")]
    [InlineData("#first")]
    [InlineData("\0\u0001\u007f")]
    [InlineData("Grüße 𝒜")]
    [InlineData(" ")]
    [Contract("ATK-12")]
    public void A_value_stays_one_value(string value)
    {
        var name = Read($"uid={DistinguishedName.Escape(value)},dc=example");

        name.First.ShouldBe([("uid", value)]);
        name.IsBelow(Read("dc=example")).ShouldBeTrue();
    }

    private static DistinguishedName Read(string text) => DistinguishedName.TryParse(text, out var name) ? name : throw new FormatException(text);
}
