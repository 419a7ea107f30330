using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Tests.Support;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Forwarding;

/// <summary>HTTP/2 and TLS towards upstreams.</summary>
public sealed class ProtocolTests
{
    [Theory]
    [InlineData("auto", HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData("auto", HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData("1.1", HttpProtocols.Http1AndHttp2, "HTTP/1.1")]
    [InlineData("2", HttpProtocols.Http2, "HTTP/2")]
    public async Task Over_tls_both_sides_agree_on_a_version(string option, HttpProtocols offered, string spoken)
    {
        using var authority = new TestAuthority();
        await using var upstream = await KestrelUpstream.StartAsync(Tell, offered, authority.Sign("localhost"), "localhost");
        await using var gate = await TestGate.ToAsync(upstream.Address, setup =>
        {
            setup.Options.UpstreamHttp = option;
            setup.Options.UpstreamCa = Trusting(authority);
        });

        (await gate.SendAsync(TestGate.Request("POST", "/a%2Fb?c=%2e", ["X-Own: \u00e4"], "body"))).Text.ShouldBe($"{spoken} POST /a%2Fb?c=%2e alice \u00e4 body");
    }

    [Theory]
    [InlineData("2", HttpProtocols.Http2, "HTTP/2")]
    [InlineData("auto", HttpProtocols.Http1, "HTTP/1.1")]
    public async Task Over_plain_tcp_the_option_decides(string option, HttpProtocols offered, string spoken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(Tell, offered);
        await using var gate = await TestGate.ToAsync(upstream.Address, setup => setup.Options.UpstreamHttp = option);

        (await gate.GetAsync("/x?y")).Text.ShouldBe($"{spoken} GET /x?y alice  ");
    }

    [Fact]
    public async Task Version_that_the_upstream_does_not_speak_is_bad_gateway()
    {
        await using var upstream = await KestrelUpstream.StartAsync(Tell, HttpProtocols.Http1);
        await using var gate = await TestGate.ToAsync(upstream.Address, setup => setup.Options.UpstreamHttp = "2");

        (await gate.GetAsync()).Status.ShouldBe(502);
    }

    [Fact]
    public async Task Web_socket_still_gets_through_where_http_2_is_spoken()
    {
        using var authority = new TestAuthority();
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
                {
                    await Tell(context);
                    return;
                }

                context.Response.Headers.Upgrade = "own/1";
                await using var stream = await upgrade.UpgradeAsync();
                await stream.WriteAsync("hello"u8.ToArray());
            },
            HttpProtocols.Http1AndHttp2,
            authority.Sign("localhost"),
            "localhost");
        await using var gate = await TestGate.ToAsync(upstream.Address, setup => setup.Options.UpstreamCa = Trusting(authority));
        (await gate.GetAsync()).Text.ShouldStartWith("HTTP/2 ");
        await using var client = await gate.ConnectAsync();

        await client.SendAsync(TestGate.Request("GET", "/x", ["Connection: Upgrade", "Upgrade: own/1"]));

        (await client.ReadToEndAsync()).ShouldEndWith("\r\n\r\nhello");
    }

