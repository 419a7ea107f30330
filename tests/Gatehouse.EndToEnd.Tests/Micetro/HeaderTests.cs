using System.Text;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Contract section 7.</summary>
[Collection(MicetroCollection.Name)]
public sealed class HeaderTests(MicetroServers servers)
{
    private const string Call = "/mmws/api/Users";
    private readonly GatehouseServer _server = servers.Plain;

    [Fact]
    [Contract("MIC-84", "MIC-88", "MIC-90", "MIC-113")]
    public async Task Header_alone_is_enough()
    {
        var bearer = await _server.GetAsync(Call, $"Authorization: BEARER   {await _server.LoginAsync()}");
        bearer.Status.ShouldBe(200);
        bearer.Header("Content-Type").ShouldBe("application/json");

        var basic = await _server.GetAsync(Call, Wire.Basic("alice", MicetroServers.Password).Replace("Basic", "bAsIc", StringComparison.Ordinal));
        basic.Text.ShouldBe("""{"user":"alice","dialect":"micetro","method":"password-basic","tenant":null,"scope":null,"tenants":["DEFAULTORG"],"impersonator":null,"session":null}""");
    }

    [Theory]
    [Contract("MIC-85")]
    [InlineData("?session=x")]
    [InlineData("?session=")]
    [InlineData("?x=1&Session")]
    public async Task Header_and_parameter_exclude_each_other(string query)
    {
        foreach (var header in new[] { $"Authorization: Bearer {await _server.LoginAsync()}", Wire.Basic("alice", MicetroServers.Password), "Authorization: Digest x" })
        {
            var answer = await _server.GetAsync(Call + query, header);
            answer.Status.ShouldBe(400);
            answer.Text.ShouldBe(Wire.Error(90400, "Send either an Authorization header or the session parameter, not both."));
            answer.All("WWW-Authenticate").ShouldBeEmpty();
        }

        // The body of a command is looked into, that of another path is not.
        var bearer = $"Authorization: Bearer {await _server.LoginAsync()}";
        (await _server.SendAsync("POST", "/mmws/api/command/GetUsers", """{"session":""}""", "Content-Type: application/json", bearer)).Status.ShouldBe(400);
        (await _server.SendAsync("POST", Call, """{"session":""}""", "Content-Type: application/json", bearer)).Status.ShouldBe(200);
    }

    [Theory]
    [Contract("MIC-86", "MIC-87", "MIC-96", "MIC-97")]
    [InlineData("Digest username=\"alice\"")]
    [InlineData("NTLM TlRMTVNTUAABAAAA")]
    [InlineData("Negotate AAAA")]
    [InlineData("Negotiate YIIJ")]
    [InlineData("Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("Basically YWxpY2U6eA==")]
    [InlineData("AR-JWT x")]
    public async Task Schemes_that_are_not_taken_are_not_looked_at(string value)
    {
        var answer = await _server.GetAsync(Call, $"Authorization: {value}");

        answer.Status.ShouldBe(401);
        answer.Text.ShouldBe(Wire.MissingSession);
        answer.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, Wire.BearerChallenge]);
    }

    [Theory]
    [Contract("MIC-89")]
    [InlineData("Bearer")]
    [InlineData("Bearer  ")]
    [InlineData("Bearer a b")]
    [InlineData("Bearer a, Bearer b")]
    [InlineData("Bearer \"abc\"")]
    [InlineData("Bearer a!b")]
    public async Task Malformed_bearer_is_an_invalid_session(string value)
    {
        var answer = await _server.GetAsync(Call, $"Authorization: {value}");

        answer.Status.ShouldBe(401);
        answer.Text.ShouldBe(Wire.InvalidSession);
        answer.All("WWW-Authenticate").ShouldBe([Wire.InvalidTokenChallenge]);
    }

    [Fact]
    [Contract("MIC-91")]
    public async Task Basic_is_utf8_and_split_at_the_first_colon()
    {
        await _server.AddAccountAsync("DOM\\jürgen", "pass:with:colons:ü");

        var answer = await _server.GetAsync(Call, Wire.Basic("DOM\\jürgen", "pass:with:colons:ü"));
        answer.Status.ShouldBe(200);
        answer.Text.ShouldContain("\"user\":\"DOM\\\\jürgen\"");

        var latin = Convert.ToBase64String(Encoding.Latin1.GetBytes("DOM\\jürgen:pass:with:colons:ü"));
        (await _server.GetAsync(Call, $"Authorization: Basic {latin}")).Text.ShouldBe(Wire.BadCredentials);

        var call = await _server.SoapAsync(Wire.Envelope("<GetUsers/>"), Wire.Basic("DOM\\jürgen", "pass:with:colons:ü"));
        call.Text.ShouldContain("<user>DOM\\jürgen</user>");
    }

