using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

[Collection(ProactiveNetCollection.Name)]
public sealed class FrontServerTests(ProactiveNetServer shared)
{
    private const string FrontLogin = "/tsws/10.0/api/authenticate/login";
    private const string FrontLogout = "/tsws/10.0/api/authenticate/logout";
    private const string TokenPath = "/tsws/api/v10.1/token";
    private const string Invalid = "Invalid/expired token";
    private const string Json = "application/json";

    private ProactiveNetDesk Desk => shared.Desk;

    [Fact]
    [Contract("PN-84", "PN-87")]
    public async Task Login_takes_form_or_json_and_the_token_works_at_both_fronts()
    {
        await Desk.AddAsync("pn-json", "pn-json-tenant");
        foreach (var path in new[] { FrontLogin, TokenPath, TokenPath + "/" })
        {
            foreach (var (body, type) in new[]
            {
                ($$"""{"username":"pn-json","password":"{{Password}}","tenantName":"*"}""", "application/json"),
                ($$""" { "x" : [1,{"username":2}], "tenantName":null, "p\u0061ssword":"{{Password}}","\u0075sername":" pn-json","UserName":"x" } """, "Application/JSON; charset=latin1"),
                (Fields("pn-json", Password, "*"), Form),
            })
            {
                var answer = await Desk.PostAsync(path, body, type);
                answer.Status.ShouldBe(200, answer.Text);
                var token = TokenOf(answer);
                (await Desk.CallAsync(token)).Status.ShouldBe(200);
                foreach (var header in new[] { $"authToken: authToken {token}", $"AUTHTOKEN:   AUTHTOKEN   {token} ", $"authtoken: {token}", $"Authorization: authToken {token}" })
                {
                    (await Desk.GetAsync("/tsws/10.0/api/omprovider/tenants", header)).Text.ShouldContain("\"user\":\"pn-json\",\"dialect\":\"proactivenet\",\"method\":\"authtoken\"");
                }
            }
        }

        ProactiveNetDesk.Json(await Desk.CallAsync(TokenOf(await Desk.PostAsync(FrontLogin, $$"""{"username":"pn-json","password":"{{Password}}","tenantName":"PN-JSON-tenant"}""", Json))))
            .GetProperty("tenant").GetString().ShouldBe("pn-json-tenant");
        ShouldBeRefused(await Desk.PostAsync(FrontLogin, $$"""{"username":"pn-json","password":"{{Wrong}}"}""", Json));
        ShouldBeError(await Desk.PostAsync(FrontLogin, "x", "text/json"), 415, "Unsupported Media Type");
        ShouldBeError(await Desk.PostAsync(FrontLogin, "{}", null), 415, "Unsupported Media Type");
    }

    [Theory]
    [Contract("PN-85", "PN-19", "PN-20")]
    [InlineData("[]", "malformed JSON")]
    [InlineData("{", "malformed JSON")]
    [InlineData("", "malformed JSON")]
    [InlineData("null", "malformed JSON")]
    [InlineData("\"x\"", "malformed JSON")]
    [InlineData("{\"username\":1}", "malformed JSON")]
    [InlineData("{\"username\":null,\"password\":\"x\"}", "malformed JSON")]
    [InlineData("{\"username\":[\"a\"]}", "malformed JSON")]
    [InlineData("\ufeff{}", "malformed JSON")]
    [InlineData("{/* */}", "malformed JSON")]
    [InlineData("{\"username\":\"a\",}", "malformed JSON")]
    [InlineData("{} x", "malformed JSON")]
    [InlineData("{}{}", "malformed JSON")]
    [InlineData("{\"x\":\"\\ud800\"}", "malformed JSON")]
    [InlineData("{\"x\":[[[[[[[[1]]]]]]]]}", "malformed JSON")]
    [InlineData("{\"x\":[[[[[[[1]]]]]]]}", "missing parameter username")]
    [InlineData("{}", "missing parameter username")]
    [InlineData("{\"username\":\"a\",\"password\":\"\"}", "missing parameter password")]
    [InlineData("{\"username\":\"a\",\"\\u0075sername\":\"a\",\"password\":\"x\"}", "duplicate parameter username")]
    [InlineData("{\"tenantName\":null,\"tenantName\":null}", "duplicate parameter tenantName")]
    public async Task Json_that_is_not_one_plain_object_is_refused(string body, string reason) =>
        ShouldBeBadRequest(await Desk.PostAsync(FrontLogin, body, Json), reason);

