using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Tokens;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Tokens;

/// <summary>The table of attacks on JWTs (contract attacks, section 9), with tokens that our own key signed wherever the signature is not the point.</summary>
public sealed class JwtReaderTests : IAsyncLifetime
{
    private static readonly BigInteger Order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, null);
    private TokenWorkshop _shop = null!;

    public async ValueTask InitializeAsync() => _shop = await TokenWorkshop.OpenAsync();

    public ValueTask DisposeAsync() => _shop.DisposeAsync();

    [Fact]
    [Contract("HTT-123", "HTT-158")]
    public void A_token_of_ours_is_read_with_its_hash()
    {
        var token = _shop.GoodToken();

        _shop.Reader.TryRead(token, TokenWorkshop.Expected, out var verified, out var hash).ShouldBeTrue();

        verified.Subject.ShouldBe("alice");
        (verified.IssuedAt.ToUnixTimeSeconds(), verified.Expires.ToUnixTimeSeconds()).ShouldBe((_shop.Now, _shop.Now + 600));
        hash.ShouldBe(TokenHash.Of(token));
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.Split('.')[0])).ShouldBe(_shop.GoodHeader);
    }

    [Fact]
    [Contract("HTT-128")]
    public void Type_may_have_its_prefix() => Taken(_shop.Forge(_shop.GoodHeader.Replace("at+jwt", "application/at+jwt", StringComparison.Ordinal), _shop.GoodPayload));

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("nOnE")]
    [InlineData("")]
    [InlineData(" ES256 ")]
    [InlineData("es256")]
    [InlineData("HS256")]
    [InlineData("ES384")]
    [InlineData("RS256")]
    [InlineData("ES256K")]
    [Contract("HTT-124", "ATK-55")]
    public void Another_algorithm_is_refused_with_and_without_signature(string algorithm)
    {
        var token = _shop.Forge(_shop.GoodHeader.Replace("ES256", algorithm, StringComparison.Ordinal), _shop.GoodPayload);

        Refused(token);
        Refused(token[..(token.LastIndexOf('.') + 1)]);
        Refused(token[..token.LastIndexOf('.')]);
    }

    [Fact]
    [Contract("HTT-124", "ATK-56")]
    public void Hmac_under_our_public_key_in_whatever_form_is_refused()
    {
        using var key = ECDsa.Create();
        key.ImportECPrivateKey(_shop.Ring.Signing.Material.Span, out _);
        var pem = key.ExportSubjectPublicKeyInfoPem();
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        byte[][] secrets =
        [
            Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(pem + "\n"), key.ExportSubjectPublicKeyInfo(), [4, .. point.X!, .. point.Y!], [.. point.X!, .. point.Y!],
            Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{_shop.Keys.Signing.X}}","y":"{{_shop.Keys.Signing.Y}}"}"""), Encoding.ASCII.GetBytes(_shop.Keys.Signing.Id),
            [], "secret"u8.ToArray(), "https://gate.example"u8.ToArray(),
        ];
        foreach (var secret in secrets)
        {
            foreach (var algorithm in new[] { "HS256", "ES256" })
            {
                var signed = $"{Encode(_shop.GoodHeader.Replace("ES256", algorithm, StringComparison.Ordinal))}.{Encode(_shop.GoodPayload)}";
                var code = HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed));
                Refused($"{signed}.{Base64Url.EncodeToString(code)}");
                Refused($"{signed}.{Base64Url.EncodeToString([.. code, .. code])}");
            }
        }
    }

    [Fact]
    [Contract("HTT-126", "HTT-127", "ATK-57", "ATK-60", "ATK-62", "ATK-48")]
    public void Header_with_anything_else_in_it_is_refused_even_under_our_signature()
    {
        foreach (var member in new[]
        {
            "\"jwk\":{}", "\"jwk\":\"x\"", "\"x5c\":[\"x\"]", "\"x5c\":\"x\"", "\"jku\":\"http://127.0.0.1:9/keys\"", "\"x5u\":\"http://127.0.0.1:9/cert\"", "\"crit\":[]", "\"crit\":[\"b64\"]", "\"crit\":\"b64\"",
            "\"b64\":false", "\"zip\":\"DEF\"", "\"enc\":\"A256GCM\"", "\"cty\":\"JWT\"",
        })
        {
            Refused(_shop.Forge(_shop.GoodHeader.Replace("{", $"{{{member},", StringComparison.Ordinal), _shop.GoodPayload));
            Refused(_shop.Forge(_shop.GoodHeader.Replace("}", $",{member}}}", StringComparison.Ordinal), _shop.GoodPayload));
        }
    }

    [Fact]
    [Contract("HTT-126", "ATK-57")]
    public void Key_that_the_token_brings_along_is_not_used()
    {
        using var attacker = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var material = attacker.ExportECPrivateKey();
        using var theirs = new Es256Key(material);
        foreach (var header in new[]
        {
            $$$"""{"typ":"at+jwt","alg":"ES256","kid":"{{{theirs.Id}}}","jwk":{"kty":"EC","crv":"P-256","x":"{{{theirs.X}}}","y":"{{{theirs.Y}}}"}}""",
            $$$"""{"typ":"at+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"{{{theirs.X}}}","y":"{{{theirs.Y}}}"}}""",
            $$"""{"typ":"at+jwt","alg":"ES256","kid":"{{theirs.Id}}"}""",
            _shop.GoodHeader,
        })
        {
            Refused(TokenWorkshop.Sign(attacker, Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(_shop.GoodPayload)));
        }
    }

    [Fact]
    [Contract("HTT-124", "ATK-58", "ATK-59")]
    public void Bad_signatures_are_refused()
    {
        var token = _shop.GoodToken();
        var signed = token[..token.LastIndexOf('.')];
        var good = Base64Url.DecodeFromChars(token.AsSpan(signed.Length + 1));
        var (r, s) = (good[..32], good[32..]);
        var order = Order.ToByteArray(isUnsigned: true, isBigEndian: true);
        using var key = ECDsa.Create();
        key.ImportECPrivateKey(_shop.Ring.Signing.Material.Span, out _);
        List<byte[]> bad =
        [
            new byte[64], [.. new byte[32], .. s], [.. r, .. new byte[32]], [.. order, .. s], [.. r, .. order], [.. Enumerable.Repeat((byte)255, 64)], [.. s, .. r],
            [.. good[..63]], [.. good, 0], [0, .. good],
            key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
        ];
        bad.AddRange(Enumerable.Range(0, 64).Select(length => good[..length]));
        bad.AddRange(Enumerable.Range(0, 512).Select(bit => Flip(good, bit)));
        foreach (var signature in bad)
        {
            Refused($"{signed}.{Base64Url.EncodeToString(signature)}");
        }

        Refused($"{signed}.{token[(signed.Length + 1)..]}=");
        Taken(token);
    }

    [Fact]
    [Contract("HTT-131")]
    public void The_other_signature_over_the_same_text_is_good_but_has_another_hash()
    {
        // (r, n - s) verifies whenever (r, s) does: only the hash of the whole text tells the two tokens apart.
        var token = _shop.GoodToken();
        var signed = token[..token.LastIndexOf('.')];
        var good = Base64Url.DecodeFromChars(token.AsSpan(signed.Length + 1));
        var other = (Order - new BigInteger(good.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] twin = [.. good[..32], .. new byte[32 - other.Length], .. other];

        _shop.Reader.TryRead($"{signed}.{Base64Url.EncodeToString(twin)}", TokenWorkshop.Expected, out _, out var hash).ShouldBeTrue();

        hash.ShouldNotBe(TokenHash.Of(token));
    }

    [Fact]
    [Contract("HTT-125", "ATK-61")]
    public void Foreign_key_names_are_refused()
    {
        foreach (var kid in new[]
        {
            "\"\"", "\"/dev/null\"", "\"../../master.key\"", "\"' OR 1=1 --\"", "\"| id\"", "\"*)(uid=*\"", "\"http://127.0.0.1:9/\"", $"\"{new string('k', 5_000)}\"", "1", "[\"a\"]", "{}", "null", "true",
            $"\"{_shop.Keys.Signing.Id[..^1]}\"", $"\"{_shop.Keys.Signing.Id} \"", $"\"{_shop.Keys.Signing.Id.ToLowerInvariant()}x\"", $"[\"{_shop.Keys.Signing.Id}\"]", $"\"{_shop.Ring.Signing.Id}\"",
        })
        {
            Refused(_shop.Forge($$"""{"typ":"at+jwt","alg":"ES256","kid":{{kid}}}""", _shop.GoodPayload));
        }

        Refused(_shop.Forge("""{"typ":"at+jwt","alg":"ES256"}""", _shop.GoodPayload));
    }

    [Fact]
    [Contract("HTT-123", "ATK-63")]
    public void Members_that_come_twice_are_refused_whichever_is_good()
    {
        var (header, payload) = (_shop.GoodHeader, _shop.GoodPayload);
        foreach (var member in new[] { "\"alg\":\"ES256\"", "\"alg\":\"none\"", "\"\\u0061lg\":\"none\"", "\"typ\":\"at+jwt\"", $"\"kid\":\"{_shop.Keys.Signing.Id}\"", "\"k\\u0069d\":\"x\"" })
        {
            Refused(_shop.Forge(header.Replace("{", $"{{{member},", StringComparison.Ordinal), payload));
            Refused(_shop.Forge(header.Replace("}", $",{member}}}", StringComparison.Ordinal), payload));
        }

        foreach (var member in new[] { "\"sub\":\"alice\"", "\"sub\":\"admin\"", "\"s\\u0075b\":\"admin\"", $"\"exp\":{_shop.Now + 9_000}", "\"\\u0065xp\":9999999999", $"\"aud\":\"{TokenWorkshop.Audience}\"", "\"jti\":\"x\"", "\"x\":1,\"x\":1" })
        {
            Refused(_shop.Forge(header, payload.Replace("{", $"{{{member},", StringComparison.Ordinal)));
            Refused(_shop.Forge(header, payload.Replace("}", $",{member}}}", StringComparison.Ordinal)));
        }

        Taken(_shop.Forge(header, payload.Replace("}", ",\"x\":{\"y\":[1,\"z\"]},\"w\":null}", StringComparison.Ordinal)));
    }

    [Fact]
    [Contract("HTT-123", "ATK-47", "ATK-64")]
    public void Other_forms_are_refused()
    {
        var token = _shop.GoodToken();
        var parts = token.Split('.');
        foreach (var bad in new[]
        {
            "", ".", "..", "...", parts[0], $"{parts[0]}.{parts[1]}", $"{token}.", $".{token}", $"{token}.{parts[2]}", $"{token}.{parts[2]}.{parts[2]}", $"{parts[0]}..{parts[2]}", $".{parts[1]}.{parts[2]}",
            $"{parts[0]}=.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}==.{parts[2]}", $" {token}", $"{token} ", $"{token}\n", $"{parts[0]}.{parts[1]}\n.{parts[2]}", $"{parts[0]}. {parts[1]}.{parts[2]}",
            token.Replace('-', '+').Replace('_', '/') + "+", LooseBits(parts, 0), LooseBits(parts, 1), LooseBits(parts, 2), $"\uFEFF{token}", $"Bearer {token}", $"\"{token}\"",
            $$"""{"protected":"{{parts[0]}}","payload":"{{parts[1]}}","signature":"{{parts[2]}}"}""", new string('.', 9_000), new string('.', 8_192), token + new string('A', 9_000),
            $"{parts[0]}.{new string('A', 8_100)}.{parts[2]}", $"{parts[0]}.{parts[1]}.{parts[2]}é",
        })
        {
            Refused(bad);
        }

        foreach (var (header, payload) in new[]
        {
            (Encoding.Unicode.GetBytes(_shop.GoodHeader), Encoding.UTF8.GetBytes(_shop.GoodPayload)), (Encoding.UTF8.GetBytes(_shop.GoodHeader), Encoding.Unicode.GetBytes(_shop.GoodPayload)),
            ([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(_shop.GoodHeader)], Encoding.UTF8.GetBytes(_shop.GoodPayload)),
            (Encoding.UTF8.GetBytes(_shop.GoodHeader), [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(_shop.GoodPayload)]),
            (Encoding.UTF8.GetBytes(_shop.GoodHeader), [.. Encoding.UTF8.GetBytes(_shop.GoodPayload), (byte)'x']),
            (Encoding.UTF8.GetBytes(_shop.GoodHeader + "{}"), Encoding.UTF8.GetBytes(_shop.GoodPayload)),
            (Encoding.UTF8.GetBytes($"[{_shop.GoodHeader}]"), Encoding.UTF8.GetBytes(_shop.GoodPayload)),
            (Encoding.UTF8.GetBytes(_shop.GoodHeader), "[]"u8.ToArray()), (Encoding.UTF8.GetBytes(_shop.GoodHeader), "null"u8.ToArray()), (Encoding.UTF8.GetBytes(_shop.GoodHeader), []),
            (Encoding.UTF8.GetBytes(_shop.GoodHeader), Encoding.Latin1.GetBytes(_shop.GoodPayload.Replace("alice", "\u00e9", StringComparison.Ordinal))),
            (Encoding.UTF8.GetBytes(_shop.GoodHeader), Encoding.UTF8.GetBytes(_shop.GoodPayload.Replace("alice", "\\ud800", StringComparison.Ordinal))),
            (Encoding.UTF8.GetBytes(_shop.GoodHeader), Encoding.UTF8.GetBytes(_shop.GoodPayload.Replace("}", ",\"x\":[[[[[[[[1]]]]]]]]}", StringComparison.Ordinal))),
        })
        {
            Refused(_shop.Forge(header, payload));
        }
    }

    [Fact]
    [Contract("HTT-129", "ATK-65")]
    public void Times_are_whole_numbers_within_their_range()
    {
        foreach (var value in new[] { "\"9999999999\"", "9999999999.5", "9999999999.0", "-1", "1e10", "1e300", "1e400", "9007199254740993", "9223372036854775808", "99999999999999999999", "null", "true", "[9999999999]", "{}" })
        {
            Refused(_shop.Forge(_shop.GoodHeader, Set("exp", value)));
            Refused(_shop.Forge(_shop.GoodHeader, Set("iat", value)));
            Refused(_shop.Forge(_shop.GoodHeader, With($"\"nbf\":{value}")));
        }

        Refused(_shop.Forge(_shop.GoodHeader, Without("exp")));
        Taken(_shop.Forge(_shop.GoodHeader, Without("iat")));
        Taken(_shop.Forge(_shop.GoodHeader, Set("exp", "9007199254740992")));
        Taken(_shop.Forge(_shop.GoodHeader, Set("exp", "4294967296")));
    }

    [Fact]
    [Contract("HTT-129")]
    public async Task It_holds_from_nbf_to_just_before_exp()
    {
        var token = _shop.Forge(_shop.GoodHeader, With($"\"nbf\":{_shop.Now + 2}"));
        Refused(token);
        await _shop.AdvanceAsync(TimeSpan.FromSeconds(2));
        Taken(token);
        await _shop.AdvanceAsync(TimeSpan.FromSeconds(598) - TimeSpan.FromMilliseconds(1));
        Taken(token);
        await _shop.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Refused(token);

        Taken(_shop.Forge(_shop.GoodHeader, Set("iat", $"{_shop.Now + 60}")));
        Refused(_shop.Forge(_shop.GoodHeader, Set("iat", $"{_shop.Now + 61}")));
    }

    [Fact]
    [Contract("HTT-130", "ATK-66")]
    public void Issuer_and_audience_are_compared_exactly()
    {
        foreach (var issuer in new[] { "\"https://evil.example\"", "\"https://gate.example/\"", "\"HTTPS://gate.example\"", "\"https://gate.exampl\"", "[\"https://gate.example\"]", "null", "1" })
        {
            Refused(_shop.Forge(_shop.GoodHeader, Set("iss", issuer)));
        }

        foreach (var audience in new[] { "\"https://orders.exampl\"", "\"https://orders.example/\"", "\"https://orders.example.evil\"", "[]", "[\"https://evil.example\"]", "[1]", "[[\"https://orders.example\"]]", "[\"https://orders.example\",1]", "null", "{}" })
        {
            Refused(_shop.Forge(_shop.GoodHeader, Set("aud", audience)));
        }

        foreach (var name in new[] { "iss", "aud", "sub", "jti" })
        {
            Refused(_shop.Forge(_shop.GoodHeader, Without(name)));
            Refused(_shop.Forge(_shop.GoodHeader, Set(name, "5")));
        }

        Taken(_shop.Forge(_shop.GoodHeader, Set("aud", "[\"https://other.example\",\"https://orders.example\"]")));
    }

    [Theory]
    [InlineData("JWT")]
    [InlineData("at+JWT")]
    [InlineData("application/jwt")]
    [InlineData("application/application/at+jwt")]
    [InlineData("gatehouse-assertion+jwt")]
    [InlineData("")]
    [InlineData("application/")]
    [Contract("HTT-128", "ATK-67")]
    public void Another_kind_is_refused(string type) => Refused(_shop.Forge(_shop.GoodHeader.Replace("at+jwt", type, StringComparison.Ordinal), _shop.GoodPayload));

    [Fact]
    [Contract("HTT-128", "ATK-67")]
    public void Missing_or_wrongly_typed_kind_is_refused()
    {
        Refused(_shop.Forge($$"""{"alg":"ES256","kid":"{{_shop.Keys.Signing.Id}}"}""", _shop.GoodPayload));
        Refused(_shop.Forge($$"""{"typ":["at+jwt"],"alg":"ES256","kid":"{{_shop.Keys.Signing.Id}}"}""", _shop.GoodPayload));
        Refused(_shop.Forge($$"""{"alg":["ES256"],"typ":"at+jwt","kid":"{{_shop.Keys.Signing.Id}}"}""", _shop.GoodPayload));
    }

    private string Set(string name, string value) => System.Text.RegularExpressions.Regex.Replace(_shop.GoodPayload, $"\"{name}\":(\"[^\"]*\"|\\d+)", $"\"{name}\":{value}", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));

    private string Without(string name) => Set(name, "0").Replace($"\"{name}\":0", "\"x\":0", StringComparison.Ordinal);

    private string With(string member) => _shop.GoodPayload.Replace("}", $",{member}}}", StringComparison.Ordinal);

    private void Refused(string token)
    {
        _shop.Reader.TryRead(token, TokenWorkshop.Expected, out var verified, out var hash).ShouldBeFalse(token);
        (verified, hash).ShouldBe((default, default));
    }

    private void Taken(string token) => _shop.Reads(token).ShouldBeTrue(token);

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    /// <summary>The same value with unused bits that are not zero; a part without unused bits gets a left-over character.</summary>
    private static string LooseBits(string[] parts, int which)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var changed = parts.ToArray();
        changed[which] = parts[which].Length % 4 == 0 ? parts[which] + "A" : parts[which][..^1] + alphabet[alphabet.IndexOf(parts[which][^1], StringComparison.Ordinal) ^ 1];
        return string.Join('.', changed);
    }
}
