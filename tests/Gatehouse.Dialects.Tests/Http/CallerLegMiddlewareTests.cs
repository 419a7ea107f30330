using System.Net;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

public sealed class CallerLegMiddlewareTests
{
    private static readonly string[] Forwarding =
        ["Forwarded", "forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "x-forwarded-host", "X-Forwarded-Anything", "X_Forwarded_For", "X-Forwarded_User"];

    [Fact]
    [Contract("HTT-20", "ATK-35", "ATK-36")]
    public async Task What_a_stranger_says_about_the_way_does_not_go_on()
    {
        foreach (var name in Forwarding)
        {
            var context = Context("203.0.113.5");
            context.Request.Headers[name] = "10.0.0.1";
            context.Request.Headers["X-Forward"] = "kept";

            await new CallerLegMiddleware(_ => Task.CompletedTask, Trusting("10.0.0.0/8")).InvokeAsync(context);

            context.Request.Headers.Keys.ShouldBe(["X-Forward"], name);
            CallerLeg.Of(context).ShouldBe(new CallerLeg(IPAddress.Parse("203.0.113.5"), false));
        }
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7", true)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("::1", "127.0.0.1", false)]
    [Contract("HTT-21")]
    public void Trusted_is_who_is_in_an_address_or_range(string trusted, string address, bool isTrusted) =>
        Trusting(trusted).Contains(IPAddress.Parse(address)).ShouldBe(isTrusted);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.1/")]
    [InlineData("")]
    [InlineData("proxy.example.com")]
    [Contract("HTT-185")]
    public void Anything_else_is_neither(string text) => new TrustedProxies().TryAdd(text).ShouldBeFalse();

    private static TrustedProxies Trusting(string text)
    {
        var proxies = new TrustedProxies();
        proxies.TryAdd(text).ShouldBeTrue();
        return proxies;
    }

    private static DefaultHttpContext Context(string peer)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        return context;
    }
}