    [Theory]
    [InlineData(HttpProtocols.Http2)]
    [InlineData(HttpProtocols.Http1)]
    public async Task Callers_over_http_2_reach_either(HttpProtocols offered)
    {
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.Response.DeclareTrailer("X-Sum");
                await context.Request.Body.CopyToAsync(context.Response.Body);
                if (context.Response.SupportsTrailers())
                {
                    context.Response.AppendTrailer("X-Sum", "1");
                }
            },
            offered);
        await using var gate = await TestGate.ToAsync(upstream.Address, setup =>
        {
            setup.Options.UpstreamHttp = offered == HttpProtocols.Http2 ? "2" : "1.1";
            setup.Protocols = HttpProtocols.Http2;
        });
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var body = new string('x', 300_000);

        using var answer = await client.PostAsync(new Uri(gate.Address, "/x"), new StringContent(body));

        (await answer.Content.ReadAsStringAsync()).ShouldBe(body);
        answer.Version.ShouldBe(HttpVersion.Version20);
        answer.TrailingHeaders.Count().ShouldBe(offered == HttpProtocols.Http2 ? 1 : 0);
    }

    [Fact]
    public async Task Answer_and_body_flow_at_once_over_http_2()
    {
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                await context.Response.Body.FlushAsync();
                await context.Request.Body.CopyToAsync(context.Response.Body);
            },
            HttpProtocols.Http2);
        await using var gate = await TestGate.ToAsync(upstream.Address, setup => (setup.Options.UpstreamHttp, setup.Protocols) = ("2", HttpProtocols.Http2));
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var content = new Conversation();
        using var request = new HttpRequestMessage(HttpMethod.Post, gate.Address) { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var down = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[100];
        foreach (var word in new[] { "one", "two", "three" })
        {
            await content.SayAsync(word);
            Encoding.ASCII.GetString(buffer, 0, await down.ReadAsync(buffer)).ShouldBe(word);
        }

        content.End();
        (await down.ReadAsync(buffer)).ShouldBe(0);
    }

    [Fact]
    public async Task Certificate_that_does_not_hold_is_bad_gateway_and_nothing_is_sent()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        var seen = 0;
        foreach (var (certificate, trusted) in new (X509Certificate2, X509Certificate2Collection?)[]
        {
            (authority.Sign("localhost"), null),
            (authority.Sign("localhost"), Trusting(other)),
            (authority.Sign("other.example"), Trusting(authority)),
            (authority.Sign("localhost", new DateTimeOffset(2021, 1, 1, 0, 0, 0, TimeSpan.Zero)), Trusting(authority)),
        })
        {
            await using var upstream = await KestrelUpstream.StartAsync(Count, HttpProtocols.Http1AndHttp2, certificate, "localhost");
            await using var gate = await TestGate.ToAsync(upstream.Address, setup => setup.Options.UpstreamCa = trusted);
            (await gate.GetAsync()).Status.ShouldBe(502);
        }

        seen.ShouldBe(0);

        Task Count(HttpContext context)
        {
            Interlocked.Increment(ref seen);
            return Task.CompletedTask;
        }
    }

    [Fact]
    [Contract("HTT-185")]
    public void Options_are_checked_with_all_faults_at_once()
    {
        using var files = new TemporaryDirectory();
        using var authority = new TestAuthority();
        File.WriteAllText(files.File("ca.pem"), authority.Pem + authority.Pem);
        File.WriteAllText(files.File("empty.pem"), "nothing");
        Read(new() { ["UpstreamCaFile"] = files.File("ca.pem"), ["UpstreamHttp"] = "2", ["ConnectSeconds"] = "1" }, out var options).ShouldBeEmpty();
        (options.UpstreamCa!.Count, options.UpstreamHttp, options.ConnectSeconds).ShouldBe((2, "2", 1));

        Read(new() { ["UpstreamCaFile"] = files.File("none.pem"), ["UpstreamHttp"] = "3", ["ConnectSeconds"] = "0", ["ActivitySeconds"] = "x", ["MaxConnections"] = "0", ["IdleConnectionSeconds"] = "3601" }, out _).Count.ShouldBe(6);
        Read(new() { ["UpstreamCaFile"] = files.File("empty.pem") }, out _).ShouldHaveSingleItem().ShouldContain("there is no certificate in it");
    }

    private static List<string> Read(Dictionary<string, string?> values, out GatewayOptions options)
    {
        options = new GatewayOptions();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create($"Gatehouse:Gateway:{value.Key}", value.Value))).Build();
        return [.. GatewayOptions.Table.Read(configuration, options).Select(fault => fault.ToString())];
    }

    private static async Task Tell(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        await context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Method} {target} {context.Request.Headers["Remote-User"]} {context.Request.Headers["X-Own"]} {await body.ReadToEndAsync()}");
    }

    private static X509Certificate2Collection Trusting(TestAuthority authority) => [X509Certificate2.CreateFromPem(authority.Pem)];

    /// <summary>A body that is said word by word.</summary>
    private sealed class Conversation : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new();
        private readonly TaskCompletionSource _end = new();

        public async Task SayAsync(string word)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(word));
            await stream.FlushAsync();
        }

        public void End() => _end.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            _stream.SetResult(stream);
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
