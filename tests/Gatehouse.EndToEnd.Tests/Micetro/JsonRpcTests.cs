using System.Text.Json;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Contract section 4.</summary>
[Collection(MicetroCollection.Name)]
public sealed class JsonRpcTests(MicetroServers servers)
{
    private const string Path = "/mmws/json";
    private const string OldPath = "/_mmwebext/mmwebext.dll?Soap";
    private readonly GatehouseServer _server = servers.Plain;

    [Fact]
    [Contract("MIC-41", "MIC-35", "MIC-51", "MIC-115")]
    public async Task Login_call_and_logout()
    {
        var login = await CallAsync("""{"jsonrpc":"2.0","method":"Login","params":{"server":"localhost","loginName":"alice","password":"correct horse battery"},"id":"4711"}""");
        login.Status.ShouldBe(200);
        login.Header("Content-Type").ShouldBe(Wire.Json);
        login.Header("Cache-Control").ShouldBe("no-store");
        login.Text.ShouldMatch("^\\{\"jsonrpc\":\"2\\.0\",\"result\":\\{\"session\":\"[A-Za-z0-9_-]{42}\"\\},\"id\":\"4711\"\\}$");
        var session = Wire.SessionOf(login.Text);

        var call = await CallAsync($$$"""{"method":"GetUsers","params":{"session":"{{{session}}}","filter":{"session":"x"}},"id":7}""");
        call.Status.ShouldBe(200);
        call.Text.ShouldStartWith("""{"jsonrpc":"2.0","result":{"user":"alice","dialect":"micetro","method":"session-parameter","tenant":null,"scope":null,"tenants":["DEFAULTORG"],"impersonator":null,"session":""");
        call.Text.ShouldEndWith("},\"id\":7}");

        var logout = await CallAsync($$"""{"method":"Logout","params":{"session":"{{session}}"},"id":8}""");
        logout.Text.ShouldBe("""{"jsonrpc":"2.0","result":"","id":8}""");
        var again = await CallAsync("""{"method":"Logout","id":9}""", $"Authorization: Bearer {session}");
        again.Status.ShouldBe(401);
        again.Text.ShouldBe("""{"jsonrpc":"2.0","error":{"code":5003,"message":"Invalid or expired session"},"id":9}""");
        again.All("WWW-Authenticate").ShouldBe([Wire.InvalidTokenChallenge]);
        (await CallAsync("""{"method":"Logout","id":9}""", $"Authorization: Bearer {await _server.LoginAsync()}")).Text.ShouldBe("""{"jsonrpc":"2.0","result":"","id":9}""");
    }

