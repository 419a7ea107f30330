using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>Contract http-and-tokens, HTT-20 and HTT-21: whose word about the caller counts.</summary>
public sealed class ProxyTests(Gates gates)
{
    private const string Trusted = "127.0.0.9";
    private const string Stranger = "127.0.0.8";

    [Theory]
    [InlineData("https")]
    [InlineData("HTTPS")]
    [Contract("HTT-21", "ARS-8")]
    public async Task From_a_trusted_proxy_https_makes_a_plain_leg_good(string proto) =>
        (await (await gates.Generous).SendPlainAsync(ArRequests.CallWith($"X-Forwarded-Proto: {proto}"), Trusted)).ShouldBe623();

    [Fact]
    [Contract("HTT-21", "ARS-8")]
    public async Task From_a_trusted_proxy_http_makes_a_tls_leg_plain() =>
        (await (await gates.Generous).SendAsync(ArRequests.CallWith("X-Forwarded-Proto: http"), Trusted)).ShouldBeHttpForbidden();

    [Theory]
    [InlineData("X-Forwarded-Proto: ftp")]
    [InlineData("X-Forwarded-Proto:")]
    [InlineData("X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https")]
    [InlineData("X-Forwarded-Proto: \"https\"")]
    [InlineData("X-Forwarded-Ssl: on")]
    [InlineData("Front-End-Https: on")]
    [InlineData("Forwarded: proto=https")]
    [Contract("HTT-21", "ATK-38")]
    public async Task What_a_trusted_proxy_says_unreadably_counts_for_nothing(string header)
    {
        var gate = await gates.Generous;

        (await gate.SendPlainAsync(ArRequests.CallWith(header), Trusted)).ShouldBeHttpForbidden();
        (await gate.SendAsync(ArRequests.CallWith(header), Trusted)).ShouldBe623();
    }

    [Theory]
    [InlineData("X-Forwarded-Proto: https")]
    [InlineData("X-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.9")]
    [InlineData("Forwarded: for=127.0.0.9;proto=https")]
    [InlineData("X-Forwarded-Proto: http")]
    [Contract("HTT-20", "ARS-8", "ATK-31", "ATK-35")]
    public async Task A_stranger_is_never_believed(string header)
    {
        var gate = await gates.Generous;

        (await gate.SendPlainAsync(ArRequests.CallWith(header), Stranger)).ShouldBeHttpForbidden();
        (await gate.SendAsync(ArRequests.CallWith(header), Stranger)).ShouldBe623();
        (await (await gates.Default).SendPlainAsync(ArRequests.CallWith(header))).ShouldBeHttpForbidden();
    }

    [Theory]
    [InlineData("X-Forwarded-For: 203.0.113.5", "203.0.113.5")]
    [InlineData("X-Forwarded-For: 203.0.113.5:4711", "203.0.113.5")]
    [InlineData("X-Forwarded-For: 198.51.100.1, 203.0.113.5", "203.0.113.5")]
    [InlineData("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.5", "203.0.113.5")]
    [InlineData("X-Forwarded-For: 198.51.100.1, 203.0.113.5, 10.1.2.3", "203.0.113.5")]
    [InlineData("X-Forwarded-For: nonsense, 203.0.113.5", "203.0.113.5")]
    [InlineData("X-Forwarded-For: [2001:db8::7]:443", "2001:db8::7")]
    [InlineData("X-Forwarded-For: 2001:db8::7, 2001:db8:f::1", "2001:db8::7")]
    [InlineData("X-Forwarded-For: ::ffff:203.0.113.5", "203.0.113.5")]
    [InlineData("X-Forwarded-For: 203.0.113.5, nonsense", Trusted)]
    [InlineData("X-Forwarded-For: nonsense", Trusted)]
    [InlineData("X-Forwarded-For: 1", Trusted)]
    [InlineData("X-Forwarded-For:", Trusted)]
    [InlineData("X-Forwarded-For: 10.0.0.1, 10.0.0.2", Trusted)]
    [InlineData("X-Real-IP: 203.0.113.5", Trusted)]
    [Contract("HTT-21", "ARS-56", "ATK-38")]
    public async Task The_source_is_the_right_most_address_that_is_not_trusted(string header, string source) =>
        (await SourceOfLoginAsync(header, Trusted)).ShouldBe(source);

    [Theory]
    [InlineData("X-Forwarded-For: 203.0.113.5")]
    [InlineData("Forwarded: for=203.0.113.5")]
    [InlineData("X-Client-IP: 203.0.113.5")]
    [Contract("HTT-20", "ATK-35")]
    public async Task The_source_of_a_stranger_is_his_own_address(string header) =>
        (await SourceOfLoginAsync(header, Stranger)).ShouldBe(Stranger);

    private async Task<string?> SourceOfLoginAsync(string header, string from)
    {
        var gate = await gates.Generous;
        var name = $"source-{Guid.NewGuid():N}";
        await gate.AddAsync(name, Roles.None);
        (await gate.SendAsync(ArRequests.Login(name, Gate.Password, header), from)).Status.ShouldBe(200);
        return (await gate.SessionsAsync(name)).ShouldHaveSingleItem().Session.Source;
    }
}
