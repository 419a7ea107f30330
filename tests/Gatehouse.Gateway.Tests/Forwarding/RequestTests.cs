using System.Collections.Immutable;
using Gatehouse.Core;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Tests.Support;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Forwarding;

/// <summary>What an upstream is sent, byte by byte.</summary>
public sealed class RequestTests
{
    [Fact]
    [Contract("ARS-107", "OI-135", "PN-128", "ATK-28")]
    public async Task Bare_request_gets_nothing_but_what_the_gate_says()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.GetAsync("/x?y=1", "X-Own: a", "Accept: */*")).Text.ShouldBe("ok");

        var request = upstream.Only();
        request.Line.ShouldBe("GET /x?y=1 HTTP/1.1");
        request.Header("Host").ShouldBe(upstream.Address.Authority);
        request.Header("X-Own").ShouldBe("a");
        request.Header("Remote-User").ShouldBe("alice");
        request.Header("Remote-Dialect").ShouldBe("test");
        request.Header("Remote-Tenant").ShouldBe("T1");
        request.Header("Remote-Tenants").ShouldBe("T1,T2");
        request.Header("Remote-Scope").ShouldBe("tenant");
        request.Header("Remote-Impersonator").ShouldBe("boss");
        request.Header("Remote-Session").ShouldBe(TestGate.Alice.Session.ToString());
        request.Header("X-Forwarded-For").ShouldBe("127.0.0.1");
        request.Header("X-Forwarded-Proto").ShouldBe("http");
        request.Header("X-Forwarded-Host").ShouldBe("gate.example");
        request.Names.ShouldBe(
        [
            "accept", "host", "remote-dialect", "remote-impersonator", "remote-scope", "remote-session", "remote-tenant", "remote-tenants", "remote-user",
            "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-own",
        ]);
    }

    [Fact]
    [Contract("HTT-2", "HTT-5", "OI-135", "PN-128", "MIC-11", "MIC-117", "ARS-10")]
    public async Task Target_is_sent_as_it_was_decided_upon()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);
        foreach (var (sent, arrives) in new[]
        {
            ("/a/b;c=d/e%2Ff%5Cg/%C3%A4?x=%zz&&y=a+b%20c&z=/../..;/?", "/a/b;c=d/e%2Ff%5Cg/%C3%A4?x=%zz&&y=a+b%20c&z=/../..;/?"),
            ("/HPD:Help%20Desk?q='a'%3D\"b\"&{c}|^`<d>", "/HPD:Help%20Desk?q='a'%3D\"b\"&{c}|^`<d>"),
            ("/a//b/./c/../%41%2f?", "/a/b/A%2F?"),
            ("/x?a=%2e%2e%2f&b=\\", "/x?a=%2e%2e%2f&b=\\"),
            ("/dnsZones/dnsZones/10?", "/dnsZones/dnsZones/10?"),
            ("http://other.example/abs//x?y", "/abs/x?y"),
            ("/%7Eme/(a)!*'", "/~me/(a)!*'"),
            ("/a[b]%5Bc%5D", "/a[b]%5Bc%5D"),
        })
        {
            (await gate.GetAsync(sent)).Status.ShouldBe(200, sent);
            upstream.Requests[^1].Target.ShouldBe(arrives);
        }
    }

    [Theory]
    [InlineData("/x?a\u0001b")]
    [InlineData("/x?a\tb")]
    [InlineData("/x?a\u007fb")]
    [InlineData("/x?a\u00e4b")]
    [InlineData("/x?a\u0000b")]
    [InlineData("/x?a\u000bHTTP/1.1")]
    [Contract("HTT-4", "ATK-27")]
    public async Task Query_that_could_end_a_request_line_is_400(string target)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.GetAsync(target)).Status.ShouldBe(400);

        upstream.Connections.ShouldBeEmpty();
    }

    [Fact]
    public async Task Base_path_of_the_upstream_comes_first()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(new Uri(upstream.Address, "/base/path/"));

        await gate.GetAsync("/x/y?z");

        upstream.Only().Target.ShouldBe("/base/path/x/y?z");
    }

    [Theory]
    [InlineData("Remote-User")]
    [InlineData("remote_user")]
    [InlineData("REMOTE-USER")]
    [InlineData("Remote_Tenants")]
    [InlineData("Remote-Anything")]
    [InlineData("X-Remote-User")]
    [InlineData("X_Remote_User")]
    [InlineData("X-Forwarded-User")]
    [InlineData("X_Forwarded_User")]
    [InlineData("x-forwarded_user")]
    [InlineData("X-Forwarded-Email")]
    [InlineData("X-Forwarded-Preferred-Username")]
    [InlineData("Forwarded")]
    [InlineData("X-Real-IP")]
    [InlineData("x_real_ip")]
    [InlineData("X-Auth-Request-User")]
    [InlineData("X-Auth_Request-Email")]
    [InlineData("X-Gatehouse-User")]
    [InlineData("Gatehouse-Assertion")]
    [InlineData("GATEHOUSE_ASSERTION")]
    [InlineData("Authorization")]
    [InlineData("Proxy-Authorization")]
    [InlineData("proxy_authorization")]
    [InlineData("X-Original-URL")]
    [InlineData("X-Rewrite-URL")]
    [InlineData("x_original_url")]
    [InlineData("Content_Length")]
    [InlineData("Transfer_Encoding")]
    [InlineData("My-Own-Identity")]
    [InlineData("my_own-identity")]
    [Contract("ATK-30", "ATK-36", "ATK-39", "ATK-40", "HTT-20")]
    public async Task What_callers_say_about_themselves_is_removed_in_every_spelling(string name)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream, setup =>
        {
            // Even from a proxy that is trusted, only HTT-21 counts.
            setup.Proxies.TryAdd("127.0.0.1");
            setup.Transforms.Add(new OwnHeader());
        });

        (await gate.GetAsync("/x", $"{name}: forged", $"{name}:  forged too", "Kept: 1")).Status.ShouldBe(200);

        var request = upstream.Only();
        request.Head.ShouldNotContain("forged");
        request.Header("Kept").ShouldBe("1");
        request.Header("Remote-User").ShouldBe("alice");
        request.Header("My-Own-Identity").ShouldBe("ours");
        request.Names.ShouldAllBe(field => !field.Contains('_'));
    }

    [Theory]
    [InlineData("Connection: Remote-User, X-Forwarded-For, My-Own-Identity, Authorization, Host, Content-Length, Named")]
    [InlineData("Connection: remote-user ,x-forwarded-for\r\nConnection: My-Own-Identity,,host\r\nConnection: Named")]
    [Contract("ATK-29", "ATK-28")]
    public async Task Nothing_of_the_gates_can_be_named_away(string connection)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.Transforms.Add(new OwnHeader()));

        (await gate.SendAsync(TestGate.Request("POST", "/x", [connection, "Named: 1", "Unnamed: 2", "Remote-User: x"], "abc"))).Status.ShouldBe(200);

        var request = upstream.Only();
        request.Text.ShouldBe("abc");
        (request.Header("Remote-User"), request.Header("X-Forwarded-For"), request.Header("My-Own-Identity")).ShouldBe(("alice", "127.0.0.1", "ours"));
        (request.Header("Named"), request.Header("Unnamed"), request.Header("Connection")).ShouldBe((null, "2", null));
        request.Header("Host").ShouldBe(upstream.Address.Authority);
    }

    [Fact]
    [Contract("ARS-107", "ATK-28")]
    public async Task Fields_of_one_leg_stay_on_it()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);

        await gate.GetAsync("/x", "Keep-Alive: 5", "Proxy-Connection: close", "TE: trailers, deflate", "Trailer: X", "Upgrade: websocket", "HTTP2-Settings: AAA", "Connection: close, HTTP2-Settings");

        var request = upstream.Only();
        request.Names.Intersect(["keep-alive", "proxy-connection", "trailer", "upgrade", "http2-settings", "connection"]).ShouldBeEmpty();
        request.Header("TE").ShouldBe("trailers");
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    [InlineData("X-Original-URL: /admin")]
    [InlineData("X-Rewrite-URL: /admin")]
    [InlineData("X-Forwarded-Uri: /admin")]
    [InlineData("X-Forwarded-Prefix: /admin")]
    [Contract("ATK-30", "MIC-12")]
    public async Task Headers_change_neither_method_nor_path(string header)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);

        await gate.SendAsync(TestGate.Request("POST", "/x?_method=PUT", [header], "_method=DELETE"));

        upstream.Only().Line.ShouldBe("POST /x?_method=PUT HTTP/1.1");
        upstream.Only().Text.ShouldBe("_method=DELETE");
        upstream.Only().Head.ShouldNotContain("/admin");
    }

    [Fact]
    [Contract("ATK-28", "ATK-81")]
    public async Task Bytes_of_values_go_through_as_they_came()
    {
        await using var upstream = RecordingUpstream.Start((request, connection) => connection.AnswerAsync("ok", "X-Back: \u00c3\u00a4\u0080\u00ff\r\n"));
        await using var gate = await TestGate.ToAsync(upstream);

        var answer = await gate.GetAsync("/x", "X-Utf: \u00c3\u00a4", "X-Latin: \u00e4\u0080\u00ff", "X-Tab: a\tb", "X-Odd: \"a\", b;c=(d), ,", "User-Agent: ()!!!", "If-Modified-Since: no date", "Accept: ;;;", "Date: x", "X-Empty:");

        var request = upstream.Only();
        (request.Header("X-Utf"), request.Header("X-Latin"), request.Header("X-Tab")).ShouldBe(("\u00c3\u00a4", "\u00e4\u0080\u00ff", "a\tb"));
        (request.Header("X-Odd"), request.Header("User-Agent"), request.Header("If-Modified-Since"), request.Header("Accept"), request.Header("Date"), request.Header("X-Empty"))
            .ShouldBe(("\"a\", b;c=(d), ,", "()!!!", "no date", ";;;", "x", ""));
        answer.Header("X-Back").ShouldBe("\u00c3\u00a4\u0080\u00ff");
    }

    [Fact]
    [Contract("ATK-28")]
    public async Task Doubled_fields_keep_their_order()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);

        await gate.GetAsync("/x", "X-Many: 1", "X-Many: 2, 3", "Cookie: a=1", "Cookie: b=2");

        string.Join(", ", upstream.Only().All("X-Many")).ShouldBe("1, 2, 3");
        upstream.Only().Header("Cookie").ShouldBe("a=1; b=2");
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("DOMAIN\\alice", "DOMAIN\\alice")]
    [InlineData("alice@REALM", "alice@REALM")]
    [InlineData("Jane Doe", "Jane Doe")]
    [InlineData("Doe, Jane", "Doe%2C Jane")]
    [InlineData("50%", "50%25")]
    [InlineData("J\u00f6rg", "J%C3%B6rg")]
    [InlineData("\u4f1a\u8b70", "%E4%BC%9A%E8%AD%B0")]
    [InlineData("a\r\nRemote-User: b", "a%0D%0ARemote-User: b")]
    [InlineData(" a ", "%20a%20")]
    [Contract("ATK-81", "ATK-36")]
    public async Task Names_have_one_reading(string name, string value)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream, setup => setup.Identity = new Identity { User = name, Dialect = "test", Method = "bearer", Tenants = ImmutableArray.Create(name, "b") });

        await gate.GetAsync();

        var request = upstream.Only();
        request.Header("Remote-User").ShouldBe(value);
        request.Header("Remote-Tenants").ShouldBe($"{value},b");
        Uri.UnescapeDataString(value).ShouldBe(name);
        request.Names.Intersect(["remote-tenant", "remote-scope", "remote-impersonator", "remote-session"]).ShouldBeEmpty();
    }

    [Fact]
    [Contract("HTT-20", "HTT-21", "ATK-31", "ATK-36")]
    public async Task Source_and_scheme_are_those_that_were_decided_upon()
    {
        await using var upstream = RecordingUpstream.Start();
        string[] headers = ["X-Forwarded-For: 198.51.100.1, 203.0.113.5", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "X-Forwarded-Port: 1"];
        await using (var stranger = await TestGate.ToAsync(upstream))
        {
            await stranger.GetAsync("/x", headers);
        }

        await using var trusted = await TestGate.ToAsync(upstream, setup => setup.Proxies.TryAdd("127.0.0.1"));
        await trusted.GetAsync("/x", headers);

        upstream.Requests.Select(request => (request.Header("X-Forwarded-For"), request.Header("X-Forwarded-Proto"), request.Header("X-Forwarded-Host"), request.Header("X-Forwarded-Port")))
            .ShouldBe([("127.0.0.1", "http", "gate.example", null), ("203.0.113.5", "https", "gate.example", null)]);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    [InlineData("X-OWN")]
    [Contract("MIC-117", "MIC-119", "OI-135", "PN-128", "ARS-107", "REP-20")]
    public async Task Methods_go_through_with_and_without_body(string method)
    {
        await using var upstream = RecordingUpstream.Start((_, connection) => connection.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"));
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.SendAsync(TestGate.Request(method, "/x", ["Content-Type: a/b"]))).Status.ShouldBe(204);
        (await gate.SendAsync(TestGate.Request(method, "/x", ["Content-Type: a/b"], "{}"))).Status.ShouldBe(204);
        (await gate.SendAsync(TestGate.Request(method, "/x", ["Transfer-Encoding: chunked"]) + "2\r\n[]\r\n0\r\n\r\n")).Status.ShouldBe(204);

        upstream.Requests.Select(request => (request.Line, request.Text)).ShouldBe([($"{method} /x HTTP/1.1", ""), ($"{method} /x HTTP/1.1", "{}"), ($"{method} /x HTTP/1.1", "[]")]);
        upstream.Requests.Take(2).ShouldAllBe(request => request.Header("Content-Type") == "a/b");
        upstream.Unreadable.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("get")]
    [InlineData("Post")]
    [InlineData("Options")]
    [Contract("ATK-28")]
    public async Task Method_that_would_become_another_one_is_400(string method)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var gate = await TestGate.ToAsync(upstream);

        (await gate.SendAsync(TestGate.Request(method, "/x", []))).Status.ShouldBe(400);

        upstream.Connections.ShouldBeEmpty();
    }

    private sealed class OwnHeader : IRequestTransform
    {
        public IReadOnlyCollection<string> Headers { get; } = ["My-Own-Identity"];

        public ValueTask ApplyAsync(OutgoingRequest request)
        {
            request.Set("My-Own-Identity", "ours");
            return ValueTask.CompletedTask;
        }
    }
}