    [Fact]
    [Contract("PN-85")]
    public async Task Json_that_is_not_utf8_is_refused() =>
        ShouldBeBadRequest(await Desk.SendAsync($"POST {FrontLogin} HTTP/1.1\r\nHost: x\r\nContent-Type: {Json}\r\nContent-Length: 9\r\n\r\n" + "{\"x\":\"\u00ff\"}"), "malformed JSON");

    [Fact]
    [Contract("PN-86", "PN-80", "PN-81")]
    public async Task Logout_takes_form_or_json()
    {
        await Desk.AddAsync("pn-front-out");
        var tokens = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            tokens.Add(await Desk.TokenAsync("pn-front-out"));
        }

        LogoutTests.ShouldBeLoggedOut(await Desk.PostAsync(FrontLogout, $"authToken={tokens[0]}"));
        LogoutTests.ShouldBeLoggedOut(await Desk.PostAsync(FrontLogout, $$"""{"authToken":"{{tokens[1]}}"}""", Json));
        LogoutTests.ShouldBeLoggedOut(await Desk.PostAsync(FrontLogout, "", null, $"authToken: {tokens[2]}"));
        LogoutTests.ShouldBeLoggedOut(await Desk.PostAsync(FrontLogout, "{}", Json, $"Authorization: authtoken {tokens[3]}"));
        for (var i = 0; i < 4; i++)
        {
            ShouldBeError(await Desk.PostAsync(FrontLogout, $"authToken={Uri.EscapeDataString(tokens[i])}"), 401, Invalid);
        }

