using System.Text.RegularExpressions;
using Gatehouse.Dialects.Repositories;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Repositories;

public sealed partial class SessionPairTests
{
    [Fact]
    [Contract("REP-56", "REP-57")]
    public void A_pair_has_its_shape_and_no_bit_of_it_is_fixed()
    {
        var pairs = Enumerable.Range(0, 500).Select(_ => SessionPair.Draw()).ToList();

        pairs.ShouldAllBe(pair => SessionShape().IsMatch(pair.Session) && SidShape().IsMatch(pair.Sid) && SessionPair.HasShape(pair.Session));
        pairs.DistinctBy(pair => pair.Session).Count().ShouldBe(500);
        pairs.DistinctBy(pair => pair.Sid).Count().ShouldBe(500);
        for (var i = 0; i < 36; i++)
        {
            // A version digit would be the same in all of them.
            pairs.Select(pair => pair.Session[i]).Distinct().Count().ShouldBe(i is 8 or 13 or 18 or 23 ? 1 : 16);
        }

        for (var i = 0; i < 19; i++)
        {
            pairs.Select(pair => pair.Sid[i]).Distinct().Count().ShouldBe(i == 0 ? 9 : 10);
        }
    }

    [Fact]
    [Contract("REP-62", "REP-102")]
    public void A_seal_opens_with_its_own_pair_only()
    {
        var (one, other) = (SessionPair.Draw(), SessionPair.Draw());
        var seal = SessionPair.Seal(one.Session, one.Sid);

        SessionPair.IsSealed(one.Session, one.Sid, seal).ShouldBeTrue();
        SessionPair.IsSealed(one.Session, other.Sid, seal).ShouldBeFalse();
        SessionPair.IsSealed(other.Session, one.Sid, seal).ShouldBeFalse();
        SessionPair.IsSealed(one.Session, one.Sid + "0", seal).ShouldBeFalse();
        SessionPair.IsSealed(one.Session, "", seal).ShouldBeFalse();
        SessionPair.IsSealed(one.Session, one.Sid, "").ShouldBeFalse();
        SessionPair.IsSealed(one.Session, one.Sid, "no base64").ShouldBeFalse();
        seal.ShouldNotContain(one.Sid);
        one.ToString().ShouldBe("SessionPair");
    }

    [GeneratedRegex("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z")]
    private static partial Regex SessionShape();

    [GeneratedRegex("^[1-9][0-9]{18}\\z")]
    private static partial Regex SidShape();
}
