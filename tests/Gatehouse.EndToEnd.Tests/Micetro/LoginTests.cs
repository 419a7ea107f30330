using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Contract sections 2 and 3: the command Login, and its short way.</summary>
[Collection(MicetroCollection.Name)]
public sealed class LoginTests(MicetroServers servers)
{
    private const string Login = "/mmws/api/command/Login";
    private const string Sessions = "/mmws/api/micetro/sessions";
    private const string MissingName = """{"error":{"code":90400,"message":"Missing parameter: loginName."}}""";
    private readonly GatehouseServer _server = servers.Plain;
    private readonly string _good = Wire.LoginBody("alice", MicetroServers.Password);

    [Fact]
    [Contract("MIC-17", "MIC-35", "MIC-73", "MIC-75")]
    public async Task Right_password_gets_a_session_and_nothing_else()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            var answer = await _server.SendAsync("POST", Login, _good);
            answer.Status.ShouldBe(200);
            answer.Header("Content-Type").ShouldBe(Wire.Json);
            answer.Header("Cache-Control").ShouldBe("no-store");
            answer.Text.ShouldMatch("^\\{\"result\":\\{\"session\":\"[A-Za-z0-9_-]{42}\"\\}\\}$");
            ids.Add(Wire.SessionOf(answer.Text)).ShouldBeTrue();
        }

        string.Concat(ids).Distinct().Count().ShouldBeGreaterThan(55);
        foreach (var id in ids.Take(3))
        {
            (await _server.GetAsync("/mmws/api/Users", $"Authorization: Bearer {id}")).Status.ShouldBe(200);
        }
    }

    [Theory]
    [Contract("MIC-18", "MIC-33", "MIC-37", "MIC-119")]
    [InlineData("POST", null)]
    [InlineData("GET", null)]
    [InlineData("GET", "application/json")]
    [InlineData("POST", "application/x-www-form-urlencoded")]
    [InlineData("POST", "text/plain; charset=US-ASCII")]
    [InlineData("POST", "application/json;charset=\"UTF-8\"")]
    public async Task Body_is_json_whatever_the_media_type_says(string method, string? type)
    {
        const string Body = """{"loginName":"alice","password":"correct horse battery","replaceControlCharacters":false,"pretty":1,"session":"x","other":[{}]}""";
        foreach (var path in method == "GET" ? new[] { Login } : [Login, Sessions])
        {
            var answer = await _server.SendAsync(method, path, Body, type is null ? [] : [$"Content-Type: {type}"]);
            answer.Status.ShouldBe(path == Login ? 200 : 201, answer.Text);
        }
    }

    [Fact]
    [Contract("MIC-18", "MIC-34")]
    public async Task Parameters_come_from_query_and_body_but_none_from_both()
    {
        (await _server.SendAsync("POST", $"{Login}?server=x", """{"loginName":"alice","password":"correct horse battery"}""")).Status.ShouldBe(200);

        var twice = await _server.SendAsync("POST", $"{Login}?Server=x", """{"serverName":"y","loginName":"alice","password":"correct horse battery"}""");
        twice.Status.ShouldBe(400);
        twice.Text.ShouldBe(Wire.Error(90400, "Parameter server is given twice."));
        foreach (var (body, name) in new[]
        {
            ("""{"loginName":"alice","LOGINNAME":"alice","password":"x"}""", "loginName"),
            ("""{"loginName":"alice","passw\u006frd":"x","password":"x"}""", "password"),
            ("""{"session":"1","Session":"2"}""", "session"),
        })
        {
            (await _server.SendAsync("POST", Sessions, body)).Text.ShouldBe(Wire.Error(90400, $"Parameter {name} is given twice."));
        }
    }

    [Theory]
    [Contract("MIC-19")]
    [InlineData("POST", Login + "?loginName=alice", "{\"password\":\"correct horse battery\"}")]
    [InlineData("GET", Login + "?loginName=alice&password=correct%20horse%20battery", null)]
    [InlineData("GET", Login + "?pass%77ord=x", null)]
    [InlineData("POST", Sessions + "?LoginName=alice", "{}")]
    public async Task Password_in_the_url_is_refused(string method, string target, string? body)
    {
        var answer = await _server.SendAsync(method, target, body);

        answer.Status.ShouldBe(400);
        answer.Text.ShouldBe(Wire.Error(90400, "loginName and password must not be in the URL."));
    }

    [Fact]
    [Contract("MIC-19")]
    public async Task Password_in_the_url_is_accepted_where_the_operator_says_so() =>
        (await servers.Throttled.GetAsync($"{Login}?loginName=alice&password=correct+horse%20battery")).Status.ShouldBe(200);

    [Fact]
    [Contract("MIC-20", "MIC-23")]
    public async Task Header_signs_in_where_there_are_no_parameters()
    {
        var basic = Wire.Basic("alice", MicetroServers.Password);
        (await _server.GetAsync(Login, basic)).Status.ShouldBe(200);
        (await _server.SendAsync("POST", Sessions, "", basic)).Status.ShouldBe(201);
        (await _server.SendAsync("POST", "/mmws/json", """{"method":"Login","id":1}""", basic)).Text.ShouldContain("session");
        (await _server.SoapAsync(Wire.Envelope("<Login/>"), basic)).Text.ShouldContain("<session>");

        var wrong = await _server.GetAsync(Login, Wire.Basic("alice-of-nowhere", "wrong password here"));
        wrong.Status.ShouldBe(401);
        wrong.Text.ShouldBe(Wire.BadCredentials);
        wrong.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, Wire.BearerChallenge]);
    }

    [Theory]
    [Contract("MIC-21")]
    [InlineData("Authorization: Bearer dead")]
    [InlineData("Authorization: Basic !!")]
    [InlineData("Authorization: Negotiate AAAA")]
    [InlineData("Authorization: Digest x")]
    public async Task Parameters_decide_whatever_the_header_says(string header) => (await _server.SendAsync("POST", Login, _good, header)).Status.ShouldBe(200);

    [Fact]
    [Contract("MIC-22")]
    public async Task Token_never_buys_another_token()
    {
        var answer = await _server.GetAsync(Login, $"Authorization: Bearer {await _server.LoginAsync()}");

        answer.Status.ShouldBe(400);
        answer.Text.ShouldBe(MissingName);
    }

    [Theory]
    [Contract("MIC-23", "MIC-127")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"server\":\"localhost\"}")]
    public async Task Nobody_signs_in(string body)
    {
        foreach (var header in new[] { "X: y", "Authorization: Digest x", "Authorization: Negotiate AAAA" })
        {
            var rest = await _server.SendAsync("POST", Login, body, header);
            rest.Status.ShouldBe(401);
            rest.Text.ShouldBe(Wire.MissingSession);
            rest.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, Wire.BearerChallenge]);

            var sessions = await _server.SendAsync("POST", Sessions, body, header);
            sessions.Status.ShouldBe(400);
            sessions.Text.ShouldBe(MissingName);
        }

        (await _server.SendAsync("POST", "/mmws/json", $$"""{"method":"Login","params":{{(body.Length == 0 ? "null" : body)}},"id":"a"}""")).Text
            .ShouldBe("""{"jsonrpc":"2.0","error":{"code":90400,"message":"Missing parameter: loginName."},"id":"a"}""");
        (await _server.SoapAsync(Wire.Envelope("<Login/>"))).Text.ShouldBe(Wire.Fault11(90400, "Missing parameter: loginName."));
    }

    [Theory]
    [Contract("MIC-24", "MIC-25", "MIC-27", "MIC-28", "MIC-38")]
    [InlineData("alice-typo", "correct horse battery")]
    [InlineData("ALICE", "correct horse battery")]
    [InlineData("", "correct horse battery")]
    [InlineData("alice", "")]
    [InlineData("alice", " correct horse battery")]
    [InlineData("alice", "correct horse battery ")]
    [InlineData("alice", "correct horse batter\\u0000")]
    [InlineData("alice\\n", "correct horse battery")]
    [InlineData("long", "1025")]
    [InlineData("257", "long")]
    public async Task Refused_login_says_no_more_than_no(string name, string password)
    {
        name = name == "257" ? new string('n', 257) : name;
        password = password == "1025" ? new string('p', 1025) : password;
        foreach (var path in new[] { Login, Sessions })
        {
            var answer = await _server.SendAsync("POST", path, Wire.LoginBody(name, password));
            answer.Status.ShouldBe(401);
            answer.Text.ShouldBe(Wire.BadCredentials);
            answer.All("WWW-Authenticate").ShouldBe([Wire.BearerChallenge]);
        }

        // The right one still is, and forgets the wrong ones.
        await servers.Plain.LoginAsync();
    }

    [Fact]
    [Contract("MIC-24", "MIC-122", "MIC-124", "MIC-134", "ATK-10", "ATK-11")]
    public async Task Wrong_unknown_disabled_and_locked_are_told_the_same()
    {
        var server = servers.Throttled;
        await server.AddAccountAsync("locked-one", MicetroServers.Password);
        await server.AddAccountAsync("disabled-one", MicetroServers.Password);
        var live = await server.LoginAsync("locked-one");
        (await server.RunAsync("account", "disable", "disabled-one")).ExitCode.ShouldBe(0);

        string[] answers =
        [
            Shape(await server.SendAsync("POST", Login, Wire.LoginBody("alice", "wrong password here"))),
            Shape(await server.SendAsync("POST", Login, Wire.LoginBody("nobody-at-all", "wrong password here"))),
            Shape(await server.SendAsync("POST", Login, Wire.LoginBody("disabled-one", MicetroServers.Password))),
        ];
        foreach (var name in new[] { "locked-one", "nobody-locked" })
        {
            for (var i = 0; i < 3; i++)
            {
                (await server.SendAsync("POST", Login, Wire.LoginBody(name, $"wrong password {i}"))).Status.ShouldBe(401);
            }

            var delayed = await server.SendAsync("POST", Login, Wire.LoginBody(name, "wrong password x"));
            delayed.Status.ShouldBe(429);
            delayed.Text.ShouldBe(Wire.Error(90429, "Too many login attempts. Try again later."));
            int.Parse(delayed.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(1);
            (await server.SoapAsync(Wire.Envelope(Wire.SoapLogin(name, "wrong password y")))).Status.ShouldBe(429);
            var rpc = await server.SendAsync("POST", "/_mmwebext/mmwebext.dll?Soap", $$"""{"method":"Login","params":{{Wire.LoginBody(name, "wrong password z")}}}""", "Content-Type: application/json");
            rpc.Status.ShouldBe(429);
            rpc.Header("Retry-After").ShouldNotBeNull();
        }

        await Task.Delay(1100);
        foreach (var name in new[] { "locked-one", "nobody-locked" })
        {
            (await server.SendAsync("POST", Login, Wire.LoginBody(name, "wrong password last"))).Status.ShouldBe(401);
            answers = [.. answers, Shape(await server.SendAsync("POST", Login, Wire.LoginBody(name, MicetroServers.Password)))];
        }

        answers.Distinct().ShouldHaveSingleItem();
        (await server.GetAsync("/mmws/api/x", Wire.Basic("locked-one", MicetroServers.Password))).Status.ShouldBe(401);
        (await server.GetAsync("/mmws/api/x", $"Authorization: Bearer {live}")).Status.ShouldBe(200);

        static string Shape(WireAnswer answer) => $"{answer.Status} {string.Join('|', answer.Headers.Where(header => header.Name != "Date"))} {answer.Text}";
    }

    [Theory]
    [Contract("MIC-26")]
    [InlineData("{\"loginName\":\"alice\"}", "Missing parameter: password.")]
    [InlineData("{\"password\":\"x\"}", "Missing parameter: loginName.")]
    [InlineData("{\"loginName\":\"alice\",\"password\":null}", "Missing parameter: password.")]
    [InlineData("{\"loginName\":null,\"password\":\"x\"}", "Missing parameter: loginName.")]
    [InlineData("{\"loginName\":5,\"password\":\"x\"}", "Parameter loginName must be a string.")]
    [InlineData("{\"loginName\":\"alice\",\"password\":true}", "Parameter password must be a string.")]
    [InlineData("{\"loginName\":\"alice\",\"password\":{}}", "Parameter password must be a string.")]
    [InlineData("{\"loginName\":[\"alice\"],\"password\":\"x\"}", "Parameter loginName must be a string.")]
    public async Task Half_and_mistyped_parameters_are_named(string body, string message)
    {
        var rest = await _server.SendAsync("POST", Login, body);
        rest.Status.ShouldBe(400);
        rest.Text.ShouldBe(Wire.Error(90400, message));
        rest.All("WWW-Authenticate").ShouldBeEmpty();

        (await _server.SendAsync("POST", "/mmws/json", $$"""{"method":"Login","params":{{body}}}""")).Text.ShouldContain(message);
    }

    [Theory]
    [Contract("MIC-29")]
    [InlineData("true", 403)]
    [InlineData("\"true\"", 403)]
    [InlineData("1", 403)]
    [InlineData("\"1\"", 403)]
    [InlineData("false", 401)]
    [InlineData("\"0\"", 401)]
    [InlineData("null", 401)]
    [InlineData("2", 400)]
    [InlineData("\"yes\"", 400)]
    [InlineData("[]", 400)]
    public async Task Unauthorized_is_forbidden_where_the_client_asks_for_it(string value, int status)
    {
        foreach (var path in new[] { Login, Sessions, "/mmws/json" })
        {
            var parameters = $$"""{"loginName":"nobody-here","password":"","unauthorizedAsForbidden":{{value}}}""";
            var answer = await _server.SendAsync("POST", path, path == "/mmws/json" ? $$"""{"method":"login","params":{{parameters}}}""" : parameters);
            answer.Status.ShouldBe(status);
            (answer.All("WWW-Authenticate").Count > 0).ShouldBe(status == 401);
            answer.Text.ShouldContain(status == 400 ? "90400" : "16394");
        }

        if (status == 403)
        {
            (await _server.GetAsync("/mmws/api/command/Logout?unauthorizedAsForbidden=1")).Status.ShouldBe(403);
        }
    }

    [Fact]
    [Contract("MIC-30", "MIC-31", "MIC-32", "MIC-68")]
    public async Task Single_sign_on_is_off()
    {
        foreach (var header in new[] { "X: y", "Authorization: Negotiate AAAA", Wire.Basic("alice", MicetroServers.Password) })
        {
            var rest = await _server.SendAsync("POST", Login, """{"singleSignOn":true}""", header);
            rest.Status.ShouldBe(403);
            rest.Text.ShouldBe(Wire.Error(90403, "Single sign-on is not enabled."));
            (await _server.SendAsync("POST", "/mmws/json", """{"method":"Login","params":{"singleSignOn":"1"}}""", header)).Status.ShouldBe(403);
        }

        (await _server.SendAsync("POST", Login, """{"singleSignOn":1,"loginName":"alice"}""")).Text.ShouldBe(Wire.Error(90400, "singleSignOn excludes loginName and password."));
        (await _server.SendAsync("POST", Login, """{"singleSignOn":"x"}""")).Text.ShouldBe(Wire.Unreadable);

        var requested = await _server.SendAsync("POST", "/_mmwebext/mmwebext.dll?RequestSSO", "localhost");
        requested.Status.ShouldBe(500);
        requested.Text.ShouldBe(Wire.Fault11(90403, "Single sign-on is not enabled."));
    }

    [Fact]
    [Contract("MIC-33", "MIC-75")]
    public async Task Session_sent_to_login_neither_chooses_nor_ends()
    {
        var old = await _server.LoginAsync();
        var answer = await _server.SendAsync("POST", Login, $$"""{"loginName":"alice","password":"correct horse battery","session":"{{old}}"}""");

        Wire.SessionOf(answer.Text).ShouldNotBe(old);
        (await _server.GetAsync("/mmws/api/x", $"Authorization: Bearer {old}")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("MIC-36", "MIC-39")]
    public async Task Sessions_makes_and_ends_one()
    {
        var made = await _server.SendAsync("POST", "/mmws/api/v2/micetro/sessions", """{"loginName":"alice","password":"correct horse battery"}""");
        made.Status.ShouldBe(201);
        made.Header("Content-Type").ShouldBe(Wire.Json);
        made.Header("Cache-Control").ShouldBe("no-store");
        var bearer = $"Authorization: Bearer {Wire.SessionOf(made.Text)}";

        var ended = await _server.SendAsync("DELETE", Sessions, null, bearer);
        ended.Status.ShouldBe(204);
        ended.Body.ShouldBeEmpty();
        (await _server.SendAsync("DELETE", Sessions, null, bearer)).Text.ShouldBe(Wire.InvalidSession);
        (await _server.SendAsync("DELETE", Sessions)).Text.ShouldBe(Wire.MissingSession);
    }

    [Theory]
    [Contract("MIC-37", "MIC-126")]
    [InlineData("loginName=alice&password=x")]
    [InlineData("{")]
    [InlineData("{\"loginName\":\"a\"} x")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{\"loginName\":\"\\ud800\",\"password\":\"x\"}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("deep")]
    public async Task What_is_no_json_object_is_not_read(string body)
    {
        body = body == "deep" ? $"{{\"a\":{new string('[', 64)}{new string(']', 64)}}}" : body;
        foreach (var path in new[] { Login, Sessions })
        {
            var answer = await _server.SendAsync("POST", path, body);
            answer.Status.ShouldBe(400);
            answer.Text.ShouldBe(Wire.Unreadable);
        }
    }

    [Fact]
    [Contract("MIC-50", "MIC-126", "MIC-128")]
    public async Task Too_large_and_not_plain_bodies_are_refused()
    {
        foreach (var path in new[] { Login, Sessions })
        {
            (await _server.SendAsync("POST", path, new string(' ', 65537))).Status.ShouldBe(413);
            var chunked = await WireClient.ExchangeAsync(_server.Http, $"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n{new string(' ', 65537)}\r\n0\r\n\r\n");
            chunked.Status.ShouldBe(413);
            chunked.Text.ShouldBe(Wire.Error(90413, "The request body is too large."));
            foreach (var header in new[] { "Content-Type: application/json; charset=iso-8859-1", "Content-Encoding: gzip" })
            {
                var answer = await _server.SendAsync("POST", path, _good, header);
                answer.Status.ShouldBe(415);
                answer.Text.ShouldBe(Wire.Error(90415, "The body must be plain UTF-8."));
            }

            var latin = await WireClient.ExchangeAsync(_server.Http, $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n{{\"loginName\":\"\u00e4\"}}");
            latin.Text.ShouldBe(Wire.Unreadable);
        }
    }
}
