using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Authorities.Sso;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Sso;

/// <summary>JSON Web Tokens of a single sign-on against its keys: a good one is taken, changed, and refused; then the good one still holds.</summary>
public sealed class TokenAcceptanceTests : IAsyncLifetime
{
    private CrookedSso _sso = null!;
    private SsoAuthority _authority = null!;
    private TokenMint _mint = null!;

    public async ValueTask InitializeAsync()
    {
        _sso = await CrookedSso.StartAsync();
        _authority = _sso.Authority(options => options.TokenCheck = TokenCheck.Keys);
        _mint = new TokenMint(_sso);
    }

    public ValueTask DisposeAsync()
    {
        _authority.Dispose();
        return _sso.DisposeAsync();
    }

    [Fact]
    [Contract("ATK-55")]
    public async Task Algorithm_none_and_dropped_signatures_are_refused()
    {
        var tokens = new List<string>();
        foreach (var algorithm in new[] { "none", "None", "NONE", "nOnE", "", " none", "none ", "RS512", "HS256", "ES256" })
        {
            var header = _mint.Header();
            header["alg"] = algorithm;
            tokens.Add(_mint.Sign(header.ToJsonString(), _mint.Claims().ToJsonString()));
            tokens.Add($"{TokenMint.Encode(header.ToJsonString())}.{TokenMint.Encode(_mint.Claims().ToJsonString())}.");
        }

        tokens.Add(_mint.With(header => header.Remove("alg")));
        tokens.Add(_mint.With(header => header["alg"] = 256));
        await ShouldAllBeRefusedAsync(tokens);
    }

    [Fact]
    [Contract("ATK-56")]
    public async Task Shared_secrets_made_of_public_knowledge_are_refused()
    {
        var key = _sso.Key.ExportParameters(false);
        byte[][] secrets =
        [
            Encoding.ASCII.GetBytes(_sso.Key.ExportSubjectPublicKeyInfoPem()),
            Encoding.ASCII.GetBytes(_sso.Key.ExportSubjectPublicKeyInfoPem() + "\n"),
            Encoding.ASCII.GetBytes(_sso.Key.ExportRSAPublicKeyPem()),
            _sso.Key.ExportSubjectPublicKeyInfo(),
            _sso.Key.ExportRSAPublicKey(),
            key.Modulus!,
            Encoding.ASCII.GetBytes(_sso.KeySet()),
            Encoding.ASCII.GetBytes(_sso.KeyId),
            [],
            Encoding.ASCII.GetBytes("secret"),
            Encoding.ASCII.GetBytes(CrookedSso.Secret),
            Encoding.ASCII.GetBytes("shared-secret-shared-secret-1234"),
        ];
        var tokens = secrets.SelectMany(secret => new[] { _sso.KeyId, "shared" }.Select(id =>
        {
            var header = _mint.Header();
            (header["alg"], header["kid"]) = ("HS256", id);
            return TokenMint.Sign(header.ToJsonString(), _mint.Claims().ToJsonString(), text => HMACSHA256.HashData(secret, text));
        }));
        await ShouldAllBeRefusedAsync(tokens);
    }