        ShouldBeBadRequest(await Desk.PostAsync(FrontLogout, $$"""{"authToken":"{{tokens[4]}}"}""", Json, $"authToken: {tokens[5]}"), "more than one credential");
        ShouldBeBadRequest(await Desk.PostAsync(FrontLogout, """{"authToken":1}""", Json), "malformed JSON");
        ShouldBeBadRequest(await Desk.PostAsync(FrontLogout, "{}", Json), "missing parameter username");
        LogoutTests.ShouldBeLoggedOut(await Desk.PostAsync(FrontLogout, $$"""{"username":"pn-front-out","password":"{{Password}}"}""", Json));
        ShouldBeRefused(await Desk.CallAsync(tokens[4]));
    }

    [Fact]
    [Contract("PN-87")]
    public async Task Header_named_authToken_counts_here_alone_and_never_beside_another_credential()
    {
        await Desk.AddAsync("pn-named");
        var token = await Desk.TokenAsync("pn-named");
        foreach (var path in new[] { "/tsws/x", TokenPath })
        {
            ShouldBeBadRequest(await Desk.GetAsync(path, $"authToken: {token}", $"Authorization: authtoken {token}"), "more than one credential");
            ShouldBeBadRequest(await Desk.GetAsync(path, $"authToken: {token}", $"authToken: {token}"), "more than one credential");
        }

        (await Desk.GetAsync("/tsws/x", $"authToken: {token}", "Authorization:")).Status.ShouldBe(200);
        ShouldBeRefused(await Desk.GetAsync("/tsws/x", "authToken: authToken"));
        ShouldBeRefused(await Desk.GetAsync("/tsws/x", $"authToken: Bearer {token}"));
        ShouldBeRefused(await Desk.GetAsync(DevicePath, $"authToken: {token}"));
        (await Desk.GetAsync(DevicePath, $"Authorization: authtoken {token}", "authToken: other")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-88", "PN-89")]
    public async Task Token_is_validated_with_details_on_request()
    {
        await Desk.AddAsync("pn-\"valid", "pn-valid-tenant");
        var token = await Desk.TokenAsync("pn-\"valid");
        var bound = await Desk.TokenAsync("pn-\"valid", "pn-valid-tenant");

        var plain = await Desk.GetAsync(TokenPath, $"authToken: authToken {token}", "Content-Type: application/json", "getTokenDetails: yes");
        plain.Status.ShouldBe(200);
        plain.Text.ShouldMatch("""^\{"statusCode":"200","statusMsg":"OK","responseTimeStamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"\}$""");
        plain.Header("Cache-Control").ShouldBe("no-store");
        (await Desk.GetAsync(TokenPath, $"authToken: {token}", "getTokenDetails: TRUE")).Text.ShouldStartWith("""{"response":{"tenantName":"*","username":"pn-\"valid"},"statusCode":"200","statusMsg":"OK",""");
        (await Desk.GetAsync(TokenPath, $"Authorization: authtoken {bound}", "gettokendetails: true")).Text.ShouldStartWith("""{"response":{"tenantName":"pn-valid-tenant","username":"pn-\"valid"},""");

        var head = await Desk.SendAsync(Request("HEAD", TokenPath, $"authToken: {token}"));
        (head.Status, head.Body.Length, head.Header("Content-Type")).ShouldBe((200, 0, Json));
        ShouldBeError(await Desk.GetAsync(TokenPath), 400, "Token is missing");
        ShouldBeError(await Desk.GetAsync(TokenPath, "authToken:"), 400, "Token is missing");
        ShouldBeError(await Desk.GetAsync(TokenPath, "Authorization: authtoken"), 400, "Token is missing");
        ShouldBeError(await Desk.GetAsync(TokenPath, "authToken: AAAA"), 401, Invalid);
        ShouldBeError(await Desk.GetAsync(TokenPath, $"Authorization: Bearer {token}"), 401, Invalid);
        await Desk.LogoutAsync(token);
        ShouldBeError(await Desk.GetAsync(TokenPath, $"authToken: {token}"), 401, Invalid);
    }

    [Fact]
    [Contract("PN-90")]
    public async Task Delete_ends_the_token_of_the_header()
    {
        await Desk.AddAsync("pn-delete");
        var token = await Desk.TokenAsync("pn-delete");
        var other = await Desk.TokenAsync("pn-delete");
        ShouldBeError(await Desk.SendAsync(Request("DELETE", TokenPath)), 400, "Token is missing");
        LogoutTests.ShouldBeLoggedOut(await Desk.SendAsync(Request("DELETE", TokenPath, $"authToken: {token}", "Content-Length: 11") + "{\"ignored\":1"[..11]));
        ShouldBeError(await Desk.SendAsync(Request("DELETE", TokenPath, $"authToken: {token}")), 401, Invalid);
        (await Desk.CallAsync(other)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-91")]
    public async Task Groups_are_the_roles_of_the_account()
    {
        await Desk.AddAsync("pn-roles");
        var token = await Desk.TokenAsync("pn-roles");
        (await Desk.GetAsync(TokenPath + "/groups", $"authToken: {token}")).Text.ShouldStartWith("""{"usergroups":[],"statusCode":"200","statusMsg":"OK","responseTimeStamp":""");
        (await Desk.Server.RunAsync("account", "grant", "pn-roles", "--role", "client", "--role", "administrator")).ExitCode.ShouldBe(0);
        await FeedAsync();
        (await Desk.GetAsync(TokenPath + "/groups", $"Authorization: authtoken {token}")).Text.ShouldStartWith("""{"usergroups":["administrator","client"],""");
        ShouldBeError(await Desk.GetAsync(TokenPath + "/groups"), 400, "Token is missing");
        ShouldBeError(await Desk.GetAsync(TokenPath + "/groups", "authToken: x"), 401, Invalid);
    }
}
