using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Tokens;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Tokens;

public sealed class SigningKeysTests : IAsyncLifetime
{
    private TokenWorkshop _shop = null!;

    public async ValueTask InitializeAsync() => _shop = await TokenWorkshop.OpenAsync();

    public ValueTask DisposeAsync() => _shop.DisposeAsync();

    [Fact]
    [Contract("HTT-158")]
    public void Key_id_is_the_thumbprint_of_its_rfc()
    {
        // The key of RFC 6979 section A.2.5; RFC 7638 itself has an RSA example only, so this thumbprint was made with openssl.
        using var known = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Convert.FromHexString("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"),
            Q = new ECPoint
            {
                X = Convert.FromHexString("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"),
                Y = Convert.FromHexString("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"),
            },
        });
        using var key = new Es256Key(known.ExportECPrivateKey());

        (key.X, key.Y).ShouldBe(("YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y", "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk"));
        key.Id.ShouldBe("DOvxvJiAdIqVWIkFt5hDtCunXLF0BV4-JGv4f-ALSm0");
    }

    [Fact]
    [Contract("HTT-170", "ATK-68")]
    public async Task Next_key_is_published_a_day_before_it_signs_and_the_old_one_until_its_last_token_is_dead()
    {
        var old = _shop.Keys.Signing.Id;
        await _shop.AdvanceAsync(TimeSpan.FromDays(88.5));
        _shop.Keys.Published.Select(key => key.Id).ShouldBe([old]);

        await _shop.AdvanceAsync(TimeSpan.FromDays(0.5));
        var next = _shop.Keys.Published.Select(key => key.Id).Single(id => id != old);
        _shop.Keys.Signing.Id.ShouldBe(old);

        await _shop.AdvanceAsync(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1));
        _shop.Keys.Signing.Id.ShouldBe(old);
        var last = _shop.GoodToken();

        await _shop.AdvanceAsync(TimeSpan.FromSeconds(1));
        _shop.Keys.Signing.Id.ShouldBe(next);
        _shop.Reads(last).ShouldBeTrue();
        _shop.Keys.Published.Select(key => key.Id).ShouldBe([old, next]);

        var forever = _shop.GoodPayload.Replace($"{_shop.Now + 600}", "9999999999", StringComparison.Ordinal);
        using var retired = ECDsa.Create();
        retired.ImportECPrivateKey(_shop.Ring.Keys[0].Material.Span, out _);
        var stolen = TokenWorkshop.Sign(retired, Encoding.UTF8.GetBytes(_shop.GoodHeader.Replace(next, old, StringComparison.Ordinal)), Encoding.UTF8.GetBytes(forever));
        _shop.Reads(stolen).ShouldBeTrue();

        // Dead by the clock alone, before anybody has read the ring again.
        _shop.Clock.Advance(TimeSpan.FromSeconds(SigningKeys.LongestLifeSeconds));
        _shop.Reads(stolen).ShouldBeFalse();
        _shop.Keys.Published.Select(key => key.Id).ShouldBe([next]);
        await _shop.AdvanceAsync(TimeSpan.Zero);
        _shop.Reads(stolen).ShouldBeFalse();
    }

    [Fact]
    [Contract("HTT-170")]
    public async Task Nodes_on_one_store_verify_each_others_tokens()
    {
        var (_, keys) = await _shop.OpenAnotherAsync();

        keys.Signing.Id.ShouldBe(_shop.Keys.Signing.Id);
        new JwtReader(keys, _shop.Clock).TryRead(_shop.GoodToken(), TokenWorkshop.Expected, out _, out _).ShouldBeTrue();
    }

    [Fact]
    [Contract("ATK-68")]
    public async Task Key_of_another_installation_is_nobody()
    {
        await using var other = await TokenWorkshop.OpenAsync();

        _shop.Reads(other.GoodToken()).ShouldBeFalse();
        other.Reads(_shop.GoodToken()).ShouldBeFalse();
    }

    [Fact]
    public async Task Many_threads_sign_and_verify_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                _shop.Reads(_shop.GoodToken()).ShouldBeTrue();
            }
        })));
    }
}
