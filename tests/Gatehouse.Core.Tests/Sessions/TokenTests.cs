using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Sessions;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Sessions;

public sealed class TokenTests
{
    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("üñïcode \U0001F600")]
    [Contract("HTT-107")]
    public void Hash_is_SHA256_of_the_UTF8_form(string token)
    {
        var hash = TokenHash.Of(token);

        hash.ToByteArray().ShouldBe(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        hash.ShouldBe(TokenHash.Of(Encoding.UTF8.GetBytes(token)));
        TokenHash.FromBytes(hash.ToByteArray()).ShouldBe(hash);
    }

    [Theory]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(100_000)]
    public void Hash_of_a_long_token_is_the_same_on_heap_and_stack(int length)
    {
        var token = new string('ä', length);

        TokenHash.Of(token).ToByteArray().ShouldBe(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Hash_of_another_length_than_32_bytes_is_not_read(int length) => Should.Throw<ArgumentException>(() => TokenHash.FromBytes(new byte[length]));

    [Fact]
    public void Hash_prints_nothing_of_itself() => TokenHash.Of("secret").ToString().ShouldBe("TokenHash");

    [Fact]
    [Contract("HTT-108")]
    public void Drawn_API_token_has_the_shape_of_one_and_never_comes_twice()
    {
        var tokens = Enumerable.Range(0, 500).Select(_ => ApiToken.Draw()).ToList();

        tokens.ShouldAllBe(token => token.Length == 47 && token.StartsWith("ght_", StringComparison.Ordinal) && ApiToken.HasShape(token));
        tokens.Distinct().Count().ShouldBe(500);
    }

    [Theory]
    [InlineData("ght_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", true)]
    [InlineData("ght_-_23456789abcdefghijklmnopqrstuvwxyzABCDEFG", true)]
    [InlineData("GHT_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", false)]
    [InlineData("ght-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", false)]
    [InlineData("ght_0123456789abcdefghijklmnopqrstuvwxyzABCDEF", false)]
    [InlineData("ght_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH", false)]
    [InlineData("ght_+123456789abcdefghijklmnopqrstuvwxyzABCDEFG", false)]
    [InlineData("ght_ä123456789abcdefghijklmnopqrstuvwxyzABCDEFG", false)]
    [InlineData("", false)]
    public void Shape_of_an_API_token_is_exact(string text, bool has) => ApiToken.HasShape(text).ShouldBe(has);
}