    [Fact]
    [Contract("ATK-57", "ATK-60", "ATK-61", "ATK-62", "ATK-67")]
    public async Task Headers_that_name_other_keys_or_kinds_are_refused_and_nothing_is_fetched()
    {
        using var own = RSA.Create(2048);
        var parameters = own.ExportParameters(false);
        var jwk = new JsonObject { ["kty"] = "RSA", ["kid"] = _sso.KeyId, ["n"] = Base64Url.EncodeToString(parameters.Modulus), ["e"] = Base64Url.EncodeToString(parameters.Exponent) };
        string Foreign(Action<JsonObject> change)
        {
            var header = _mint.Header();
            change(header);
            return TokenMint.Sign(header.ToJsonString(), _mint.Claims().ToJsonString(), text => own.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }

        var tokens = new List<string>
        {
            Foreign(_ => { }),
            Foreign(header => header["jwk"] = jwk.DeepClone()),
            Foreign(header => header["jku"] = $"{_sso.Issuer}/elsewhere"),
            Foreign(header => header["x5u"] = $"{_sso.Issuer}/elsewhere"),
            Foreign(header => header["x5c"] = new JsonArray("MIIB")),
            _mint.With(header => header["crit"] = new JsonArray()),
            _mint.With(header => header["crit"] = new JsonArray("b64")),
            _mint.With(header => header["b64"] = false),
            _mint.With(header => header["zip"] = "DEF"),
            _mint.With(header => header["typ"] = "JWT"),
            _mint.With(header => header["typ"] = "rt+jwt"),
            _mint.With(header => header.Remove("typ")),
            _mint.With(header => header.Remove("kid")),
        };
        foreach (var kid in new JsonNode?[] { "", "/dev/null", "../../etc/passwd", "' OR '1'='1", "|id", "*)(uid=*", "https://x.example/", new string('k', 10_000), 1, new JsonArray("key-1"), new JsonObject(), null })
        {
            tokens.Add(_mint.With(header => header["kid"] = kid?.DeepClone()));
        }

        await ShouldAllBeRefusedAsync(tokens);
        _sso.CountOf("/elsewhere").ShouldBe(0);
    }

    [Fact]
    [Contract("ATK-58", "ATK-59")]
    public async Task Signatures_that_are_cut_grown_or_changed_are_refused()
    {
        var good = _mint.Good();
        var (text, signature) = (good[..good.LastIndexOf('.')], Base64Url.DecodeFromChars(good.AsSpan(good.LastIndexOf('.') + 1)));
        var tokens = new List<byte[]>([[], [0], new byte[256], signature[..^1], signature[1..], [.. signature, 0], [0, .. signature]]);
        for (var i = 0; i < signature.Length; i += 31)
        {
            var changed = (byte[])signature.Clone();
            changed[i] ^= 1;
            tokens.Add(changed);
            tokens.Add(signature[..i]);
        }

        await ShouldAllBeRefusedAsync(tokens.Select(bytes => $"{text}.{Base64Url.EncodeToString(bytes)}"));
    }

    [Fact]
    [Contract("ATK-58")]
    public async Task Elliptic_signatures_out_of_range_or_in_another_form_are_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(false).Q;
        _sso.Answers["/jwks"] = context => CrookedSso.JsonAsync(context, 200, $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"ec","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}]}""");
        using var authority = _sso.Authority(options => (options.TokenCheck, options.Algorithms) = (TokenCheck.Keys, ["ES256"]));
        var header = _mint.Header();
        (header["alg"], header["kid"]) = ("ES256", "ec");
        string Token(Func<byte[], byte[]> sign) => TokenMint.Sign(header.ToJsonString(), _mint.Claims().ToJsonString(), sign);
        byte[] Whole(byte[] text) => key.SignData(text, HashAlgorithmName.SHA256);
        var order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        var zero = new byte[32];
        string[] bad =
        [
            Token(_ => new byte[64]),
            Token(text => [.. zero, .. Whole(text)[32..]]),
            Token(text => [.. Whole(text)[..32], .. zero]),
            Token(text => [.. order, .. Whole(text)[32..]]),
            Token(text => [.. Whole(text)[..32], .. order]),
            Token(text => key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            Token(text => Whole(text)[..63]),
            Token(text => [.. Whole(text), 0]),
        ];
        foreach (var token in bad)
        {
            (await authority.CheckTokenAsync(token, default)).ShouldBe(ExternalTokenState.Ended);
        }

        (await authority.CheckTokenAsync(Token(Whole), default)).ShouldBe(ExternalTokenState.Live);
    }

    [Fact]
    [Contract("ATK-63", "ATK-64", "ATK-47", "ATK-48")]
    public async Task Other_shapes_and_ambiguous_members_are_refused()
    {
        var (header, claims) = (_mint.Header().ToJsonString(), _mint.Claims().ToJsonString());
        var good = _mint.Good();
        var parts = good.Split('.');
        string Twice(string json, string member, string value) => json[..^1] + $",\"{member}\":{value}}}";
        await ShouldAllBeRefusedAsync(
        [
            _mint.Sign(Twice(header, "alg", "\"RS256\""), claims),
            _mint.Sign(Twice(header, "kid", $"\"{_sso.KeyId}\""), claims),
            _mint.Sign(Twice(header, "\\u0061lg", "\"none\""), claims),
            _mint.Sign(header, Twice(claims, "sub", "\"4711\"")),
            _mint.Sign(header, Twice(claims, "exp", "4102444800")),
            _mint.Sign(header, Twice(claims, "e\\u0078p", "4102444800")),
            _mint.Sign(header, claims + " x"),
            _mint.Sign(header, "[]"),
            _mint.Sign("\uFEFF" + header, claims),
            $"{parts[0]}.{parts[1]}",
            $"{good}.",
            $".{good}",
            $"{good}.x.y",
            $"{parts[0]}=.{parts[1]}.{parts[2]}",
            $" {good}",
            $"{good} ",
            $"{good}\n",
            $"{parts[0]}.{parts[1]} .{parts[2]}",
            good.Replace('_', '/').Replace('-', '+') + "+",
            new string('.', 8_000),
            new string('a', 10_000_000),
            Convert.ToBase64String(Encoding.Unicode.GetBytes(header)) + $".{parts[1]}.{parts[2]}",
            "{\"payload\":\"x\"}",
            "",
        ]);
    }

    [Fact]
    [Contract("ATK-65", "ATK-66")]
    public async Task Times_issuers_and_audiences_that_are_not_exactly_right_are_refused()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var tokens = new List<string>
        {
            _mint.WithClaims(claims => claims.Remove("exp")),
            _mint.WithClaims(claims => claims["exp"] = now - 1),
            _mint.WithClaims(claims => claims["exp"] = now),
            _mint.WithClaims(claims => claims["exp"] = $"{now + 300}"),
            _mint.WithClaims(claims => claims["exp"] = -1),
            _mint.WithClaims(claims => claims["exp"] = null),
            _mint.WithClaims(claims => claims["nbf"] = now + 300),
            _mint.WithClaims(claims => claims["nbf"] = "0"),
            _mint.WithClaims(claims => claims["iat"] = now + 300),
            _mint.WithClaims(claims => claims["iss"] = _sso.Issuer + "/"),
            _mint.WithClaims(claims => claims["iss"] = "https://other.example"),
            _mint.WithClaims(claims => claims["iss"] = new JsonArray(_sso.Issuer)),
            _mint.WithClaims(claims => claims.Remove("iss")),
            _mint.WithClaims(claims => claims["aud"] = "gat"),
            _mint.WithClaims(claims => claims["aud"] = "gate2"),
            _mint.WithClaims(claims => claims["aud"] = new JsonArray("other")),
            _mint.WithClaims(claims => claims["aud"] = new JsonArray()),
            _mint.WithClaims(claims => claims.Remove("aud")),
        };
        foreach (var number in new[] { "1e300", "4102444800.5", "9007199254740993", "99999999999999999999", "4.1e9" })
        {
            tokens.Add(_mint.Sign(_mint.Header().ToJsonString(), _mint.WithRaw("exp", number)));
        }

        await ShouldAllBeRefusedAsync(tokens);
        (await _authority.CheckTokenAsync(_mint.WithClaims(claims => claims["aud"] = new JsonArray("other", "gate")), default)).ShouldBe(ExternalTokenState.Live);
        (await _authority.CheckTokenAsync(_mint.WithClaims(claims => claims["exp"] = 4_102_444_800), default)).ShouldBe(ExternalTokenState.Live);
    }

