using System.Buffers.Text;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Core.Tokens;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Tokens;

/// <summary>What holds of the reader whatever it is shown.</summary>
public sealed class JwtProperties : IAsyncLifetime
{
    private TokenWorkshop _shop = null!;

    public async ValueTask InitializeAsync() => _shop = await TokenWorkshop.OpenAsync();

    public ValueTask DisposeAsync() => _shop.DisposeAsync();

    [Fact]
    [Contract("HTT-123", "ATK-64")]
    public void Base64url_that_decodes_encodes_to_the_same_text()
    {
        const string nearMisses = "ABCxyz019-_+/= \n.é";
        var texts = Gen.Choose(0, 40).SelectMany(length => Gen.Elements(nearMisses.ToCharArray()).ArrayOf(length)).Select(characters => new string(characters)).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000), Prop.ForAll(texts, text =>
        {
            var bytes = new byte[text.Length * 2];
            if (StrictBase64Url.TryDecode(Encoding.UTF8.GetBytes(text), bytes, out var written))
            {
                Base64Url.EncodeToString(bytes.AsSpan(0, written)).ShouldBe(text);
            }
        }));
    }

    [Fact]
    [Contract("HTT-123")]
    public void Base64url_of_any_bytes_decodes_to_them() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll<byte[]>(value =>
    {
        var bytes = new byte[(value.Length * 2) + 4];
        StrictBase64Url.TryDecode(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(value)), bytes, out var written).ShouldBeTrue();
        bytes[..written].ShouldBe(value);
    }));

    [Fact]
    [Contract("HTT-132", "ATK-58")]
    public void A_good_token_with_one_character_changed_added_or_removed_is_refused()
    {
        var token = _shop.GoodToken();
        var changes = Gen.Choose(0, token.Length - 1)
            .SelectMany(at => Gen.Choose(0, 2).SelectMany(how => Gen.Elements("AZaz09-_.= +/é\0\"{".ToCharArray()).Select(with => how switch
            {
                0 => token[..at] + with + token[(at + 1)..],
                1 => token[..at] + with + token[at..],
                _ => token[..at] + token[(at + 1)..],
            })))
            .Where(changed => changed != token).ToArbitrary();

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(changes, changed => _shop.Reads(changed).ShouldBeFalse(changed)));
        _shop.Reads(token).ShouldBeTrue();
    }

    [Fact]
    [Contract("HTT-132", "ATK-47")]
    public void Any_header_and_payload_under_our_signature_are_read_or_refused_and_nothing_else()
    {
        string[] snippets = ["{", "}", "[", "]", ":", ",", "\"", "\\u0061", "\\ud800", "\"alg\"", "\"ES256\"", "\"typ\"", "\"at+jwt\"", "\"kid\"", $"\"{_shop.Keys.Signing.Id}\"", "\"exp\"", "9999999999", "\"iss\"", "\"sub\"", "null", " ", "1e400", "-0"];
        var texts = Gen.Choose(0, 14).SelectMany(length => Gen.Elements(snippets).ArrayOf(length)).Select(string.Concat);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_500), Prop.ForAll(texts.ToArbitrary(), text =>
        {
            _shop.Reads(_shop.Forge(text, _shop.GoodPayload)).ShouldBe(text == _shop.GoodHeader);
            _shop.Reads(_shop.Forge(_shop.GoodHeader, text)).ShouldBeFalse(text);
        }));
    }

    [Fact]
    [Contract("HTT-130")]
    public void Any_subject_comes_back_as_it_was_written() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<NonNull<string>>(any =>
    {
        var name = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(any.Get));
        var payload = _shop.GoodPayload.Replace("\"alice\"", System.Text.Json.JsonSerializer.Serialize(name), StringComparison.Ordinal);
        _shop.Reader.TryRead(_shop.Writer.Write(TokenWorkshop.Type, Encoding.UTF8.GetBytes(payload)), TokenWorkshop.Expected, out var verified, out _).ShouldBeTrue();
        verified.Subject.ShouldBe(name);
    }));
}
