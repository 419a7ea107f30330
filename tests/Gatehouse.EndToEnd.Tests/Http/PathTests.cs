using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>Contract http-and-tokens, section 1: one normal form of every path.</summary>
public sealed class PathTests(Gates gates)
{
    /// <summary>Spellings that lead to the protected API.</summary>
    public static TheoryData<string> Protected { get; } =
    [
        "/api/arsys/v1/entry/HPD:Help%20Desk",
        "/api/arsys/v1/entry/HPD%3aHelp%20Desk",
        "/api/arsys/v1/entry/a%2Fb",
        "/api/arsys/v1/entry/a%5Cb",
        "/api/arsys/v1/entry/%C3%BC",
        "/api/arsys/v1.0/entry/x?q=../../about#".TrimEnd('#'),
        "/api/arsys",
        "/api/arsys/",
        "/api/cmdb/v1/x",
        "/API/ARSYS/x",
        "/api/jwt/../arsys/x",
        "/api/about/../arsys/x",
        "/health/live/../../api/arsys/x",
        "/../../api/arsys/x",
        "/api/%2e%2E/api/arsys/x",
        "/api/x/.%2e/arsys/x",
        "/api/./arsys/x",
        "/api/%2e/arsys/x",
        "//api//arsys///x",
        "/%61pi/%61rsys/x",
        "/%61%70%69/%41%52%53%59%53/x",
        "/api/arsys/x;/api/about",
        "/api/arsys/x;a=b",
        "/api/arsys/...",
        "/api/arsys/x.",
        "/api/arsys/x%20",
        "/api/arsys/x?/api/about",
        "http://gate.example.com/api/arsys/x",
        "https://gate.example.com:1/api/arsys/x",
        "http://another.example.com/api/arsys/x",
    ];

    /// <summary>Spellings that two servers could read differently, or that are no paths.</summary>
    public static TheoryData<string> Refused { get; } =
    [
        "/api/about/..;/arsys/x",
        "/api/about/..;x=1/arsys/x",
        "/api/about/..;%2Farsys",
        "/api/about/.;/x",
        "/api/arsys/..%2Fx",
        "/api/arsys/x%5C..",
        "/api/arsys/x%5c..%5cy",
        "/api/about%2F..%2Farsys",
        "/api/about/%2e%2e%2farsys",
        "/api/about/%2e%2e;/arsys",
        "/api\\arsys",
        "/api/about\\..\\arsys",
        "/api/arsys/%00",
        "/api/arsys/%0d%0aX:%20y",
        "/api/arsys/%1F",
        "/api/arsys/%7f",
        "/api/arsys/%",
        "/api/arsys/%2",
        "/api/arsys/%zz",
        "/api/arsys/%C0%AE%C0%AE/x",
        "/api/arsys/%c0%af",
        "/api/arsys/%FF",
        "/api/arsys/%ED%A0%80",
        "/api/arsys/x#y",
        "/api/about#/arsys",
        "/api/arsys?x#y",
    ];

    /// <summary>Spellings that only look as if they led there.</summary>
    public static TheoryData<string> Nobodys { get; } =
    [
        "/api/%2561rsys/x",
        "/api/%252e%252e/api/arsys",
        "/api%2Farsys/x",
        "/api%252Farsys/x",
        "/api/arsys%2Fx",
        "/api/arsys;x",
        "/api;x/arsys",
        "/api/arsys%20/x",
        "/api/arsys./x",
        "/api/ar%C5%BFys/x",
        "/api/arsysx",
        "/xapi/arsys",
        "/",
        "/nobody",
    ];

    [Theory]
    [MemberData(nameof(Protected))]
    [Contract("ARS-9", "ARS-10", "HTT-1", "HTT-2", "HTT-5", "HTT-6", "ATK-25", "ATK-26")]
    public async Task Every_spelling_of_a_protected_path_wants_a_token(string target) =>
        (await (await gates.Default).SendAsync(ArRequests.Call(null, target))).ShouldBe623();

    [Fact]
    [Contract("ARS-9", "ARS-10", "ARS-68", "HTT-2", "HTT-5")]
    public async Task With_a_token_every_spelling_is_served()
    {
        var gate = await gates.Default;
        await gate.AddAsync("spellings");
        var token = await gate.TokenAsync("spellings");
        await using var client = await gate.ConnectAsync();

        foreach (var row in Protected)
        {
            await client.SendAsync(ArRequests.Call(token, row.Data));
            (await client.ReadAnswerAsync()).ShouldBeEchoOf("spellings");
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    [Contract("ARS-9", "HTT-3", "HTT-4", "HTT-30", "ATK-25")]
    public async Task What_could_be_read_in_two_ways_is_400_even_with_a_token(string target)
    {
        var gate = await gates.Default;

        foreach (var token in (string?[])[null, await gate.SharedTokenAsync()])
        {
            var answer = await gate.SendAsync(ArRequests.Call(token, target));
            answer.Status.ShouldBe(400);
            answer.Header("WWW-Authenticate").ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("/api/arsys/\u0001")]
    [InlineData("/api/arsys/\u00fc")]
    [InlineData("/api/arsys/\u0000")]
    [InlineData("/api/arsys/\t")]
    [Contract("HTT-4", "ATK-25")]
    public async Task Raw_control_and_other_bytes_are_400(string target) =>
        (await (await gates.Default).SendAsync(ArRequests.Call(null, target))).Status.ShouldBe(400);

    [Theory]
    [MemberData(nameof(Nobodys))]
    [Contract("ARS-9", "HTT-5", "HTT-7", "HTT-118", "ATK-25")]
    public async Task What_only_looks_like_it_is_404_without_challenge_and_never_forwarded(string target)
    {
        var gate = await gates.Default;
        foreach (var token in (string?[])[null, await gate.SharedTokenAsync()])
        {
            var answer = await gate.SendAsync(ArRequests.Call(token, target));
            answer.Text.ShouldBe("""{"type":"about:blank","title":"Not Found","status":404}""");
            answer.Status.ShouldBe(404);
            answer.Header("Content-Type").ShouldBe("application/problem+json");
            answer.Header("WWW-Authenticate").ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("X-Original-URL: /api/about")]
    [InlineData("X-Rewrite-URL: /api/about")]
    [InlineData("X-Forwarded-Uri: /api/about")]
    [InlineData("X-Forwarded-Prefix: /api/about")]
    [InlineData("X-HTTP-Method-Override: HEAD")]
    [InlineData("User-Agent: kube-probe/1.30")]
    [InlineData("Sec-Fetch-Mode: navigate")]
    [InlineData("X-Forwarded-For: 127.0.0.1")]
    [Contract("HTT-1", "ATK-26", "ATK-30", "ATK-31")]
    public async Task No_header_opens_a_path(string header) =>
        (await (await gates.Default).SendAsync(ArRequests.CallWith(header))).ShouldBe623();

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("gate.example.com/api/about")]
    [Contract("HTT-1", "ATK-26", "ATK-31")]
    public async Task No_host_opens_a_path(string host)
    {
        var answer = await (await gates.Default).SendAsync($"GET /api/arsys/x HTTP/1.1\r\nHost: {host}\r\n\r\n");

        answer.Status.ShouldBeOneOf(400, 401);
    }

    [Theory]
    [InlineData("POST", "/api/arsys/x", "X-HTTP-Method-Override: GET", "_method=GET")]
    [Contract("ATK-30")]
    public async Task Method_overrides_change_nothing(string method, string target, string header, string body) =>
        (await (await gates.Default).SendAsync(ArRequests.Request(method, target, [header], body))).ShouldBe623();
}
