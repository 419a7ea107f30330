using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Routing;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Routing;

public sealed class RouteTableTests
{
    private static readonly string[] Names = ["a", "A", "b", "ab", "a%2Fb", "a.", "a;x", "%25", "api"];
    private static readonly Gen<string> Paths = Gen.Elements(Names).ListOf().Where(names => names.Count is > 0 and < 6).Select(names => "/" + string.Join('/', names));
    private static readonly PathPlan Plan = new([("/api", "ar-system"), ("/named/*", "repositories")], ["/own", "/named/*/login"], ["/named"], ["ar-system", "repositories"]);

    [Theory]
    [InlineData("/orders", "orders")]
    [InlineData("/orders/", "orders")]
    [InlineData("/Orders/1", "orders")]
    [InlineData("/ordersx", "all")]
    [InlineData("/order", "all")]
    [InlineData("/orders/open", "open")]
    [InlineData("/orders/open/x/y/z", "open")]
    [InlineData("/orders/opens", "orders")]
    [InlineData("/orders/x/open", "orders")]
    [InlineData("/", "all")]
    [InlineData("/x", "all")]
    [InlineData("/api/x", null)]
    [InlineData("/api/refined/x", "refined")]
    [InlineData("/own/x", null)]
    [InlineData("/orders/1;v=2", "orders")]
    [InlineData("/orders/a%2Fb", "orders")]
    [InlineData("/orders/open%20air", "orders")]
    [InlineData("/orders/100%25", "orders")]
    [Contract("HTT-2", "HTT-5")]
    public void TryFind_takes_the_longest_prefix_in_whole_segments(string path, string? expected)
    {
        Table().TryFind(path, out var route).ShouldBeTrue();

        route?.Name.ShouldBe(expected);
        (route is null).ShouldBe(expected is null);
    }

    [Theory]
    [InlineData("/orders;v=1/open")]
    [InlineData("/orders/open;v=1")]
    [InlineData("/orders%2Fopen")]
    [InlineData("/orders%2fopen")]
    [InlineData("/orders/open%2F")]
    [InlineData("/orders/open%252Fx")]
    [InlineData("/orders/%256fpen")]
    [InlineData("/orders/open.")]
    [InlineData("/orders/open%20/x")]
    [InlineData("/orders/open%5Cx")]
    [InlineData("/orders/x%252F%252E%252E%252Fopen")]
    [InlineData("/x;/../own")]
    [InlineData("/own;a/x")]
    [InlineData("/api;a/x")]
    [Contract("ATK-25", "HTT-7")]
    public void TryFind_says_no_to_a_path_with_two_owners(string path)
    {
        Table().TryFind(path, out var route).ShouldBeFalse();
        route.ShouldBeNull();
    }

    [Fact]
    [Contract("HTT-2")]
    public void TryFind_agrees_with_comparing_segment_by_segment() => Prop.ForAll(
        Paths.ListOf().Select(paths => paths.Distinct(StringComparer.OrdinalIgnoreCase).ToList()).Zip(Paths).ToArbitrary(),
        drawn =>
        {
            var (prefixes, path) = drawn;
            var table = new RouteTable([.. prefixes.Select(prefix => (prefix, RouteAt(prefix, prefix)))], PathPlan.Empty);

            var expected = prefixes.Where(prefix => IsBelow(path, prefix)).MaxBy(prefix => prefix.Length);
            return !table.TryFind(path, out var route) || route?.Name == expected;
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Contract("ATK-25")]
    public void What_is_found_is_found_for_a_careless_server_too() => Prop.ForAll(
        Paths.ListOf().Select(paths => paths.Distinct(StringComparer.OrdinalIgnoreCase).Where(path => LooseReading.Of(path) == path).ToList()).Zip(Paths).ToArbitrary(),
        drawn =>
        {
            var (prefixes, path) = drawn;
            var table = new RouteTable([.. prefixes.Select(prefix => (prefix, RouteAt(prefix, prefix)))], PathPlan.Empty);
            var loose = LooseReading.Of(path);

            return !table.TryFind(path, out var route) || (table.TryFind(loose, out var other) && other == route);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Deep_path_is_looked_at_as_far_as_prefixes_reach()
    {
        var path = "/orders" + string.Concat(Enumerable.Repeat("/x", 4_000));

        Table().TryFind(path, out var route).ShouldBeTrue();
        route!.Name.ShouldBe("orders");
    }

    [Theory]
    [InlineData("/orders", "/orders", null, "/orders")]
    [InlineData("/orders", "/orders/1", "/api/v1", "/api/v1/1")]
    [InlineData("/orders", "/ORDERS", "/api/v1", "/api/v1")]
    [InlineData("/orders", "/orders/", "/api", "/api/")]
    [InlineData("/orders", "/orders", "", "/")]
    [InlineData("/orders", "/orders/a%2Fb", "", "/a%2Fb")]
    [InlineData("", "/a", "/base", "/base/a")]
    public void PathFor_replaces_the_prefix_and_nothing_else(string prefix, string path, string? replacement, string expected)
    {
        var options = new GateRouteOptions("r") { Path = prefix, Upstream = ["echo"], UpstreamPath = replacement };

        new GateRoute(options, "ar-system", isOutside: true, Door(), null!).PathFor(path).ShouldBe(expected);
    }

    [Theory]
    [InlineData("/own", "/own")]
    [InlineData("/OWN/x", "/own")]
    [InlineData("/named/x/login", "/named/*/login")]
    [InlineData("/named/x/LOGIN/y", "/named/*/login")]
    [InlineData("/named", "/named")]
    [InlineData("/named/x", null)]
    [InlineData("/ownx", null)]
    [InlineData("/", null)]
    [Contract("ATK-3")]
    public void OwnAbove_finds_our_own_paths(string path, string? own) => Plan.OwnAbove(path).ShouldBe(own);

    private static RouteTable Table() => new(
        [
            ("", RouteAt("", "all")), ("/orders", RouteAt("/orders", "orders")), ("/orders/open", RouteAt("/orders/open", "open")), ("/api/refined", RouteAt("/api/refined", "refined")),
        ],
        Plan);

    private static GateRoute RouteAt(string path, string name) => new(new GateRouteOptions(name) { Path = path, Upstream = ["echo"] }, "ar-system", isOutside: true, Door(), null!);

    private static DialectDoor Door() => new(new DialectEndpoint("ar-system", (_, _) => Task.CompletedTask), _ => Task.CompletedTask);

    private static bool IsBelow(string path, string prefix) =>
        path.Equals(prefix, StringComparison.OrdinalIgnoreCase) || path.StartsWith(prefix + "/", StringComparison.OrdinalIgnoreCase);
}