    [Fact]
    [Contract("ATK-68")]
    public async Task A_rotated_key_is_found_and_the_old_one_is_soon_no_key_any_more()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        using var authority = _sso.Authority(options => options.TokenCheck = TokenCheck.Keys, clock);
        var old = _mint.Good();
        (await authority.CheckTokenAsync(old, default)).ShouldBe(ExternalTokenState.Live);

        _sso.Rotate();
        clock.Advance(TimeSpan.FromSeconds(11));
        (await authority.CheckTokenAsync(_mint.Good(), default)).ShouldBe(ExternalTokenState.Live);
        (await authority.CheckTokenAsync(old, default)).ShouldBe(ExternalTokenState.Ended);
    }

    [Fact]
    [Contract("ATK-50")]
    public async Task A_flood_of_unknown_key_ids_does_not_become_a_flood_of_questions()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        using var authority = _sso.Authority(options => options.TokenCheck = TokenCheck.Keys, clock);
        for (var i = 0; i < 200; i++)
        {
            (await authority.CheckTokenAsync(_mint.With(header => header["kid"] = $"unknown-{i}"), default)).ShouldBe(ExternalTokenState.Ended);
        }

        _sso.CountOf("/jwks").ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-99", "PN-94")]
    public async Task Keys_that_cannot_be_had_are_an_outage_and_known_ones_are_believed_for_an_hour()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        using var authority = _sso.Authority(options => options.TokenCheck = TokenCheck.Keys, clock);
        _sso.Answers["/jwks"] = context => CrookedSso.JsonAsync(context, 404, "");
        (await authority.CheckTokenAsync(_mint.Good(), default)).ShouldBe(ExternalTokenState.Unavailable);

        _sso.Answers.Clear();
        var token = _mint.WithClaims(claims => claims["exp"] = 4_102_444_800);
        (await authority.CheckTokenAsync(token, default)).ShouldBe(ExternalTokenState.Live);
        _sso.Answers["/jwks"] = context => CrookedSso.JsonAsync(context, 404, "");
        clock.Advance(TimeSpan.FromMinutes(30));
        (await authority.CheckTokenAsync(token, default)).ShouldBe(ExternalTokenState.Live);
        clock.Advance(TimeSpan.FromMinutes(40));
        (await authority.CheckTokenAsync(token, default)).ShouldBe(ExternalTokenState.Unavailable);
    }

    private async Task ShouldAllBeRefusedAsync(IEnumerable<string> tokens)
    {
        foreach (var token in tokens)
        {
            (await _authority.CheckTokenAsync(token, default)).ShouldBe(ExternalTokenState.Ended, token[..Math.Min(token.Length, 300)]);
        }

        (await _authority.CheckTokenAsync(_mint.Good(), default)).ShouldBe(ExternalTokenState.Live, "the good token must still hold");
    }
}
