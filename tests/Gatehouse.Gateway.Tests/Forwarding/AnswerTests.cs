using System.IO.Compression;
using System.Net;
using System.Text;
using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Tests.Support;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Forwarding;

/// <summary>What a caller gets of an upstream's answer.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData("200 OK", 200)]
    [InlineData("201 Created", 201)]
    [InlineData("400 Bad", 400)]
    [InlineData("401 Unauthorized", 401)]
    [InlineData("404 Not Found", 404)]
    [InlineData("418 I am a teapot", 418)]
    [InlineData("500 Oops", 500)]
    [InlineData("503 Later", 503)]
    [InlineData("599 Own", 599)]
    [Contract("ARS-108", "MIC-117", "OI-135", "PN-128", "ATK-76")]
    public async Task Answer_comes_back_as_it_is(string status, int code)
    {
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.SendAsync(
            $"HTTP/1.1 {status}\r\nServer: Real/1.0\r\nContent-Type: text/odd\r\nWWW-Authenticate: Basic realm=\"theirs\"\r\nWWW-Authenticate: Negotiate\r\nX-A: 1\r\nX-A: 2\r\nCache-Control: max-age=5\r\nContent-Length: 3\r\n\r\nabc"));
        await using var gate = await TestGate.ToAsync(upstream);

        var answer = await gate.GetAsync();

        (answer.Status, answer.Text).ShouldBe((code, "abc"));
        (answer.Header("Server"), answer.Header("Content-Type"), answer.Header("Cache-Control"), answer.Header("Content-Length")).ShouldBe(("Real/1.0", "text/odd", "max-age=5", "3"));
        answer.All("WWW-Authenticate").ShouldBe(["Basic realm=\"theirs\"", "Negotiate"]);
        answer.All("X-A").ShouldBe(["1", "2"]);
        upstream.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("", "private")]
    [InlineData("Cache-Control: public\r\n", "public")]
    [InlineData("Cache-Control: no-store, max-age=0\r\n", "no-store, max-age=0")]
    [InlineData("Expires: 0\r\nPragma: no-cache\r\n", "private")]
    [Contract("HTT-34", "ARS-108")]
    public async Task Answer_without_cache_control_is_private(string headers, string expected)
    {
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.AnswerAsync(headers: headers));
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.GetAsync()).Header("Cache-Control").ShouldBe(expected);
    }

    [Fact]
    [Contract("ATK-76")]
    public async Task Redirects_cookies_challenges_and_encodings_are_the_callers_affair()
    {
        await using var other = RecordingUpstream.Start();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write("hidden"u8);
        }

        var body = Encoding.Latin1.GetString(packed.ToArray());
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.SendAsync(
            $"HTTP/1.1 302 Found\r\nLocation: {other.Address}x\r\nSet-Cookie: a=1; Path=/elsewhere\r\nSet-Cookie: b=2\r\nRemote-User: admin\r\nContent-Encoding: gzip\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        await using var gate = await TestGate.ToAsync(upstream);

        var answer = await gate.GetAsync();
        await gate.GetAsync();

        answer.Status.ShouldBe(302);
        answer.Header("Location").ShouldBe($"{other.Address}x");
        answer.All("Set-Cookie").ShouldBe(["a=1; Path=/elsewhere", "b=2"]);
        answer.Header("Content-Encoding").ShouldBe("gzip");
        answer.Body.ShouldBe(packed.ToArray());
        other.Connections.ShouldBeEmpty();
        upstream.Requests[1].Header("Cookie").ShouldBeNull();
        upstream.Requests.ShouldAllBe(request => request.Header("Remote-User") == "alice" && request.Header("Accept-Encoding") == null && request.Header("Authorization") == null);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: a\u0001b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\u001bb\"\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: a\u007fb\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nabc")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/3.0 200 OK\r\n\r\n")]
    [InlineData("no HTTP at all\r\n\r\n")]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: ")]
    [Contract("ATK-76", "ARS-106")]
    public async Task Head_that_says_two_things_or_nothing_is_bad_gateway(string head)
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync(head);
            connection.Close();
        });
        await using var gate = await TestGate.ToAsync(upstream);

        var answer = await gate.SendAsync(TestGate.Request("POST", "/x", [], "a"));

        (answer.Status, answer.Text).ShouldBe((502, nameof(ForwardOutcome.Unreachable)));
        answer.Headers.Select(header => header.Name).ShouldNotContain("X-A");
    }

    [Theory]
    [InlineData('\0')]
    [InlineData('\r')]
    [Contract("ATK-76")]
    public async Task What_could_end_a_line_is_a_blank_in_a_value(char control)
    {
        // The client reads it as RFC 9110 section 5.5 allows: replaced.
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.AnswerAsync(headers: $"X-A: a{control}Set-Cookie: b\r\n"));
        await using var gate = await TestGate.ToAsync(upstream);

        var answer = await gate.GetAsync();

        answer.Header("X-A").ShouldBe("a Set-Cookie: b");
        answer.Header("Set-Cookie").ShouldBeNull();
    }

    [Fact]
    [Contract("ATK-76")]
    public async Task Head_without_end_is_bad_gateway()
    {
        await using var upstream = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\n");
            while (!connection.IsClosed)
            {
                await connection.SendAsync($"X-Long: {new string('a', 8_000)}\r\n");
            }
        });
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.SendAsync(TestGate.Request("POST", "/x", [], "a"))).Status.ShouldBe(502);
    }

    [Fact]
    public async Task Fields_of_one_leg_and_ways_around_the_gate_are_not_passed_on()
    {
        await using var upstream = RecordingUpstream.Start((_, connection) =>
            connection.SendAsync("HTTP/1.1 200 OK\r\nConnection: close, X-Named\r\nX-Named: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nAlt-Svc: h3=\":443\"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
        await using var gate = await TestGate.ToAsync(upstream);

        var answer = await gate.GetAsync();

        answer.Text.ShouldBe("abc");
        answer.Headers.Select(header => header.Name).Except(["Transfer-Encoding", "Cache-Control", "Date"]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", 200, "1234")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, null)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: \"a\"\r\n\r\n", 304, "1234")]
    [InlineData("GET", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "0")]
    [Contract("MIC-119", "HTT-18")]
    public async Task Answers_without_body_have_none(string method, string sent, int status, string? length)
    {
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.SendAsync(sent));
        await using var gate = await TestGate.ToAsync(upstream);

        var answer = await gate.SendAsync(TestGate.Request(method, "/x", []));

        (answer.Status, answer.Header("Content-Length"), answer.Body.Length).ShouldBe((status, length, 0));
    }

    [Fact]
    public async Task What_the_gate_has_said_already_stays()
    {
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.AnswerAsync(headers: "WWW-Authenticate: Theirs\r\nPersistent-Auth: true\r\n"));
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.Before = context =>
        {
            context.Response.Headers.WWWAuthenticate = "Negotiate oRQ=";
            context.Response.Headers["Persistent-Auth"] = "false";
        });

        var answer = await gate.GetAsync();

        answer.All("WWW-Authenticate").ShouldBe(["Negotiate oRQ=", "Theirs"]);
        answer.Header("Persistent-Auth").ShouldBe("false");
    }

    [Fact]
    public async Task Trailers_reach_callers_over_http_2()
    {
        await using var upstream = RecordingUpstream.Start((_, connection) =>
            connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\nSet-Cookie: a=b\r\nContent-Length: 9\r\n\r\n"));
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.Protocols = HttpProtocols.Http2);
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await client.GetAsync(gate.Address);

        (await answer.Content.ReadAsStringAsync()).ShouldBe("abc");
        answer.TrailingHeaders.Select(trailer => $"{trailer.Key}: {string.Join(',', trailer.Value)}").ShouldBe(["x-sum: 42"]);
    }
}