    [Theory]
    [Contract("MIC-42")]
    [InlineData("\"1\"")]
    [InlineData("1")]
    [InlineData("-1.50e3")]
    [InlineData("\"\\u0041\\/\"")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task Id_comes_back_as_it_was(string? id)
    {
        var answer = await CallAsync(id is null ? """{"method":"x"}""" : $$"""{"method":"x","id":{{id}}}""");

        answer.Text.ShouldBe($$"""{"jsonrpc":"2.0","error":{"code":5002,"message":"Missing Session ID."},"id":{{id ?? "null"}}}""");
    }

    [Theory]
    [Contract("MIC-43", "MIC-44", "MIC-48", "MIC-49", "ATK-79")]
    [InlineData("""{"id":1}""", "1", "Missing parameter: method.")]
    [InlineData("""{"method":"","id":1}""", "1", "Missing parameter: method.")]
    [InlineData("""{"method":5,"id":1}""", "1", "Missing parameter: method.")]
    [InlineData("""{"Method":"Login","id":1}""", "1", "Missing parameter: method.")]
    [InlineData("""{"method":"Login","params":[],"id":"a"}""", "\"a\"", "params must be an object.")]
    [InlineData("""{"method":"x","params":"session","id":"a"}""", "\"a\"", "params must be an object.")]
    [InlineData("""[{"method":"Login"}]""", "null", "Batch calls are not supported.")]
    [InlineData("""[]""", "null", "Batch calls are not supported.")]
    [InlineData("""[{"method":""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","id":{}}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","id":[1]}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","id":true}""", "null", "The request could not be read.")]
    [InlineData("", "null", "The request could not be read.")]
    [InlineData("method=Login", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login",}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login"/*x*/}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login"} x""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login\ud800"}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","params":{"a":{"b":"\udfff"}}}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","method":"x","id":1}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","Method":"x","id":1}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","params":{},"par\u0061ms":{}}""", "null", "The request could not be read.")]
    [InlineData("""{"method":"Login","id":1,"id":2}""", "null", "The request could not be read.")]
    public async Task Unreadable_calls_are_refused(string body, string id, string message)
    {
        var answer = await CallAsync(body);

        answer.Status.ShouldBe(400);
        answer.Text.ShouldBe($$$"""{"jsonrpc":"2.0","error":{"code":90400,"message":"{{{message}}}"},"id":{{{id}}}}""");
    }

    [Fact]
    [Contract("MIC-43", "MIC-44", "MIC-49", "MIC-50")]
    public async Task Tolerated_are_a_mark_any_case_of_own_commands_and_no_version()
    {
        var deep = $$$"""{"method":"x","params":{"a":{{{new string('[', 62)}}}{{{new string(']', 62)}}}}}""";
        (await CallAsync(deep)).Text.ShouldContain("5002");
        (await CallAsync(deep.Replace("[]", "[[]]", StringComparison.Ordinal))).Text.ShouldContain("90400");
        (await CallAsync("\ufeff{\"jsonrpc\":\"1.0\",\"method\":\"lOGIN\",\"params\":null}")).Text.ShouldContain("Missing parameter: loginName.");
        (await CallAsync("""{"method":"WEB_GETPRELOGININFO"}""", "Content-Type: application/json;charset=\"UTF-8\"")).Status.ShouldBe(200);
        (await CallAsync("{}", "Content-Type: application/json;charset=utf-16")).Status.ShouldBe(415);
        (await CallAsync("{}", "Content-Encoding: br")).Text.ShouldBe("""{"jsonrpc":"2.0","error":{"code":90415,"message":"The body must be plain UTF-8."},"id":null}""");
    }

    [Fact]
    [Contract("MIC-45", "MIC-46", "MIC-47")]
    public async Task Errors_have_their_status_but_for_the_old_path()
    {
        const string Refused = """{"method":"Login","params":{"loginName":"nobody-at-json","password":""},"id":"4711"}""";
        const string Body = """{"jsonrpc":"2.0","error":{"code":16394,"message":"Invalid username or password."},"id":"4711"}""";
        var now = await CallAsync(Refused);
        now.Status.ShouldBe(401);
        now.Text.ShouldBe(Body);
        now.All("WWW-Authenticate").ShouldBe([Wire.BearerChallenge]);
        (await _server.SendAsync("POST", "/mmws/soap", Refused, "Content-Type: application/json")).Status.ShouldBe(401);

        foreach (var (body, text) in new[] { (Refused, Body), ("{}", "90400"), ("""{"method":"x"}""", "5002"), ("""{"method":"Login","params":{"singleSignOn":1}}""", "90403") })
        {
            var old = await _server.SendAsync("POST", OldPath, body, "Content-Type: application/json");
            old.Status.ShouldBe(200);
            old.Text.ShouldContain(text);
            old.All("WWW-Authenticate").ShouldBeEmpty();
        }

        (await _server.SendAsync("POST", OldPath, "{}", "Content-Type: application/json; charset=x")).Status.ShouldBe(415);
        (await _server.SendAsync("GET", OldPath, null, "Content-Type: application/json")).Status.ShouldBe(405);
    }

    [Fact]
    [Contract("MIC-34", "MIC-84", "MIC-85", "MIC-90", "MIC-139")]
    public async Task Header_and_parameter_exclude_each_other()
    {
        var session = await _server.LoginAsync();
        (await CallAsync("""{"method":"x"}""", $"Authorization: Bearer {session}")).Text.ShouldContain("\"method\":\"bearer\"");
        (await CallAsync("""{"method":"x"}""", Wire.Basic("alice", MicetroServers.Password))).Text.ShouldContain("\"method\":\"password-basic\"");
        foreach (var sent in new[] { session, "" })
        {
            var both = await CallAsync($$"""{"method":"x","params":{"session":"{{sent}}"},"id":1}""", $"Authorization: Bearer {session}");
            both.Status.ShouldBe(400);
            both.Text.ShouldContain("Send either an Authorization header or the session parameter, not both.");
        }

        (await CallAsync($$$"""{"method":"x","params":{"session":"{{{session}}}","SESSION":"{{{session}}}"}}""")).Text.ShouldContain("Parameter session is given twice.");
        (await _server.SendAsync("POST", $"{Path}?loginName=alice&password=x", $$$"""{"method":"x","params":{"session":"{{{session}}}"}}""")).Text.ShouldContain("must not be in the URL");
        (await CallAsync("""{"method":"x","params":{"loginName":"alice","password":"correct horse battery"}}""")).Text.ShouldContain("5002");
    }

    [Fact]
    [Contract("MIC-118")]
    public async Task Sizes_are_bounded()
    {
        var large = new string('x', 65536);
        (await CallAsync($$"""{"method":"Login","params":{"loginName":"alice","password":"correct horse battery","x":"{{large}}"},"id":3}""")).Status.ShouldBe(413);
        (await CallAsync($$$"""{"method":"GetUsers","params":{"x":"{{{large}}}"}}""")).Text.ShouldContain("5002");

        var tooLarge = await servers.Throttled.SendAsync("POST", Path, $$$"""{"method":"GetUsers","params":{"x":"{{{large}}}"}}""");
        tooLarge.Status.ShouldBe(413);
        tooLarge.Text.ShouldBe("""{"jsonrpc":"2.0","error":{"code":90413,"message":"The request body is too large."},"id":null}""");
    }

    [Fact]
    [Contract("MIC-111")]
    public async Task PreLoginInfo_is_for_everybody()
    {
        var answer = await CallAsync("""{"method":"web_getPreLoginInfo","id":1}""", "Authorization: Basic nonsense");

        answer.Text.ShouldBe("""{"jsonrpc":"2.0","result":{"ssoEnabled":0,"centralServer":"localhost","centralServerFixed":true,"version":"11.1.0","centralVersion":"11.1.0"},"id":1}""");
        JsonDocument.Parse(answer.Text).RootElement.GetProperty("result").GetProperty("ssoEnabled").ValueKind.ShouldBe(JsonValueKind.Number);
    }

    private Task<WireAnswer> CallAsync(string body, params string[] headers) => _server.SendAsync("POST", Path, body, headers);
}
