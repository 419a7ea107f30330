using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>
/// A good access token is taken and changed; introspection says <c>{"active":false}</c> and exchange <c>invalid_request</c>. What
/// needs our own signature under it is tried in the unit tests of the reader, beside the same table.
/// </summary>
public sealed class TokenAttackTests(OAuthGates gates)
{
    [Fact]
    [Contract("HTT-124", "HTT-132", "ATK-55", "ATK-58", "ATK-59")]
    public Task No_other_algorithm_and_no_broken_signature() => AllRefusedAsync((token, _) =>
    {
        var (header, payload, signature) = Parts(token);
        var signed = $"{Encode(header)}.{Encode(payload)}";
        var variants = new List<string>();
        foreach (var algorithm in new[] { "none", "None", "NONE", "nOnE", "", " none ", "HS256", "ES384", "RS256" })
        {
            var changed = $"{Encode(header.Replace("ES256", algorithm, StringComparison.Ordinal))}.{Encode(payload)}";
            variants.AddRange([$"{changed}.", $"{changed}.{Base64Url.EncodeToString(signature)}", changed]);
        }

        byte[][] signatures = [[], [0], new byte[64], [.. new byte[32], .. signature[32..]], [.. signature[..32], .. new byte[32]], [.. Enumerable.Repeat((byte)255, 64)], signature[..63], [.. signature, 0], signature[..32], Twin(signature)];
        variants.AddRange(signatures.Select(other => $"{signed}.{Base64Url.EncodeToString(other)}"));
        variants.AddRange(Enumerable.Range(0, 16).Select(i => $"{signed}.{Base64Url.EncodeToString(Flip(signature, i * 31))}"));
        return variants;
    });

