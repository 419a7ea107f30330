using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

[Contract("HTT-63", "HTT-9", "MIC-97")]
public sealed class NegotiateTokenTests
{
    [Theory]
    [InlineData("Negotiate YWJj", "abc")]
    [InlineData("negotiate   YWI=", "ab")]
    [InlineData(" NEGOTIATE YQ== ", "a")]
    public void A_token_is_read(string value, string expected) => NegotiateToken.Read(value).ShouldBe(System.Text.Encoding.ASCII.GetBytes(expected));

    [Theory]
    [InlineData("Negotiate")]
    [InlineData("Negotiate ")]
    [InlineData("Negotiate YWJ")]
    [InlineData("Negotiate YWJj YWJj")]
    [InlineData("Negotiate YW\nJj")]
    [InlineData("Negotiate YR==")]
    [InlineData("Negotiate -_-_")]
    [InlineData("NegotiateYWJj")]
    [InlineData("Negotiate\tYWJj")]
    [InlineData("Basic YWJj")]
    public void Anything_else_is_no_token(string value) => NegotiateToken.Read(value).ShouldBeNull();

    [Fact]
    public void The_longest_value_is_96_KiB()
    {
        NegotiateToken.Read("Negotiate " + new string('A', 96 * 1024 - 12)).ShouldNotBeNull();
        NegotiateToken.Read("Negotiate " + new string('A', 96 * 1024)).ShouldBeNull();
    }
}