    [Theory]
    [Contract("MIC-92")]
    [InlineData("Basic")]
    [InlineData("Basic !!!!")]
    [InlineData("Basic YWxpY2U6 eA==")]
    [InlineData("Basic YWxpY2U6eA")]
    [InlineData("Basic YWxpY2U6-_8=")]
    [InlineData("Basic YWxpY2U=")]
    [InlineData("Basic OnBhc3M=")]
    [InlineData("Basic YWxpY2U6")]
    [InlineData("Basic YWxpY2U6YQBi")]
    [InlineData("Basic /////w==")]
    public async Task Malformed_basic_is_a_wrong_password(string value)
    {
        var answer = await _server.GetAsync(Call, $"Authorization: {value}");

        answer.Status.ShouldBe(401);
        answer.Text.ShouldBe(Wire.BadCredentials);
        answer.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, Wire.BearerChallenge]);
    }

    [Fact]
    [Contract("MIC-94")]
    public async Task Other_sites_need_a_bearer_token()
    {
        var basic = Wire.Basic("alice", MicetroServers.Password);
        var refused = await _server.GetAsync(Call, basic, "Sec-Fetch-Site: cross-site");
        refused.Status.ShouldBe(403);
        refused.Text.ShouldBe(Wire.Error(90403, "Cross-site requests need a Bearer token."));
        refused.All("WWW-Authenticate").ShouldBeEmpty();

        (await _server.GetAsync(Call, basic, "Sec-Fetch-Site: same-origin")).Status.ShouldBe(200);
        (await _server.GetAsync(Call, $"Authorization: Bearer {await _server.LoginAsync()}", "Sec-Fetch-Site: cross-site")).Status.ShouldBe(200);
        (await _server.SoapAsync(Wire.Envelope("<x/>"), basic, "Sec-Fetch-Site: cross-site")).Text.ShouldBe(Wire.Fault11(90403, "Cross-site requests need a Bearer token."));
    }

    [Fact]
    [Contract("MIC-102")]
    public async Task Large_headers_are_read_and_too_large_ones_refused()
    {
        (await _server.GetAsync(Call, $"Authorization: Negotiate {new string('A', 63_900)}")).Text.ShouldBe(Wire.MissingSession);
        (await _server.GetAsync(Call, $"Authorization: Bearer {new string('A', 63_900)}")).Text.ShouldBe(Wire.InvalidSession);
        (await _server.GetAsync(Call, $"Authorization: Negotiate {new string('A', 140_000)}")).Status.ShouldBe(431);
    }

    [Fact]
    [Contract("MIC-139")]
    public async Task Password_as_parameter_of_a_call_is_no_credential()
    {
        (await _server.SendAsync("POST", "/mmws/api/command/GetUsers", """{"loginName":"alice","password":"correct horse battery"}""", "Content-Type: application/json")).Text.ShouldBe(Wire.MissingSession);
        (await _server.GetAsync($"{Call}?loginName=alice")).Text.ShouldBe(Wire.MissingSession);
        foreach (var header in new[] { "X: y", $"Authorization: Bearer {await _server.LoginAsync()}" })
        {
            var answer = await _server.GetAsync($"{Call}?loginName=alice&password=correct%20horse%20battery", header);
            answer.Status.ShouldBe(400);
            answer.Text.ShouldBe(Wire.Error(90400, "loginName and password must not be in the URL."));
        }
    }

    [Fact]
    [Contract("MIC-114", "MIC-135")]
    public async Task Command_is_echoed_as_a_result()
    {
        var answer = await _server.GetAsync("/mmws/api/v2/commands/GetUsers/", Wire.Basic("admin", _server.AdminPassword));
        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe(Wire.Json);
        answer.Text.ShouldBe("""{"result":{"user":"admin","dialect":"micetro","method":"password-basic","tenant":null,"scope":null,"tenants":["DEFAULTORG"],"impersonator":null,"session":null}}""");

        // A member of no tenant enters, too.
        (await servers.Throttled.GetAsync("/mmws/api/command/GetUsers", Wire.Basic("alice", MicetroServers.Password))).Text.ShouldContain("\"tenants\":[]");
    }

    [Theory]
    [Contract("MIC-121", "MIC-123", "MIC-138")]
    [InlineData("GET", "/mmws/api/command", 404)]
    [InlineData("PUT", "/mmws/api/command/Login", 405)]
    [InlineData("TRACE", "/mmws/api/Users", 405)]
    [InlineData("GET", "/mmws/api/Users", 401)]
    [InlineData("POST", "/mmws/api/command/Login", 400)]
    public async Task Rest_errors_have_one_shape(string method, string path, int status)
    {
        var answer = await _server.SendAsync(method, path, method == "POST" ? "<xml>&secret</xml>" : null);

        answer.Status.ShouldBe(status);
        answer.Header("Content-Type").ShouldBe(Wire.Json);
        answer.Text.ShouldMatch("^\\{\"error\":\\{\"code\":[0-9]+,\"message\":\"[A-Za-z0-9 .]+\"\\}\\}$");
        answer.Text.ShouldNotContain("secret");
        answer.All("Server").ShouldBeEmpty();
    }
}