    [Fact]
    [Contract("HTT-124", "HTT-125", "HTT-126", "HTT-127", "ATK-56", "ATK-57", "ATK-60", "ATK-61", "ATK-62", "ATK-68")]
    public Task No_other_key() => AllRefusedAsync((token, jwk) =>
    {
        var (header, payload, _) = Parts(token);
        var (kid, x, y) = (jwk.GetProperty("kid").GetString()!, jwk.GetProperty("x").GetString()!, jwk.GetProperty("y").GetString()!);
        using var ours = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Base64Url.DecodeFromChars(x), Y = Base64Url.DecodeFromChars(y) } });
        using var theirs = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = theirs.ExportParameters(includePrivateParameters: false).Q;
        var embedded = $"{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{Base64Url.EncodeToString(point.X)}\",\"y\":\"{Base64Url.EncodeToString(point.Y)}\"}}";
        var pem = ours.ExportSubjectPublicKeyInfoPem();
        byte[][] secrets = [Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(pem + "\n"), ours.ExportSubjectPublicKeyInfo(), Encoding.UTF8.GetBytes(jwk.GetRawText()), Encoding.ASCII.GetBytes(kid), [], "secret"u8.ToArray(), Encoding.UTF8.GetBytes("https://orders.example")];
        var hmac = header.Replace("ES256", "HS256", StringComparison.Ordinal);
        List<string> variants = [.. secrets.Select(secret => Hmac(hmac, payload, secret))];
        foreach (var more in new[] { $"\"jwk\":{embedded}", "\"jku\":\"http://127.0.0.1:9/k\"", "\"x5u\":\"http://127.0.0.1:9/c\"", "\"x5c\":[\"x\"]", "\"crit\":[]", "\"crit\":[\"b64\"],\"b64\":false", "\"zip\":\"DEF\"" })
        {
            variants.Add(Sign(theirs, header.Replace("}", $",{more}}}", StringComparison.Ordinal), payload));
        }

        foreach (var name in new[] { "\"\"", "\"/dev/null\"", "\"' OR 1=1 --\"", "\"| id\"", "\"*)(uid=*\"", "\"http://127.0.0.1:9/\"", $"\"{new string('k', 5_000)}\"", "1", "[]", "{}", "null", $"\"{kid}\"" })
        {
            variants.Add(Sign(theirs, $"{{\"typ\":\"at+jwt\",\"alg\":\"ES256\",\"kid\":{name}}}", payload));
        }

        return variants;
    });

    [Fact]
    [Contract("HTT-123", "HTT-129", "HTT-130", "ATK-47", "ATK-48", "ATK-63", "ATK-64", "ATK-65", "ATK-66", "ATK-67")]
    public Task No_other_content_and_no_other_form() => AllRefusedAsync((token, _) =>
    {
        var (header, payload, signature) = Parts(token);
        var tail = Base64Url.EncodeToString(signature);
        var parts = token.Split('.');
        IEnumerable<string> payloads =
        [
            payload.Replace("\"sub\":\"service\"", "\"sub\":\"admin\"", StringComparison.Ordinal), payload.Replace("{", "{\"sub\":\"admin\",", StringComparison.Ordinal), payload.Replace("}", ",\"exp\":9999999999}", StringComparison.Ordinal),
            payload.Replace("}", ",\"\\u0065xp\":9999999999}", StringComparison.Ordinal), payload.Replace("\"aud\":\"", "\"aud\":\"https://evil.example", StringComparison.Ordinal), payload.Replace("\"iss\":\"https:", "\"iss\":\"http:", StringComparison.Ordinal), payload + " ",
        ];
        return
        [
            .. payloads.Select(changed => $"{parts[0]}.{Encode(changed)}.{tail}"), $"{Encode(header.Replace("at+jwt", "JWT", StringComparison.Ordinal))}.{parts[1]}.{tail}",
            $"{parts[0]}.{parts[1]}", $"{token}.{tail}", $"{token}.x.y", token + "=", token + " ", " " + token, token + "\n", token + "\r\n", "\u00ef\u00bb\u00bf" + token, $"{parts[0]}.{parts[1]} .{tail}", token.ToUpperInvariant(),
            $$"""{"payload":"{{parts[1]}}","protected":"{{parts[0]}}","signature":"{{tail}}"}""", new string('.', 8_000), new string('.', 60_000), new string('A', 60_000), $"{parts[0]}.{new string('A', 50_000)}.{tail}",
            $"{parts[0]}.....{tail}", Convert.ToBase64String(Encoding.ASCII.GetBytes(token)), token + ".", "." + token,
        ];
    });

    [Fact]
    [Contract("ATK-68", "ATK-18")]
    public async Task A_token_of_another_installation_is_nobodys()
    {
        var (one, two) = (await gates.Default, await gates.Passwords);
        var token = await two.OwnTokenAsync();

        (await one.IsActiveAsync(token)).ShouldBeFalse();
        OAuthGate.ShouldBe(await one.TryExchangeAsync(token), 400, "invalid_request");
        (await two.IsActiveAsync(token)).ShouldBeTrue();
    }

    [Fact]
    [Contract("ATK-68", "ATK-67")]
    public async Task An_ar_jwt_changed_into_an_access_token_is_none()
    {
        var gate = await gates.Default;
        await gate.AddAsync("ar-forger");
        var ar = (await gate.SignInEverywhereAsync("ar-forger")).Single(token => token.Dialect == "ar-system").Token.Split('.');
        var own = (await gate.OwnTokenAsync()).Split('.');
        foreach (var token in new[] { $"{own[0]}.{ar[1]}.{ar[2]}", $"{ar[0]}.{own[1]}.{ar[2]}", $"{ar[0]}.{own[1]}.{own[2]}", $"{own[0]}.{ar[1]}.{own[2]}" })
        {
            (await gate.IsActiveAsync(token)).ShouldBeFalse();
        }
    }

    private async Task AllRefusedAsync(Func<string, JsonElement, IEnumerable<string>> variants)
    {
        var gate = await gates.Default;
        var token = await gate.OwnTokenAsync(more: ("audience", "https://orders.example"));
        var jwk = JsonDocument.Parse((await gate.SendAsync(OAuthRequests.Get("/.well-known/jwks.json"))).Text).RootElement.GetProperty("keys")[0];
        await using var client = await WireClient.ConnectAsync(gate.Server.Https);
        foreach (var variant in variants(token, jwk).Distinct())
        {
            variant.ShouldNotBe(token);
            await client.SendAsync(OAuthRequests.Post("introspect", "service", ("token", variant)));
            var introspected = await client.ReadAnswerAsync();
            (introspected.Status, introspected.Text).ShouldBe((200, "{\"active\":false}"), variant);
            await client.SendAsync(OAuthRequests.Post("token", "service", ("grant_type", OAuthRequests.Exchange), ("subject_token", variant), ("subject_token_type", OAuthRequests.JwtType)));
            OAuthGate.ShouldBe(await client.ReadAnswerAsync(), 400, "invalid_request");
        }

        (await gate.IsActiveAsync(token)).ShouldBeTrue();
        gate.Server.Log.ShouldNotContain("\"LogLevel\":\"Error\"");
    }

    private static (string Header, string Payload, byte[] Signature) Parts(string token)
    {
        var parts = token.Split('.');
        return (Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[0])), Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])), Base64Url.DecodeFromChars(parts[2]));
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Sign(ECDsa key, string header, string payload)
    {
        var signed = $"{Encode(header)}.{Encode(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private static string Hmac(string header, string payload, byte[] secret)
    {
        var signed = $"{Encode(header)}.{Encode(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    /// <summary>The other signature of the same text: (r, n - s).</summary>
    private static byte[] Twin(byte[] signature)
    {
        var order = System.Numerics.BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, null);
        var s = (order - new System.Numerics.BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. signature[..32], .. new byte[32 - s.Length], .. s];
    }
}
