using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract attacks, section 9, as far as it applies to AR-JWT; ARS-71: a good token is one string and no other.</summary>
public sealed class TokenAttackTests(Gates gates)
{
    [Fact]
    [Contract("ARS-71", "HTT-124", "HTT-132", "ATK-55", "ATK-59", "ATK-60", "ATK-61", "ATK-62", "ATK-57")]
    public async Task No_other_header_is_a_token() => await ShouldAllBeRefusedAsync(token => Headers.SelectMany(header => new[]
    {
        $"{Encode(header)}.{Payload(token)}.{Signature(token)}",
        $"{Encode(header)}.{Payload(token)}.",
        $"{Encode(header)}.{Payload(token)}",
        Sign($"{Encode(header)}.{Payload(token)}", ""),
        Sign($"{Encode(header)}.{Payload(token)}", "secret"),
    }));

    [Fact]
    [Contract("ARS-71", "HTT-129", "HTT-131", "ATK-63", "ATK-65", "ATK-66")]
    public async Task No_changed_claim_is_believed() => await ShouldAllBeRefusedAsync(token =>
    {
        var payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Payload(token)));
        string[] changed =
        [
            payload.Replace("\"sub\":\"attacked", "\"sub\":\"admin", StringComparison.Ordinal),
            payload.Replace("\"exp\":", "\"exp\":9", StringComparison.Ordinal),
            payload.Replace("\"exp\":", "\"exp\":1e400,\"exp\":", StringComparison.Ordinal),
            payload.Replace("{", "{\"sub\":\"admin\",", StringComparison.Ordinal),
            payload.Replace("}", ",\"sub\":\"admin\"}", StringComparison.Ordinal),
            payload.Replace("\"jti\":\"IDGAA", "\"jti\":\"IDGAB", StringComparison.Ordinal),
            payload.Replace(",", ", ", StringComparison.Ordinal),
            payload + " ",
            "{}",
            "",
        ];
        return changed.SelectMany(text => new[]
        {
            $"{Header(token)}.{Encode(text)}.{Signature(token)}",
            Sign($"{Header(token)}.{Encode(text)}", ""),
            Sign($"{Header(token)}.{Encode(text)}", "secret"),
            Sign($"{Header(token)}.{Encode(text)}", Gate.Password),
        });
    });

    [Fact]
    [Contract("ARS-71", "ATK-58", "ATK-59")]
    public async Task No_other_signature_is_right() => await ShouldAllBeRefusedAsync(token =>
    {
        var signed = $"{Header(token)}.{Payload(token)}";
        var signature = Base64Url.DecodeFromChars(Signature(token));
        var bits = Enumerable.Range(0, 8).Select(bit => Flip(signature, bit * 4, bit));
        byte[][] others = [[], [0], new byte[31], new byte[32], new byte[33], new byte[64], signature[..31], [.. signature, 0], [.. signature, .. signature], .. bits];
        return others.Select(other => $"{signed}.{Base64Url.EncodeToString(other)}")
            .Concat(((string[])["", "secret", "AR-JWT", "HS256", Gate.Password, "attacked", Environment.MachineName]).Select(key => Sign(signed, key)));
    });

    [Fact]
    [Contract("ARS-71", "HTT-123", "HTT-127", "ATK-48", "ATK-64")]
    public async Task No_other_spelling_of_the_token_is_the_token() => await ShouldAllBeRefusedAsync(token =>
    {
        var (header, payload, signature) = (Header(token), Payload(token), Signature(token));
        return
        [
            $"{header}=.{payload}.{signature}",
            $"{header}.{payload}=.{signature}",
            $"{header}.{payload}.{signature}=",
            $"{header}.{payload}.{signature}==",
            $"{header}.{payload}.{LooseBits(signature)}",
            $"{header}.{payload}.{signature.Replace('-', '+').Replace('_', '/')}+",
            $"{header}.{payload}.{signature[..20]} {signature[20..]}",
            $"{header}.{payload}.{signature[..20]}\t{signature[20..]}",
            $"{header}.{payload} .{signature}",
            $"{header} .{payload}.{signature}",
            $"{header}.{payload}.{signature}.",
            $"{header}.{payload}.{signature}.{signature}",
            $".{header}.{payload}.{signature}",
            $"{header}..{payload}.{signature}",
            $"{header}.{payload}..{signature}",
            $"{payload}.{header}.{signature}",
            $"{header}.{payload}..{signature}.{signature}",
            $"{header}.{payload}",
            $"{header}.",
            header,
            "..",
            ".",
            token.ToLowerInvariant(),
            $"\u00ef\u00bb\u00bf{token}",
            $"\"{token}\"",
            $"<{token}>",
            Uri.EscapeDataString(token).Replace(".", "%2E", StringComparison.Ordinal),
            Convert.ToBase64String(Encoding.ASCII.GetBytes(token)),
            $$"""{"payload":"{{payload}}","protected":"{{header}}","signature":"{{signature}}"}""",
            $$"""{"payload":"{{payload}}","signatures":[{"protected":"{{header}}","signature":"{{signature}}"}]}""",
        ];
    });

    [Fact]
    [Contract("ARS-71", "HTT-123", "ATK-47")]
    public async Task No_oversize_token_is_read() => await ShouldAllBeRefusedAsync(token =>
    [
        $"{token}{new string('A', 9_000)}",
        $"{Header(token)}.{new string('A', 9_000)}.{Signature(token)}",
        new string('.', 9_000),
        $"{Header(token)}{new string('.', 9_000)}{Signature(token)}",
        $"{new string('A', 60_000)}.{Payload(token)}.{Signature(token)}",
    ]);

    [Fact]
    [Contract("ARS-71", "ARS-40", "ATK-18", "ATK-68")]
    public async Task A_token_of_another_installation_is_refused()
    {
        var gate = await gates.Default;
        var other = await gates.Generous;
        await gate.AddAsync("two-installations");
        await other.AddAsync("two-installations");

        (await gate.CallAsync(await other.TokenAsync("two-installations"))).ShouldBe623();
        (await other.CallAsync(await gate.TokenAsync("two-installations"))).ShouldBe623();
    }

    private static IEnumerable<string> Headers { get; } =
    [
        """{"alg":"none"}""", """{"alg":"None"}""", """{"alg":"NONE"}""", """{"alg":"nOnE"}""", """{"alg":""}""", """{"alg":" HS256 "}""", "{}",
        """{"alg":"HS384"}""", """{"alg":"HS512"}""", """{"alg":"RS256"}""", """{"alg":"ES256"}""", """{"alg":"hs256"}""",
        """{"alg":"HS256","typ":"JWT"}""", """{"typ":"JWT","alg":"HS256"}""", """{ "alg":"HS256"}""", """{"alg":"HS256","alg":"none"}""", """{"\u0061lg":"HS256"}""",
        """{"alg":"HS256","kid":"/dev/null"}""", """{"alg":"HS256","kid":"' OR 1=1 --"}""", """{"alg":"HS256","kid":["a"]}""", """{"alg":"HS256","kid":null}""",
        """{"alg":"HS256","jku":"http://127.0.0.1:9/keys"}""", """{"alg":"HS256","x5u":"http://127.0.0.1:9/cert"}""",
        """{"alg":"HS256","jwk":{"kty":"oct","k":""}}""", """{"alg":"HS256","crit":[]}""", """{"alg":"HS256","crit":["b64"],"b64":false}""", """{"alg":"HS256","zip":"DEF"}""",
        """{"alg":"dir","enc":"A256GCM"}""",
    ];

    private static string Header(string token) => token.Split('.')[0];

    private static string Payload(string token) => token.Split('.')[1];

    private static string Signature(string token) => token.Split('.')[2];

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Sign(string signed, string key) => $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(signed)))}";

    private static byte[] Flip(byte[] bytes, int at, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[at] ^= (byte)(1 << bit);
        return flipped;
    }

    /// <summary>The same 32 bytes with unused bits at the end: 43 characters hold two bits too many.</summary>
    private static string LooseBits(string signature)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return signature[..^1] + alphabet[alphabet.IndexOf(signature[^1], StringComparison.Ordinal) ^ 1];
    }

    private async Task ShouldAllBeRefusedAsync(Func<string, IEnumerable<string>> variants)
    {
        var gate = await gates.Default;
        var name = $"attacked-{Guid.NewGuid():N}";
        await gate.AddAsync(name);
        var token = await gate.TokenAsync(name);
        await using var client = await gate.ConnectAsync();

        foreach (var variant in variants(token).Distinct())
        {
            variant.ShouldNotBe(token);
            foreach (var request in (string[])[ArRequests.Call(variant), ArRequests.Logout(variant)])
            {
                await client.SendAsync(request);
                (await client.ReadAnswerAsync()).ShouldBe623();
            }
        }

        (await gate.CallAsync(token)).ShouldBeEchoOf(name);
    }
}
