using System.Text;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

public sealed class JsonMembersTests
{
    [Theory]
    [InlineData("""{}""", "")]
    [InlineData("""{"a":"b"}""", "a=b")]
    [InlineData(""" { "a" : 1 , "b" : [1,{"c":2}] , "d" : null , "e" : true } """, "a=1|b=|d=null|e=true")]
    [InlineData("""{"a":"1","\u0061":"2"}""", "a=1|a=2")]
    [InlineData("""{"a":"\ud83d\udd11"}""", "a=\U0001F511")]
    [InlineData("""{"__proto__":"x","A":"y"}""", "__proto__=x|A=y")]
    [Contract("HTT-14", "ATK-79")]
    public void Members_come_in_their_order_doubled_ones_included(string json, string members) =>
        string.Join('|', JsonMembers.Read(Encoding.UTF8.GetBytes(json), 8)!.Select(member => $"{member.Name}={member.Text}")).ShouldBe(members);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("{")]
    [InlineData("""{"a":1}x""")]
    [InlineData("""{"a":1}{"a":2}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{a:1}""")]
    [InlineData("""{'a':1}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":1}/*x*/""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""{"a":{"b":"\ud800"}}""")]
    [InlineData("""{"a":[[[[[[[[1]]]]]]]]}""")]
    [InlineData("\ufeff{}")]
    [InlineData("{\"a\":\"\n\"}")]
    [Contract("ATK-79")]
    public void Anything_else_is_no_object(string json) => JsonMembers.Read(Encoding.UTF8.GetBytes(json), 8).ShouldBeNull();

    [Fact]
    [Contract("ATK-79")]
    public void Bytes_that_are_no_utf8_are_no_object() => JsonMembers.Read([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 8).ShouldBeNull();
}
