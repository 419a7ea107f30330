using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Contract section 1: whose request it is, and what it is.</summary>
[Collection(MicetroCollection.Name)]
public sealed class DispatchTests(MicetroServers servers)
{
    private readonly GatehouseServer _server = servers.Plain;

    [Theory]
    [Contract("MIC-1", "MIC-2", "MIC-3")]
    [InlineData("/mmws/api/command/Login")]
    [InlineData("/mmws/api/commands/Login/")]
    [InlineData("/MMWS/Api/COMMAND/login")]
    [InlineData("/mmws/api/v2/command/LOGIN")]
    [InlineData("/mmws/api/v2/commands/Login")]
    [InlineData("/mmws/api/%63ommand/%4Cogin")]
    [InlineData("/mmws/x/../api/./command/Login")]
    public async Task Login_is_found_on_both_bases_and_spellings(string path)
    {
        var post = await _server.SendAsync("POST", path, Wire.LoginBody("alice", MicetroServers.Password));
        post.Status.ShouldBe(200, post.Text);

        var get = await _server.SendAsync("GET", path, Wire.LoginBody("alice", MicetroServers.Password));
        get.Status.ShouldBe(200, get.Text);
    }

    [Theory]
    [Contract("MIC-4", "MIC-8", "MIC-11", "MIC-86", "MIC-87")]
    [InlineData("/mmws")]
    [InlineData("/mmws/wsdldoc")]
    [InlineData("/mmws/api")]
    [InlineData("/mmws/api/doc")]
    [InlineData("/mmws/api/v2/swagger.json")]
    [InlineData("/mmws/anything/else")]
    [InlineData("/_mmwebext")]
    [InlineData("/_mmwebext/other.dll?wsdl")]
    [InlineData("/mmws/api/command/GetUsers")]
    [InlineData("/mmws/api/command/Login;x=1")]
    [InlineData("/mmws/api/command%2FLogin")]
    [InlineData("/mmws/api/command/Login%2F")]
    [InlineData("/mmws/api/command/web_getPreLoginInfo/%2e%2e/%2e%2e/Users")]
    [InlineData("/mmws/api/micetro/sessions/x")]
    [InlineData("/mmws/api?command=Login&path=/mmws/wsdl")]
    public async Task Everything_else_is_protected(string target)
    {
        var answer = await _server.GetAsync(target);

        answer.Status.ShouldBe(401);
        answer.Text.ShouldBe(Wire.MissingSession);
        answer.Header("Content-Type").ShouldBe(Wire.Json);
        answer.All("WWW-Authenticate").ShouldBe([Wire.BasicChallenge, Wire.BearerChallenge]);
    }

    [Theory]
    [Contract("MIC-5", "MIC-6")]
    [InlineData("/mmws/json", "text/xml")]
    [InlineData("/mmws/api/json", null)]
    [InlineData("/mmws/api/v2/json/", "application/json")]
    [InlineData("/mmws/soap", "application/json")]
    [InlineData("/_mmwebext/mmwebext.dll?Soap", "text/JSON; charset=utf-8")]
    public async Task JsonRpc_is_spoken(string target, string? mediaType)
    {
        var body = $$"""{"jsonrpc":"2.0","method":"Login","params":{{Wire.LoginBody("alice", MicetroServers.Password)}},"id":1}""";
        var answer = await _server.SendAsync("POST", target, body, mediaType is null ? [] : [$"Content-Type: {mediaType}"]);

        answer.Status.ShouldBe(200);
        answer.Text.ShouldStartWith("""{"jsonrpc":"2.0","result":{"session":""");
    }

    [Theory]
    [Contract("MIC-6", "MIC-7")]
    [InlineData("/mmws/soap")]
    [InlineData("/mmws/soap?")]
    [InlineData("/mmws/SOAP/")]
    [InlineData("/_mmwebext/mmwebext.dll?Soap")]
    [InlineData("/_mmwebext/MMWEBEXT.dll?sOAP&x=1")]
    [InlineData("/_mmwebext/mmwebext.dll?soap?y")]
    public async Task Soap_is_spoken(string target)
    {
        var answer = await _server.SendAsync("POST", target, Wire.Envelope(Wire.SoapLogin("alice", MicetroServers.Password)), "Content-Type: text/plain");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldContain("<LoginResponse");
    }

    [Theory]
    [Contract("MIC-7")]
    [InlineData("/_mmwebext/mmwebext.dll")]
    [InlineData("/_mmwebext/mmwebext.dll?")]
    [InlineData("/_mmwebext/mmwebext.dll?x=soap")]
    [InlineData("/_mmwebext/mmwebext.dll?soapx")]
    public async Task Old_path_without_selector_is_nothing(string target)
    {
        var answer = await _server.SendAsync("POST", target, "");

        answer.Status.ShouldBe(404);
        answer.Text.ShouldBe(Wire.Fault11(90404, "No such resource."));
    }

    [Theory]
    [Contract("MIC-9", "MIC-40")]
    [InlineData("PUT", "/mmws/api/command/Login", "GET, POST")]
    [InlineData("HEAD", "/mmws/api/command/Logout", "GET, POST")]
    [InlineData("TRACE", "/mmws/api/command/Login", "GET, POST")]
    [InlineData("DELETE", "/mmws/api/v2/commands/web_getPreLoginInfo", "GET, POST")]
    [InlineData("GET", "/mmws/api/micetro/sessions", "POST, DELETE")]
    [InlineData("PUT", "/mmws/api/micetro/sessions", "POST, DELETE")]
    [InlineData("GET", "/mmws/json", "POST")]
    [InlineData("GET", "/mmws/soap", "POST")]
    [InlineData("GET", "/_mmwebext/mmwebext.dll?Soap", "POST")]
    [InlineData("POST", "/mmws/wsdl", "GET, HEAD")]
    [InlineData("POST", "/mmws/soap?wsdl", "GET, HEAD")]
    public async Task Wrong_method_is_405_and_asks_for_nothing(string method, string target, string allow)
    {
        var answer = await _server.SendAsync(method, target, method == "HEAD" ? null : "");

        answer.Status.ShouldBe(405);
        answer.Header("Allow").ShouldBe(allow);
        answer.All("WWW-Authenticate").ShouldBeEmpty();
        (method == "HEAD" ? "\"code\":90405" : answer.Text).ShouldContain("90405");
    }

