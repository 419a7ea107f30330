using Gatehouse.Gateway.Forwarding;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Forwarding;

public sealed class UpstreamClusterTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void InOrder_goes_round()
    {
        var cluster = Cluster(out _);

        Enumerable.Range(0, 4).Select(_ => First(cluster)).ShouldBe(["http://b", "http://c", "http://a", "http://b"]);
        cluster.InOrder().Select(target => target.Name).ShouldBe(["http://c", "http://a", "http://b"]);
    }

    [Fact]
    public void InOrder_asks_resting_targets_last_until_their_rest_is_over()
    {
        var cluster = Cluster(out var targets);
        Fail(targets[1], UpstreamTarget.FailuresBeforeRest);

        targets[1].IsResting.ShouldBeTrue();
        Enumerable.Range(0, 6).ShouldAllBe(_ => cluster.InOrder().Last() == targets[1]);
        _clock.Advance(UpstreamTarget.Rest - TimeSpan.FromTicks(1));
        targets[1].IsResting.ShouldBeTrue();
        _clock.Advance(TimeSpan.FromTicks(1));
        targets[1].IsResting.ShouldBeFalse();

        // The first request after the rest shows whether it was enough.
        Fail(targets[1], 1);
        targets[1].IsResting.ShouldBeTrue();
    }

    [Fact]
    public void Note_of_a_success_forgets_failures()
    {
        var cluster = Cluster(out var targets);
        Fail(targets[0], UpstreamTarget.FailuresBeforeRest - 1);
        targets[0].Note(ForwardError.None);
        Fail(targets[0], UpstreamTarget.FailuresBeforeRest - 1);

        targets[0].IsResting.ShouldBeFalse();
        targets.ForEach(target => Fail(target, UpstreamTarget.FailuresBeforeRest));
        cluster.InOrder().Count().ShouldBe(3);
    }

    [Theory]
    [InlineData("http://host", "http://host", "http://host")]
    [InlineData("https://host:8443/", "https://host:8443", "https://host:8443")]
    [InlineData("http://[::1]:81/base/", "http://[::1]:81/base", "http://[::1]:81")]
    public void Prefix_ends_without_slash(string address, string prefix, string name)
    {
        var target = new UpstreamTarget(new Uri(address), _clock);

        (target.Prefix, target.Name).ShouldBe((prefix, name));
    }

    private static void Fail(UpstreamTarget target, int times)
    {
        for (var i = 0; i < times; i++)
        {
            target.Note(ForwardError.NotConnected);
        }
    }

    private static string First(UpstreamCluster cluster) => cluster.InOrder().First().Name;

    private UpstreamCluster Cluster(out List<UpstreamTarget> targets)
    {
        targets = [.. new[] { "http://a", "http://b", "http://c" }.Select(address => new UpstreamTarget(new Uri(address), _clock))];
        return new UpstreamCluster(targets);
    }
}
