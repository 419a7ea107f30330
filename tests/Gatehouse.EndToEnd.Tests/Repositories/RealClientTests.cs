using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

/// <summary>The programs that callers really use, in all three forms of the password.</summary>
[Collection(RepositoriesServerUsers.Name)]
public sealed class RealClientTests(RepositoriesServer fixture)
{
    private const string Password = "bloggs bloggs bloggs";

    /// <summary>The document's program for the module <c>request</c>, its second spelling: the first one calls a function that no version of the module has.</summary>
    private const string RequestProgram =
        """
        var request = require("request");
        var username = process.env.REP_USER;
        var password = process.env.REP_PASSWORD;
        request.get(process.env.REP_URL, {
            'auth': {
                'user': username,
                'pass': password,
                'sendImmediately': false
            }
        }, function (error, response, body) {
            console.log(error ? String(error) : response.statusCode + " " + body);
        });
        """;

    /// <summary>The document's program for the module <c>https</c>.</summary>
    private const string HttpsProgram =
        """
        var https = require("https");
        var username = process.env.REP_USER;
        var password = process.env.REP_PASSWORD;
        var options = {
           host: 'localhost',
           port: process.env.REP_PORT,
           path: '/api/repositories/clients/',
           // authentication headers
           headers: {
              'Authorization': 'Basic ' + new Buffer(username + ':' + password).toString('base64')
           }
        };

        //create a request using above options
        var req = https.get(options, function(res){
            var body = "";
            res.on("data", function (part) { body += part; });
            res.on("end", function () { console.log(res.statusCode + " " + body); });
        });
        """;

    private GatehouseServer Server => fixture.Server;

    [Fact]
    [Contract("REP-1", "REP-21", "REP-22", "REP-25", "REP-26", "REP-30", "REP-31", "REP-32")]
    public async Task The_programs_of_the_document_get_in_with_all_three_forms()
    {
        await Server.RunAsync("tenant", "add", "clients");
        await Server.AddAccountAsync("joe", Password, "--tenant", "clients");
        var session = await Ask.IssueAsync(Server.Https, "clients", "joe", Password);
        (string Password, string Method)[] forms =
        [
            (Password, "password-basic"), ($$"""{"session":"{{session.Session}}","sid":"{{session.Sid}}"}""", "session-basic"), ($$"""{"session":"{{session.Session}}"}""", "session-basic"),
        ];
        foreach (var (password, method) in forms)
        {
            (string, string)[] environment =
            [
                ("REP_USER", "joe"), ("REP_PASSWORD", password), ("REP_PORT", $"{Server.Https.Port}"), ("REP_URL", $"https://localhost:{Server.Https.Port}/api/repositories/clients/"), ("NODE_DEBUG", "request"),
            ];
            var bareFirst = await fixture.NodeAsync(RequestProgram, withRequest: true, environment);
            bareFirst.Output.ShouldStartWith($$"""200 {"user":"joe","dialect":"repositories","method":"{{method}}","tenant":"clients",""");
            StatusesOf(bareFirst.Errors).ShouldBe([401, 200]);

            var atOnce = await fixture.NodeAsync(HttpsProgram, withRequest: false, environment);
            atOnce.Output.ShouldStartWith($$"""200 {"user":"joe","dialect":"repositories","method":"{{method}}","tenant":"clients",""");
        }

        var wrong = await fixture.NodeAsync(RequestProgram, withRequest: true, ("REP_USER", "joe"), ("REP_PASSWORD", "wrong"), ("REP_URL", $"https://localhost:{Server.Https.Port}/api/repositories/clients"));
        wrong.Output.Trim().ShouldBe("""401 {"message":"Unauthorized"}""");
    }

    [Fact]
    [Contract("REP-1", "REP-4", "REP-21", "REP-22", "REP-29", "REP-65", "REP-72", "REP-73")]
    public async Task Curl_gets_in_at_once_and_after_reading_the_challenge_over_either_http()
    {
        await Server.RunAsync("tenant", "add", "curled");
        await Server.AddAccountAsync("carl", Password, "--tenant", "curled");
        var session = await Ask.IssueAsync(Server.Https, "curled", "carl", Password);
        var url = new Uri(Server.Https, "/api/repositories/curled").ToString();
        foreach (var password in new[] { Password, Ask.Form(session), Ask.OldForm(session) })
        {
            foreach (var version in new[] { "--http1.1", "--http2" })
            {
                (await fixture.CurlAsync(version, "-u", $"carl:{password}", url)).Output.ShouldContain(" 200 ");
                var asked = await fixture.CurlAsync(version, "--anyauth", "-u", $"carl:{password}", url + "/", "-X", "POST", "-d", "x=1");
                asked.Output.ShouldContain(" 401 ");
                asked.Output.ShouldContain("{\"user\":\"carl\"");
            }
        }

        var login = await fixture.CurlAsync("--anyauth", "-u", $"carl:{Password}", url + "/login");
        login.Output.ShouldContain("{\"message\":\"Failed to authenticate the client\"}", customMessage: "without a challenge curl has nothing to answer");
        (await fixture.CurlAsync("-u", $"carl:{Password}", url + "/login")).Output.ShouldContain("{\"message\":\"Client successfully authenticated\"}");
        (await fixture.CurlAsync("-X", "DELETE", "-u", $"carl:{Ask.Form(session)}", url + "/sessions")).Output.ShouldContain(" 204 ");
        (await fixture.CurlAsync("-u", $"carl:{Ask.Form(session)}", url)).Output.ShouldContain(" 401 ");
    }

    [Fact]
    [Contract("REP-88")]
    public async Task The_line_that_the_first_start_prints_can_be_pasted()
    {
        var line = Server.Output.Split('\n').Single(text => text.Contains("/api/repositories/", StringComparison.Ordinal)).Trim();

        (await RepositoriesServer.RunAsync("sh", ["-c", line])).Output.ShouldStartWith("""{"user":"admin","dialect":"repositories","method":"password-basic","tenant":"DEFAULTORG",""");
    }

    /// <summary>Statuses that the module received, as its debug output tells them.</summary>
    private static List<int> StatusesOf(string debug) =>
        [.. debug.Split('\n').Where(line => line.Contains("onRequestResponse", StringComparison.Ordinal)).Select(line => int.Parse(line.Split(' ').First(word => word is "401" or "200"), System.Globalization.CultureInfo.InvariantCulture))];
}
