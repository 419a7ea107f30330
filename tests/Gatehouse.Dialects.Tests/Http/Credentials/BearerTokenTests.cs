using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http.Credentials;

public sealed partial class BearerTokenTests
{
    [Theory]
    [Contract("HTT-57")]
    [InlineData("Bearer abc", "abc")]
    [InlineData("bearer abc", "abc")]
    [InlineData("BEARER abc", "abc")]
    [InlineData("bEaReR    abc", "abc")]
    [InlineData("  Bearer abc  ", "abc")]
    [InlineData("Bearer AZaz09-._~+/", "AZaz09-._~+/")]
    [InlineData("Bearer abc=", "abc=")]
    [InlineData("Bearer abc====", "abc====")]
    [InlineData("Bearer Bearer", "Bearer")]
    public void A_token_of_the_grammar_is_read(string value, string token) => BearerToken.Read(value).ShouldBe(token);

    [Theory]
    [Contract("HTT-58")]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer   ")]
    [InlineData("Bearer\tabc")]
    [InlineData("Bearer,abc")]
    [InlineData("Bearerabc")]
    [InlineData("xBearer abc")]
    [InlineData("Bearer abc def")]
    [InlineData("Bearer abc, Bearer def")]
    [InlineData("Bearer abc,def")]
    [InlineData("Bearer \"abc\"")]
    [InlineData("Bearer a=bc")]
    [InlineData("Bearer =")]
    [InlineData("Bearer ====")]
    [InlineData("Bearer abc\u00e4")]
    [InlineData("Bearer abc;")]
    [InlineData("Bearer abc%20")]
    [InlineData("Bearer {abc}")]
    [InlineData("Basic abc")]
    public void Anything_else_is_malformed(string value) => BearerToken.Read(value).ShouldBeNull();

    [Theory]
    [Contract("HTT-57", "HTT-58")]
    [InlineData("Bearer", true)]
    [InlineData("bearer x", true)]
    [InlineData("Bearer, x", false)]
    [InlineData("Bearerx", false)]
    [InlineData("Basic x", false)]
    public void The_scheme_is_named_alone_or_before_a_blank(string value, bool hasScheme) => BearerToken.HasScheme(value).ShouldBe(hasScheme);

    [Fact]
    [Contract("HTT-9")]
    public void A_value_beyond_16_KiB_is_malformed()
    {
        BearerToken.Read("Bearer " + new string('a', (16 * 1024) - 7)).ShouldNotBeNull();
        BearerToken.Read("Bearer " + new string('a', (16 * 1024) - 6)).ShouldBeNull();
    }

    [Fact]
    [Contract("HTT-57", "HTT-58")]
    public void The_grammar_and_nothing_else_is_read() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(Values(), value =>
    {
        var grammar = Grammar().Match(value);
        return BearerToken.Read(value) == (grammar.Success ? grammar.Groups[1].Value : null);
    }));

    private static Arbitrary<string> Values() =>
        (from scheme in Gen.Elements("Bearer", "bearer", "BEARER", " Bearer", "Basic", "")
         from blanks in Gen.Elements("", " ", "   ", "\t")
         from characters in Gen.OneOf(Gen.Elements("aZ09-._~+/=".ToCharArray()), Gen.Elements("aZ09-._~+/= ,;\"\t\u00e4".ToCharArray())).ListOf()
         select scheme + blanks + string.Concat(characters)).ToArbitrary();

    [GeneratedRegex("^ *[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*) *\\z")]
    private static partial Regex Grammar();
}
