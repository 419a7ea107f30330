using System.Globalization;
using Gatehouse.Core.Sessions;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Sessions;

public sealed class UnknownTokensTests
{
    private const int Flood = 200_000;
    private const int MostKept = 65_536;

    [Fact]
    [Contract("ATK-50")]
    public void A_flood_of_unknown_tokens_is_remembered_in_bounded_memory()
    {
        var unknown = new UnknownTokens(new ManualClock());
        for (var i = 0; i < Flood; i++)
        {
            unknown.Add(Token(i));
        }

        var kept = Enumerable.Range(0, Flood).Count(i => unknown.Contains(Token(i)));

        kept.ShouldBeInRange(1, MostKept);
        unknown.Contains(Token(Flood - 1)).ShouldBeTrue();
        unknown.Contains(Token(0)).ShouldBeFalse();
    }

    private static TokenHash Token(int number) => TokenHash.Of(number.ToString(CultureInfo.InvariantCulture));
}