    [Theory]
    [Contract("MIC-10")]
    [InlineData("/mmws/api/command")]
    [InlineData("/mmws/api/v2/commands/")]
    [InlineData("/mmws/api/command/Login/x")]
    [InlineData("/mmws/api/commands/logout/x/y")]
    [InlineData("/mmws/api/command/web_getPreLoginInfo/x")]
    public async Task Half_and_longer_command_paths_are_nothing(string path)
    {
        var answer = await _server.GetAsync(path);

        answer.Status.ShouldBe(404);
        answer.Text.ShouldBe(Wire.NotFound);
    }

    [Theory]
    [Contract("MIC-12", "ATK-30")]
    [InlineData("X-Original-URL: /mmws/wsdl")]
    [InlineData("X-Rewrite-URL: /mmws/api/command/web_getPreLoginInfo")]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    public async Task Rewrite_headers_change_nothing(string header) => (await _server.GetAsync("/mmws/api/Users", header)).Status.ShouldBe(401);

    [Theory]
    [Contract("MIC-13")]
    [InlineData("/api/command/Login")]
    [InlineData("/soap")]
    [InlineData("/_mmws/mmwebext.dll?Soap")]
    public async Task Stripped_prefix_is_not_served(string target) => (await _server.SendAsync("POST", target, "")).Status.ShouldBe(404);

    [Theory]
    [Contract("MIC-14", "MIC-47", "MIC-65")]
    [InlineData("GET", "/mmws/api/Users", "", Wire.Json)]
    [InlineData("POST", "/mmws/api/micetro/sessions", "", Wire.Json)]
    [InlineData("GET", "/mmws/wsdl", "", "text/xml; charset=utf-8")]
    [InlineData("POST", "/mmws/json", "", Wire.Json)]
    [InlineData("POST", "/_mmwebext/mmwebext.dll?Soap", "Content-Type: application/json", Wire.Json)]
    [InlineData("POST", "/mmws/soap", "", "text/xml; charset=utf-8")]
    public async Task Plain_http_from_elsewhere_is_refused_before_anything_is_read(string method, string target, string header, string contentType)
    {
        string[] headers = ["X-Forwarded-For: 203.0.113.7", "Authorization: Bearer x", "Authorization: Bearer y", .. header.Length == 0 ? Array.Empty<string>() : [header]];
        var answer = await _server.SendFromAsync(MicetroServers.Proxy, method, target, method == "POST" ? "{}" : null, headers);

        answer.Status.ShouldBe(403);
        answer.Header("Content-Type").ShouldBe(contentType);
        answer.Text.ShouldContain("90403");
        answer.Text.ShouldContain("HTTPS is required.");
        answer.All("WWW-Authenticate").ShouldBeEmpty();

        var overTls = await _server.SendFromAsync(MicetroServers.Proxy, "GET", "/mmws/wsdl", null, "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https");
        overTls.Status.ShouldBe(200);
    }

    [Fact]
    [Contract("MIC-14")]
    public void AllowHttp_warns_once()
    {
        servers.Throttled.Log.Split("Gatehouse:Dialects:Micetro:AllowHttp").Length.ShouldBeGreaterThan(1);
        servers.Plain.Log.ShouldNotContain("Micetro:AllowHttp");
    }

    [Theory]
    [Contract("MIC-15")]
    [InlineData("GET", "/mmws/api/Users", 400)]
    [InlineData("GET", "/mmws/wsdl", 500)]
    [InlineData("GET", "/mmws/api/command/web_getPreLoginInfo", 400)]
    [InlineData("POST", "/mmws/api/micetro/sessions", 400)]
    [InlineData("POST", "/mmws/json", 400)]
    [InlineData("POST", "/mmws/soap", 500)]
    public async Task Two_authorization_headers_are_refused_everywhere(string method, string path, int status)
    {
        var session = await _server.LoginAsync();
        var answer = await _server.SendAsync(method, path, method == "POST" ? "" : null, $"Authorization: Bearer {session}", $"Authorization: Bearer {session}");

        answer.Status.ShouldBe(status);
        answer.Text.ShouldContain("More than one Authorization header.");
        answer.All("WWW-Authenticate").ShouldBeEmpty();
    }

    [Theory]
    [Contract("MIC-16")]
    [InlineData("/mmws/api/command/web_getPreLoginInfo")]
    [InlineData("/mmws/wsdl")]
    public async Task Open_endpoints_ignore_credentials(string path)
    {
        var plain = await _server.GetAsync(path);
        foreach (var header in new[] { "Authorization:", "Authorization: Basic xx", "Authorization: Bearer wrong", "Authorization: Negotiate AAAA", Wire.Basic("alice", "wrong password here") })
        {
            var answer = await _server.GetAsync(path, header);
            answer.Status.ShouldBe(200);
            answer.Text.ShouldBe(plain.Text);
        }

        (await _server.GetAsync("/mmws/api/Users", "Authorization:   ")).Text.ShouldBe(Wire.MissingSession);
    }
}
