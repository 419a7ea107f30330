using FsCheck.Fluent;
using Gatehouse.Testing;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

[Collection(ProactiveNetCollection.Name)]
public sealed class PathTests(ProactiveNetServer shared)
{
    private ProactiveNetDesk Desk => shared.Desk;

    [Theory]
    [Contract("PN-3", "PN-8")]
    [InlineData("//bppmws/api/x")]
    [InlineData("/BPPMWS/Api/x")]
    [InlineData("/bppmws/%61pi/x")]
    [InlineData("/bppmws/api")]
    [InlineData("/bppmws/api/")]
    [InlineData("/bppmws/api/x;authenticate/login")]
    [InlineData("/bppmws/api/authenticate/../Device")]
    [InlineData("/bppmws/api/authenticate%2Flogin")]
    [InlineData("/tsws")]
    [InlineData("/TSWS/10.0/api/authenticatex")]
    [InlineData("/tsws/api/v10.1/tokens")]
    [InlineData("/tsws/api/v10.1")]
    public async Task Protected_path_stays_protected_in_every_spelling(string path)
    {
        foreach (var method in new[] { "GET", "POST", "PATCH", "OPTIONS", "DELETE", "PROPFIND" })
        {
            ShouldBeRefused(await Desk.SendAsync(Request(method, path)));
        }

        ShouldBeError(await Desk.SendAsync(Request("TRACE", path)), 405, "Method Not Allowed");
    }

    [Fact]
    [Contract("PN-8")]
    public async Task Endpoints_answer_in_every_spelling()
    {
        await Desk.AddAsync("pn-spelling");
        foreach (var path in new[] { LoginPath + "/", "//bppmws//api/authenticate/login", "/BPPMWS/API/Authenticate/LOGIN", "/bppmws/api/%61uthenticate/login", "/tsws/10.0/api/authenticate/login/" })
        {
            (await Desk.PostAsync(path, Fields("pn-spelling", Password))).Status.ShouldBe(200, path);
        }
    }

    [Theory]
    [Contract("PN-7", "PN-103")]
    [InlineData("/bppmws/api/authenticate")]
    [InlineData("/bppmws/api/authenticate/")]
    [InlineData("/bppmws/api/authenticate/x")]
    [InlineData("/bppmws/api/authenticate/login/x")]
    [InlineData("/bppmws/api/authenticate/login;x=1")]
    [InlineData("/bppmws/api/authenticate;x=1/login")]
    [InlineData("/tsws/10.0/api/authenticate")]
    [InlineData("/tsws/10.0/api/authenticate/logout/x")]
    [InlineData("/tsws/10.0;a/api/authenticate/login")]
    [InlineData("/tsws/api/v10.1/token/x")]
    [InlineData("/tsws/api/v10.1/token/groups/x")]
    [InlineData("/tsws/api/v10.1/token;x=1")]
    public async Task Paths_beside_the_own_endpoints_are_404_for_everybody(string path)
    {
        await Desk.AddAsync("pn-404" + path);
        var token = await Desk.TokenAsync("pn-404" + path);
        foreach (var method in new[] { "GET", "POST" })
        {
            ShouldBeError(await Desk.SendAsync(Request(method, path)), 404, "Not Found");
            ShouldBeError(await Desk.SendAsync(Request(method, path, $"Authorization: authtoken {token}")), 404, "Not Found");
        }
    }

    [Theory]
    [Contract("PN-9")]
    [InlineData("/bppmws")]
    [InlineData("/bppmws/")]
    [InlineData("/bppmws/apix")]
    [InlineData("/bppmws/api;a/x")]
    [InlineData("/bppmws/x")]
    [InlineData("/tswsx")]
    [InlineData("/tsws;x")]
    public async Task Neighbours_are_nobodys(string path)
    {
        var answer = await Desk.GetAsync(path, "Authorization: authtoken x");
        answer.Status.ShouldBe(404);
        answer.Header("Content-Type").ShouldBe("application/problem+json");
    }

    [Theory]
    [Contract("PN-6")]
    [InlineData("GET", LoginPath, "POST")]
    [InlineData("HEAD", LogoutPath, "POST")]
    [InlineData("OPTIONS", "/tsws/10.0/api/authenticate/login", "POST")]
    [InlineData("PUT", "/tsws/10.0/api/authenticate/logout", "POST")]
    [InlineData("PATCH", "/tsws/api/v10.1/token", "DELETE, GET, HEAD, POST")]
    [InlineData("POST", "/tsws/api/v10.1/token/groups", "GET, HEAD")]
    [InlineData("TRACE", LoginPath, "POST")]
    public async Task Other_methods_are_405_with_the_ones_that_there_are(string method, string path, string allow)
    {
        var answer = await Desk.SendAsync(Request(method, path, "Authorization: a", "Authorization: b"));
        answer.Header("Allow").ShouldBe(allow);
        answer.Status.ShouldBe(405);
        if (method != "HEAD")
        {
            ShouldBeError(answer, 405, "Method Not Allowed");
        }
    }

    [Fact]
    [Contract("PN-98", "PN-102")]
    public async Task Message_that_breaks_the_rules_of_http_is_refused_in_the_envelope()
    {
        var answer = await Desk.SendAsync($"POST {LoginPath} HTTP/1.1\r\nHost: x\r\nContent-Type: {Form}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        ShouldBeBadRequest(answer, "malformed message");
        answer.Header("Connection").ShouldBe("close");
    }

    [Fact]
    [Contract("PN-24", "PN-45", "PN-85", "PN-98", "PN-107")]
    public async Task Noise_is_never_let_in_and_never_a_fault_of_ours()
    {
        foreach (var noise in ParserTests.Noise.Generator.Sample(20, 40).Select(bytes => System.Text.Encoding.Latin1.GetString(bytes)))
        {
            foreach (var (path, type) in new[] { (LoginPath, Form), (LogoutPath, Form), ("/tsws/10.0/api/authenticate/login", "application/json"), ("/tsws/10.0/api/authenticate/logout", "application/json") })
            {
                var answer = await Desk.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {type}\r\nContent-Length: {noise.Length}\r\n\r\n{noise}");
                answer.Status.ShouldBeInRange(400, 499);
                answer.Text.ShouldStartWith("""{"response":{"status":"FAILED","authPassed":false},"statusCode":"4""");
            }

            (await Desk.CallAsync(Base64(noise))).Status.ShouldBeInRange(401, 403);
            (await Desk.GetAsync($"{DevicePath}?{Uri.EscapeDataString(noise)}", $"Authorization: authtoken {Uri.EscapeDataString(noise)}")).Status.ShouldBeInRange(400, 403);
        }
    }
}
