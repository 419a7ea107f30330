using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 3: the token.</summary>
public sealed partial class LoginAnswerTests(Gates gates)
{
    [Fact]
    [Contract("ARS-27", "ARS-28", "ARS-48", "ARS-63", "ARS-113", "HTT-33", "HTT-37")]
    public async Task The_answer_is_the_token_and_nothing_else()
    {
        var gate = await gates.Default;
        await gate.AddAsync("answer-shape");

        var answer = await gate.LogInAsync("answer-shape");

        answer.Headers.Select(header => header.Name).Order(StringComparer.Ordinal).ShouldBe(["Cache-Control", "Content-Length", "Content-Type", "Date"]);
        answer.Header("Content-Type").ShouldBe("text/plain");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Text.ShouldMatch("^eyJhbGciOiJIUzI1NiJ9\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{43}$");
    }

    [Fact]
    [Contract("ARS-29", "ARS-30", "ARS-31", "ARS-33", "ARS-34", "ARS-35", "ARS-36", "ARS-37")]
    public async Task The_token_has_the_members_of_the_sample_in_its_order()
    {
        var gate = await gates.Default;
        await gate.AddAsync("token-shape");
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        var token = await gate.TokenAsync("token-shape");

        var after = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Decode(token.Split('.')[0]).ShouldBe("""{"alg":"HS256"}""");
        var payload = Payload().Match(Decode(token.Split('.')[1]));
        payload.Success.ShouldBeTrue(Decode(token.Split('.')[1]));
        long Number(string name) => long.Parse(payload.Groups[name].Value);
        Number("iat").ShouldBeInRange(before, after);
        Number("nbf").ShouldBe(Number("iat") - 120);
        Number("exp").ShouldBe(Number("iat") + 3600);
        payload.Groups["iss"].Value.ShouldBe(Environment.MachineName);
        Number("cacheId").ShouldBeInRange(1, int.MaxValue);
    }

    [Theory]
    [InlineData("J\u00fcrgen \"the\" back\\slash", "J\u00fcrgen \\\"the\\\" back\\\\slash")]
    [InlineData("\u041e\u043b\u044c\u0433\u0430 <o'k>/+&", "\u041e\u043b\u044c\u0433\u0430 <o'k>/+&")]
    [Contract("ARS-32")]
    public async Task Sub_is_the_name_as_created_with_little_escaped(string name, string written)
    {
        var gate = await gates.Default;
        await gate.AddAsync(name);

        var token = await gate.TokenAsync($"  {name.Normalize(NormalizationForm.FormD)} ");

        Decode(token.Split('.')[1]).ShouldContain($"\"sub\":\"{written}\",");
    }

    [Fact]
    [Contract("ARS-33")]
    public async Task Iss_is_the_option_where_it_is_set()
    {
        var gate = await gates.Generous;
        await gate.AddAsync("issuer");

        Decode((await gate.TokenAsync("issuer")).Split('.')[1]).ShouldContain("\"iss\":\"ar1.example.com\",\"jti\":");
    }

    [Fact]
    [Contract("ARS-34", "ARS-35", "ARS-38", "HTT-93", "HTT-106", "ATK-14")]
    public async Task Every_login_draws_a_new_token_and_all_of_them_live()
    {
        var gate = await gates.Default;
        await gate.AddAsync("many-logins");

        // At once, too: equal checks in flight are one check, and still everybody gets a token of his own.
        var tokens = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => gate.TokenAsync("many-logins")));

        tokens.Distinct().Count().ShouldBe(12);
        tokens.Select(token => Payload().Match(Decode(token.Split('.')[1])).Groups["jti"].Value).Distinct().Count().ShouldBe(12);
        tokens.Select(token => Payload().Match(Decode(token.Split('.')[1])).Groups["cacheId"].Value).Distinct().ShouldHaveSingleItem();
        var sessions = await Task.WhenAll(tokens.Select(async token => Echo.Read(await gate.CallAsync(token)).Session));
        sessions.Distinct().Count().ShouldBe(12);

        (await gate.LogOutAsync(tokens[0])).Status.ShouldBe(204);
        (await gate.CallAsync(tokens[0])).ShouldBe623();
        (await gate.CallAsync(tokens[1])).ShouldBeEchoOf("many-logins");
    }

    [Fact]
    [Contract("HTT-106", "ATK-14")]
    public async Task A_token_that_is_sent_along_to_a_login_is_never_taken_over()
    {
        var gate = await gates.Default;
        await gate.AddAsync("brought-along");
        var brought = await gate.TokenAsync("brought-along");

        var fresh = await gate.SendAsync(ArRequests.Login("brought-along", Gate.Password, $"Authorization: AR-JWT {brought}", $"Cookie: AR-JWT={brought}"));

        fresh.Status.ShouldBe(200);
        fresh.Text.ShouldNotBe(brought);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("plum tree in the garden")]
    [InlineData("{master}")]
    [InlineData("{issuer}")]
    [InlineData("{sub}")]
    [Contract("ARS-36", "ATK-56", "ATK-68")]
    public async Task The_signature_is_keyed_with_nothing_that_a_caller_can_know(string key)
    {
        var gate = await gates.Default;
        var name = $"signature-{Guid.NewGuid():N}";
        await gate.AddAsync(name);
        var token = await gate.TokenAsync(name);
        var secret = key switch
        {
            "{master}" => Convert.FromBase64String((await File.ReadAllTextAsync(Path.Combine(gate.Server.Data, "master.key"))).Trim()),
            "{issuer}" => Encoding.UTF8.GetBytes(Environment.MachineName),
            "{sub}" => Encoding.UTF8.GetBytes(name),
            _ => Encoding.UTF8.GetBytes(key),
        };

        var signed = token[..token.LastIndexOf('.')];
        var signature = System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)));

        signature.ShouldNotBe(token[(signed.Length + 1)..]);
    }

    [Fact]
    [Contract("ARS-37", "ARS-58", "HTT-109")]
    public async Task At_exp_the_token_is_dead_however_much_it_was_used()
    {
        var gate = await gates.Loose;
        await gate.AddAsync("short-life");
        var token = await gate.TokenAsync("short-life");
        var payload = Payload().Match(Decode(token.Split('.')[1]));
        long.Parse(payload.Groups["exp"].Value).ShouldBe(long.Parse(payload.Groups["iat"].Value) + 2);
        var exp = DateTimeOffset.FromUnixTimeSeconds(long.Parse(payload.Groups["exp"].Value));

        WireAnswer answer;
        DateTimeOffset sent;
        do
        {
            sent = TimeProvider.System.GetUtcNow();
            answer = await gate.CallAsync(token);
            (answer.Status == 200 && sent >= exp).ShouldBeFalse("accepted at or after exp");
            await Task.Delay(50);
        }
        while (answer.Status == 200);

        answer.ShouldBe623();
        TimeProvider.System.GetUtcNow().ShouldBeGreaterThanOrEqualTo(exp);
    }

    private static string Decode(string part) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(part));

    [GeneratedRegex("""^{"exp":(?<exp>\d+),"sub":"(?<sub>[^"]+)","nbf":(?<nbf>\d+),"iss":"(?<iss>[^"]+)","jti":"(?<jti>IDGAA[A-Z0-9]{25})","_cacheId":(?<cacheId>\d+),"iat":(?<iat>\d+)}$""")]
    private static partial Regex Payload();
}
