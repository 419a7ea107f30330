using System.Text;
using System.Text.Json;
using Gatehouse.Core.Tokens;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Tokens;

public sealed class AssertionSignerTests : IAsyncLifetime
{
    private const string Audience = "https://orders.example";
    private TokenWorkshop _shop = null!;
    private AssertionSigner _signer = null!;

    private static Identity Alice => new()
    {
        User = "älice",
        Dialect = "ar-system",
        Method = SignInMethods.ArJwt,
        Tenant = "north",
        Scope = "tenant",
        Tenants = ["north", "south"],
        Impersonator = "admin",
        Session = PublicId.FromBytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    };

    public async ValueTask InitializeAsync()
    {
        _shop = await TokenWorkshop.OpenAsync();
        _signer = new AssertionSigner(_shop.Writer, new FixedIssuer(), _shop.Clock);
    }

    public ValueTask DisposeAsync() => _shop.DisposeAsync();

    [Fact]
    public void It_says_who_calls_for_one_audience_and_a_minute()
    {
        var assertion = _signer.Sign(Alice, Audience);

        _shop.Reads(assertion, new JwtExpectation(AssertionSigner.TokenType, TokenWorkshop.Issuer, [Audience])).ShouldBeTrue();
        var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(assertion.Split('.')[1])).RootElement;
        claims.GetProperty("sub").GetString().ShouldBe("älice");
        claims.GetProperty("dialect").GetString().ShouldBe("ar-system");
        claims.GetProperty("method").GetString().ShouldBe("ar-jwt");
        claims.GetProperty("tenant").GetString().ShouldBe("north");
        claims.GetProperty("scope").GetString().ShouldBe("tenant");
        claims.GetProperty("tenants").EnumerateArray().Select(tenant => tenant.GetString()).ShouldBe(["north", "south"]);
        claims.GetProperty("impersonator").GetString().ShouldBe("admin");
        claims.GetProperty("session").GetString().ShouldBe(Alice.Session!.Value.ToString());
        (claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64()).ShouldBe(60);
    }

    [Fact]
    [Contract("ATK-67")]
    public void It_is_no_access_token_and_an_access_token_is_no_assertion()
    {
        _shop.Reads(_signer.Sign(Alice, Audience)).ShouldBeFalse();
        _shop.Reads(_shop.GoodToken(), new JwtExpectation(AssertionSigner.TokenType, TokenWorkshop.Issuer, [Audience])).ShouldBeFalse();
    }

    [Fact]
    public async Task It_comes_again_during_the_first_half_of_its_life()
    {
        var first = _signer.Sign(Alice, Audience);
        _signer.Sign(Alice with { Tenants = ["north", "south"] }, Audience).ShouldBeSameAs(first);
        await _shop.AdvanceAsync(TimeSpan.FromSeconds(29));
        _signer.Sign(Alice, Audience).ShouldBeSameAs(first);
        await _shop.AdvanceAsync(TimeSpan.FromSeconds(1));

        _signer.Sign(Alice, Audience).ShouldNotBe(first);
    }

    [Fact]
    [Contract("ATK-18", "ATK-41")]
    public void Whatever_differs_gets_an_assertion_of_its_own()
    {
        Identity[] identities =
        [
            Alice, Alice with { User = "bob" }, Alice with { Dialect = "micetro" }, Alice with { Method = SignInMethods.Bearer }, Alice with { Tenant = null }, Alice with { Scope = "all" },
            Alice with { Tenants = ["north"] }, Alice with { Tenants = ["south", "north"] }, Alice with { Impersonator = null }, Alice with { Session = null },
        ];

        var assertions = identities.Select(identity => _signer.Sign(identity, Audience)).Append(_signer.Sign(Alice, "https://other.example")).ToList();

        assertions.Distinct().Count().ShouldBe(11);
        identities.Select(identity => _signer.Sign(identity, Audience)).ShouldBe(assertions[..10]);
    }

    [Fact]
    public async Task Many_identities_come_and_go_in_bounded_memory()
    {
        var cache = new AssertionCache();
        for (var i = 0; i < 20_000; i++)
        {
            cache.Keep(new AssertionKey(Alice with { User = i.ToString(System.Globalization.CultureInfo.InvariantCulture) }, Audience), "x", 30, 0);
        }

        var kept = Enumerable.Range(0, 20_000).Count(i => cache.Find(new AssertionKey(Alice with { User = i.ToString(System.Globalization.CultureInfo.InvariantCulture) }, Audience), 1) is not null);
        kept.ShouldBeInRange(8_000, 16_384);
        await Task.CompletedTask;
    }

    private sealed class FixedIssuer : IIssuer
    {
        public string Name => TokenWorkshop.Issuer;
    }
}
