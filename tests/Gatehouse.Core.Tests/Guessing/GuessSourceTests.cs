using System.Net;
using Gatehouse.Core.Guessing;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Guessing;

[Contract("HTT-97")]
public sealed class GuessSourceTests
{
    private readonly GuessDriver _driver = new(new ThrottleOptions { FreeAttempts = 1000, LockAfter = 100_000, SourceLimit = 10, SourceWindowSeconds = 60 });

    [Fact]
    public void Source_is_turned_away_after_its_limit_until_its_window_is_over()
    {
        for (var i = 0; i < 10; i++)
        {
            _driver.Settle(_driver.Admit(), GuessOutcome.Wrong);
            _driver.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        _driver.Admit().Admission.ShouldBe(new GuessAdmission(GuessState.SourceExhausted, 0, TimeSpan.FromSeconds(50)));
        _driver.Account.Count.ShouldBe(10);
        _driver.Clock.Advance(TimeSpan.FromSeconds(50));

        _driver.Admit().Admission.State.ShouldBe(GuessState.Open);
        _driver.Source.ShouldBe(new SourceGuesses(1, _driver.Now));
    }

    [Fact]
    public void Right_password_gives_back_its_own_guess_only()
    {
        _driver.GuessWrong(4);

        _driver.Settle(_driver.Admit(), GuessOutcome.Right);

        _driver.Source.Count.ShouldBe(4);
    }

    [Fact]
    public void Guess_of_an_earlier_window_takes_nothing_off_the_next_one()
    {
        var slow = _driver.Admit();
        _driver.Clock.Advance(TimeSpan.FromSeconds(60));
        _driver.GuessWrong(2);

        _driver.Settle(slow, GuessOutcome.Right);

        _driver.Source.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2::9", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:3::9", "2001:db8:1:3::/64")]
    [InlineData("::1", "127.0.0.1")]
    [InlineData("fe80::1%3", "fe80::/64")]
    public void Source_is_an_IPv4_address_or_the_64_of_an_IPv6_address(string address, string key) =>
        CallerSource.KeyOf(IPAddress.Parse(address)).ShouldBe(key);

    [Theory]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::5", "2001:db8::5")]
    [InlineData("fe80::1%3", "fe80::1")]
    public void Address_is_shown_without_mapping_and_zone(string address, string text) => CallerSource.TextOf(IPAddress.Parse(address)).ShouldBe(text);
}
