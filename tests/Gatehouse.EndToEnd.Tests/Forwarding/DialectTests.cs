using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Forwarding;

/// <summary>What the dialects' contracts say of a real upstream, with the program between two sockets.</summary>
public sealed class DialectTests(ForwardingGate gate) : IClassFixture<ForwardingGate>
{
    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("ARS-107", "MIC-117", "MIC-11", "OI-135", "OI-6", "PN-128", "REP-20", "ARS-10", "ATK-28", "ATK-40", "HTT-2", "HTT-5")]
    public async Task Request_arrives_as_it_was_decided_upon_without_its_credential(string dialect)
    {
        var caller = gate.Callers[dialect];
        var mark = Guid.NewGuid().ToString("N");

        var answer = await gate.CallAsync(
            caller, $"/a//b/./HPD:Help%20Desk;x/%2e%2e/c%2Fd%5ce?q='1'&&x=%2e%2e&mark={mark}", "PUT", "body \u00e4", "Proxy-Authorization: Basic x", "X-Own: \u00e4", "Remote_User: forged", "X-Forwarded-For: 1.2.3.4", "Connection: Remote-User");

        (answer.Status, answer.Text, answer.Header("Cache-Control")).ShouldBe((200, "answer", "private"));
        var request = gate.Seen(mark);
        request.Line.ShouldBe($"PUT {caller.Prefix}/a/b/c%2Fd%5Ce?q='1'&&x=%2e%2e&mark={mark} HTTP/1.1");
        request.Text.ShouldBe("body \u00e4");
        request.Header("X-Own").ShouldBe("\u00e4");
        (request.Header("Remote-User"), request.Header("Remote-Dialect"), request.Header("X-Forwarded-For"), request.Header("X-Forwarded-Proto"), request.Header("X-Forwarded-Host"))
            .ShouldBe(("admin", dialect, "127.0.0.1", "https", "gate.example"));
        request.Head.ShouldNotContain("forged");
        request.Head.ShouldNotContain(caller.Secret);
        request.Names.Intersect(["authorization", "proxy-authorization", "authtoken", "remote_user", "connection"]).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("ARS-9", "OI-3", "PN-3", "MIC-8", "ATK-3", "ATK-25")]
    public async Task Refused_requests_never_reach_the_upstream(string dialect)
    {
        var caller = gate.Callers[dialect];
        var mark = Guid.NewGuid().ToString("N");
        foreach (var path in new[] { "/x", "//x", "/./x", "/x/../y", "/%2e%2e%2fx", "/..;/x", "/x%00", "/x%5c..%5cy", "/%78" })
        {
            foreach (var headers in new string[][] { [], ["Authorization: Bearer wrong"], ["Remote-User: admin"], ["X-Original-URL: /health/live"] })
            {
                var answer = await gate.SendAsync(ForwardingGate.Request("GET", $"{caller.Prefix}{path}?{mark}", null, headers));
                answer.Status.ShouldBeOneOf(400, 401, 404);
            }
        }

        gate.Upstream.Requests.ShouldAllBe(request => !request.Target.Contains(mark));
    }

    [Theory]
    [MemberData(nameof(ForwardingGate.Dialects), MemberType = typeof(ForwardingGate))]
    [Contract("ARS-108", "MIC-117", "OI-135", "PN-128", "ATK-76")]
    public async Task Answers_of_the_upstream_come_back_errors_included(string dialect)
    {
        var answer = await gate.CallAsync(gate.Callers[dialect], "/x", headers: $"{ForwardingGate.Wish}: teapot");

        (answer.Status, answer.Text, answer.Header("X-Theirs"), answer.Header("WWW-Authenticate"), answer.Header("Cache-Control")).ShouldBe((418, "short", "1", "Basic realm=\"theirs\"", "private"));
    }

    [Theory]
    [InlineData("ar-system", """[{"messageType":"ERROR","messageText":"Cannot connect to the AR System server","messageAppendedText":null,"messageNumber":90}]""")]
    [InlineData("micetro", """{"error":{"code":90502,"message":"The upstream API did not answer."}}""")]
    [InlineData("repositories", "Bad Gateway")]
    [InlineData("operational-intelligence", "bad-gateway")]
    [InlineData("proactivenet", "Bad Gateway")]
    [Contract("ARS-106", "MIC-120", "OI-134", "PN-127")]
    public async Task Upstream_that_dies_without_a_word_is_502_in_the_dialects_shape(string dialect, string text)
    {
        var answer = await gate.CallAsync(gate.Callers[dialect], "/x", "POST", "a", $"{ForwardingGate.Wish}: die");

        answer.Status.ShouldBe(502);
        answer.Text.ShouldContain(text);
        answer.Header("WWW-Authenticate").ShouldBeNull();
    }

    [Theory]
    [InlineData("GET", 93, "Timeout during data retrieval")]
    [InlineData("HEAD", 93, "")]
    [InlineData("OPTIONS", 93, "Timeout during data retrieval")]
    [InlineData("POST", 92, "Timeout during database update")]
    [InlineData("DELETE", 92, "Timeout during database update")]
    [Contract("ARS-105", "ARS-93")]
    public async Task Ar_call_says_how_long_it_waits(string method, int number, string text)
    {
        var answer = await gate.CallAsync(gate.Callers["ar-system"], "/x", method, method == "POST" ? "a" : null, $"{ForwardingGate.Wish}: silence", "X-AR-Timeout: 1");

        answer.Status.ShouldBe(504);
        if (method != "HEAD")
        {
            answer.Text.ShouldBe($$"""[{"messageType":"ERROR","messageText":"{{text}}","messageAppendedText":null,"messageNumber":{{number}}}]""");
        }
    }

    [Fact]
    [Contract("ARS-92", "ARS-94", "ARS-96", "ARS-98", "ARS-107", "ARS-114")]
    public async Task Ar_headers_go_on_as_the_contract_says()
    {
        var caller = gate.Callers["ar-system"];
        await gate.Server.AddAccountAsync("target", "plum tree in the garden");

        (await gate.CallAsync(
            caller, "/headers", "GET", null,
            "X-AR-RPC-Queue: 390601", "X-AR-Client-Type: 5001", "X-AR-Timeout: 20", "X-AR-Trace-Id: abc", "X-AR-TR-Counter: bad", "X_AR_Impersonated_User: x", "X_AR_Own: y",
            "X-AR-Impersonated-User: dGFyZ2V0", $"Cookie: a=1; AR-JWT={caller.Secret}; b=2")).Status.ShouldBe(200);

        var request = gate.Seen("/headers");
        (request.Header("X-AR-RPC-Queue"), request.Header("X-AR-Client-Type"), request.Header("X-AR-Timeout"), request.Header("X-AR-Trace-Id"), request.Header("X-AR-Impersonated-User"))
            .ShouldBe(("390601", "5001", "20", "abc", "dGFyZ2V0"));
        (request.Header("Remote-User"), request.Header("Remote-Impersonator"), request.Header("Cookie")).ShouldBe(("target", "admin", "a=1; b=2"));
        request.Names.ShouldNotContain("x-ar-tr-counter");
        request.Names.ShouldAllBe(name => !name.StartsWith("x_ar", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/mmws/api/Users?session={0}", "/mmws/api/Users")]
    [InlineData("/mmws/api/Users?a=1&session={0}&b=%20+", "/mmws/api/Users?a=1&b=%20+")]
    [InlineData("/mmws/api/Users?SESSION={0}&a", "/mmws/api/Users?a")]
    [InlineData("/mmws/api/Users?a&&s%65ssion={0}", "/mmws/api/Users?a&")]
    [InlineData("/mmws/api/dnsZones/dnsZones/10?session={0}&sessions=1&filter=session", "/mmws/api/dnsZones/dnsZones/10?sessions=1&filter=session")]
    [Contract("MIC-117", "MIC-82")]
    public async Task Micetro_session_is_cut_out_of_the_query(string target, string arrives)
    {
        var before = gate.Upstream.Requests.Count;

        (await gate.SendAsync(ForwardingGate.Request("GET", string.Format(target, gate.MicetroSession), null))).Status.ShouldBe(200);

        gate.Upstream.Requests.Skip(before).ShouldContain(request => request.Target == arrives);
        gate.Upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains(gate.MicetroSession));
    }

    [Theory]
    [InlineData("""{"session":"{0}"}""", "{}")]
    [InlineData("""{ "session" : "{0}" }""", "{  }")]
    [InlineData("""{"a":1,"session":"{0}"}""", """{"a":1}""")]
    [InlineData("""{"session":"{0}", "a":[1,{"session":"inner"}] }""", """{"a":[1,{"session":"inner"}] }""")]
    [InlineData("""{"a":"\u00e4 ,", "SESSION":"{0}" , "b":null}""", """{"a":"\u00e4 ,", "b":null}""")]
    [InlineData("""{"a":1 , "s\u0065ssion":"{0}" }""", """{"a":1 }""")]
    [Contract("MIC-83", "MIC-117", "ATK-79")]
    public async Task Micetro_session_is_cut_out_of_a_json_body(string body, string arrives)
    {
        var mark = Guid.NewGuid().ToString("N");
        foreach (var (target, sent, expected) in new[]
        {
            ($"/mmws/api/Users?{mark}", body, arrives),
            ($"/mmws/api/v2/command/GetUsers?{mark}", body, arrives),
            ($"/mmws/json?{mark}", $$"""{ "jsonrpc":"2.0","method":"GetUsers", "params": {{body}},"id":1}""", $$"""{ "jsonrpc":"2.0","method":"GetUsers", "params": {{arrives}},"id":1}"""),
            ($"/_mmwebext/mmwebext.dll?Soap&{mark}", $$"""{"params":{{body}},"method":"GetUsers"}""", $$"""{"params":{{arrives}},"method":"GetUsers"}"""),
        })
        {
            foreach (var chunked in new[] { false, true })
            {
                var text = sent.Replace("{0}", gate.MicetroSession, StringComparison.Ordinal);
                var request = chunked
                    ? $"{ForwardingGate.Request("POST", target, null, "Content-Type: application/json", "Transfer-Encoding: chunked")}{text.Length:x}\r\n{text}\r\n0\r\n\r\n"
                    : ForwardingGate.Request("POST", target, text, "Content-Type: application/json");
                var before = gate.Upstream.Requests.Count;

                (await gate.SendAsync(request)).Status.ShouldBe(200, sent);

                gate.Upstream.Requests.Skip(before).Single(seen => seen.Target == target).Text.ShouldBe(expected);
            }
        }

        gate.Upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains(gate.MicetroSession));
    }

    [Theory]
    [InlineData("<GetUsers xmlns=\"http://menandmice.com/webservices/\"><session>{0}</session><filter>a</filter></GetUsers>", "<GetUsers xmlns=\"http://menandmice.com/webservices/\"><filter>a</filter></GetUsers>")]
    [InlineData("<m:GetUsers xmlns:m=\"http://menandmice.com/webservices/\">\r\n  <m:session\n a='>' b=\"'/>\" >\n{0}<!-- x --></m:session\n >\r\n</m:GetUsers>", "<m:GetUsers xmlns:m=\"http://menandmice.com/webservices/\">\r\n  \r\n</m:GetUsers>")]
    [InlineData("<GetUsers><f>\u00c3\u00a4</f><session><![CDATA[{0}]]></session></GetUsers>", "<GetUsers><f>\u00c3\u00a4</f></GetUsers>")]
    [InlineData("<GetUsers><f><session>inner</session></f><SESSION>{0}</SESSION></GetUsers>", "<GetUsers><f><session>inner</session></f></GetUsers>")]
    [Contract("MIC-117", "MIC-67", "ATK-78")]
    public async Task Micetro_session_is_cut_out_of_a_soap_body(string command, string arrives)
    {
        const string Head = "\u00ef\u00bb\u00bf<?xml version=\"1.0\"?>\r<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">\n<e:Body>";
        const string Tail = "</e:Body>\r\n</e:Envelope>\n";
        var before = gate.Upstream.Requests.Count;

        (await gate.SendAsync(ForwardingGate.Request("POST", "/mmws/soap", Head + command.Replace("{0}", gate.MicetroSession, StringComparison.Ordinal) + Tail, "Content-Type: text/xml"))).Status.ShouldBe(200);

        gate.Upstream.Requests.Skip(before).Single(request => request.Target == "/mmws/soap").Text.ShouldBe(Head + arrives + Tail);
        gate.Upstream.Connections.ShouldAllBe(connection => !connection.Received.Contains(gate.MicetroSession));
    }

    [Fact]
    [Contract("MIC-118", "MIC-85")]
    public async Task Micetro_bodies_that_are_read_have_a_limit_and_others_have_none()
    {
        var large = $$"""{"a":"{{new string('x', 2_000_000)}}"}""";
        var caller = gate.Callers["micetro"];

        (await gate.CallAsync(caller, "/command/GetUsers", "POST", large, "Content-Type: application/json")).Status.ShouldBe(413);
        (await gate.CallAsync(caller, "/large", "POST", large, "Content-Type: application/json")).Status.ShouldBe(200);

        gate.Seen("/large").Body.Length.ShouldBe(large.Length);
    }

    [Fact]
    [Contract("PN-87", "PN-128")]
    public async Task ProactiveNet_token_stays_here_in_either_header()
    {
        var token = gate.Callers["proactivenet"].Secret;

        (await gate.SendAsync(ForwardingGate.Request("GET", "/tsws/named?tenantName=*", null, $"authToken: {token}"))).Status.ShouldBe(200);

        gate.Seen("/tsws/named?tenantName=*").Head.ShouldNotContain(token);
    }

    [Fact]
    [Contract("HTT-181", "MIC-137", "ARS-122", "ATK-46")]
    public async Task Nothing_of_a_failed_call_is_in_the_log()
    {
        (await gate.SendAsync(ForwardingGate.Request("POST", $"/mmws/api/Users?session={gate.MicetroSession}&private=1", "a", $"{ForwardingGate.Wish}: die"))).Status.ShouldBe(502);

        await Servers.Eventually.TrueAsync(() => Task.FromResult(gate.Server.Log.Contains("could not be forwarded to http://127.0.0.1")));
        gate.Server.Log.ShouldNotContain(gate.MicetroSession);
        gate.Server.Log.ShouldNotContain("private=1");
    }

    [Fact]
    [Contract("ATK-76")]
    public async Task Answer_that_breaks_off_is_seen_to_be_broken()
    {
        await using var client = await WireClient.ConnectAsync(gate.Server.Http);
        await client.SendAsync(ForwardingGate.Request("GET", "/mmws/api/Users", null, gate.Callers["micetro"].Credential, $"{ForwardingGate.Wish}: half"));

        await Should.ThrowAsync<IOException>(async () => await client.ReadAnswerAsync());
    }
}
