using System.Text;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>The bearer of later calls (contract sections 6 and 14).</summary>
public sealed class BearerTests(OiGates gates)
{
    [Fact]
    [Contract("OI-70", "OI-71", "OI-72", "OI-73", "OI-87", "OI-113")]
    public async Task Bearer_in_any_of_its_spellings()
    {
        var gate = await gates.Default;
        var token = (await gate.AddAndSignInAsync("bearer")).Tkn;
        foreach (var text in new[]
        {
            $"{{\"tkn\":\"{token}\"}}",
            $"{{\"tkn\":\"{token}\",\"all\":true}}",
            $"{{\"tkn\":\"{token}\"}}\n",
            $" \r\n{{ \"x\":1e400 ,\"y\":null,\t\"tkn\" : \"{token}\" , \"TKN\":\"z\",\"All\":7}} \n",
            $"{{\"\\u0074kn\":\"\\u00{(int)token[0]:x2}{token[1..]}\",\"all\":\"TRUE\"}}",
            $"{{\"tkn\":\"{token}\",\"all\":\"yes\",\"global\":\"false\"}}",
            $"{{\"tkn\":\"{token}\",\"all\":1,\"global\":null}}",
        })
        {
            var wrapped = OiRequests.Base64(text);
            foreach (var authorization in new[] { $"Bearer {wrapped}", $"bEARER    {wrapped.TrimEnd('=')}  " })
            {
                (await gate.SendAsync(OiRequests.Call(authorization))).Status.ShouldBe(200, text);
            }

            (await gate.SendAsync(OiRequests.Request("GET", "/oi", null, $"Authorization:Bearer {wrapped}"))).Status.ShouldBe(200);
        }
    }

    [Fact]
    [Contract("OI-74", "OI-75", "OI-76", "OI-79", "ATK-47", "ATK-79")]
    public async Task Unusable_header_gets_the_first_text()
    {
        var gate = await gates.Default;
        var token = (await gate.AddAndSignInAsync("unusable")).Tkn;
        var good = OiRequests.Base64($"{{\"tkn\":\"{token}\"}}").TrimEnd('=');
        var nested = new string('[', 1_000) + new string(']', 1_000);
        string?[] headers =
        [
            null, "", "Bearer", "Bearer ", $"Basic {good}", $"Bearer\t{good}", $"Bearer{good}", $"Bearer {token}", $"Bearer {good}, Bearer {good}",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", $"Bearer {good[..10]} {good[10..]}", "Bearer _-8=", $"Bearer {good}=====",
            .. new[]
            {
                $"\ufeff{{\"tkn\":\"{token}\"}}", "[]", "\"x\"", "null", "{}", "", "{", $"[{{\"tkn\":\"{token}\"}}]", $"{{\"tkn\":\"{token}\"}}x", $"{{\"tkn\":\"{token}\"}}{{}}",
                $"{{\"tkn\":\"{token}\",}}", $"{{\"tkn\":\"{token}\"/**/}}", $"{{'tkn':'{token}'}}", $"{{\u201ctkn\u201d:\u201d{token}\u201d}}", $"{{\"TKN\":\"{token}\"}}",
                "{\"tkn\":1}", "{\"tkn\":null}", "{\"tkn\":\"\"}", $"{{\"tkn\":\"{new string('x', 4_097)}\"}}", "{\"tkn\":\"\\ud800\"}", $"{{\"tkn\":\"{token}\",\"\\udc00\":1}}",
                $"{{\"tkn\":\"{token}\",\"t\":1}}", $"{{\"tkn\":\"{token}\",\"t\":\"\"}}", $"{{\"tkn\":\"{token}\",\"t\":null}}", $"{{\"tkn\":\"{token}\",\"x\":{{}}}}",
                $"{{\"tkn\":\"{token}\",\"all\":[]}}", $"{{\"tkn\":\"{token}\",\"x\":{nested}}}", $"{{\"tkn\":\"{token}\",\"tkn\":\"{token}\"}}",
                $"{{\"tkn\":\"{token}\",\"\\u0074kn\":\"{token}\"}}", $"{{\"tkn\":\"{token}\",\"x\":1,\"x\":1}}", $"{{\"tkn\":\"{token}\",\"x\":\"{new string('y', 8_192)}\"}}",
            }.Select(OiRequests.Wrapped),
            $"Bearer {Convert.ToBase64String([.. Encoding.UTF8.GetBytes($"{{\"tkn\":\"{token}\",\"x\":\""), 0xff, .. "\"}"u8])}",
            $"Bearer {Convert.ToBase64String(Encoding.Unicode.GetBytes($"{{\"tkn\":\"{token}\"}}"))}",
        ];

        foreach (var header in headers)
        {
            var answer = await gate.SendAsync(OiRequests.Call(header));
            answer.Status.ShouldBe(401, header);
            TokenRequestTests.Fault(answer, 401, "invalid-authorization-header", "Request has missing or invalid authorization header");
        }

        // Nor is the token looked for anywhere else.
        var elsewhere = OiRequests.Request("POST", $"/mdo/x?tkn={token}&access_token={token}", $"tkn={token}", $"Cookie: tkn={token}", "Content-Type: application/x-www-form-urlencoded");
        (await gate.SendAsync(elsewhere)).Status.ShouldBe(401);
        (await gate.CallAsync(token)).ShouldBe(200);
    }

    [Fact]
    [Contract("OI-77", "OI-90", "OI-99", "HTT-28")]
    public async Task Well_formed_token_that_is_not_alive_gets_the_second_text()
    {
        var gate = await gates.Default;
        var tokens = await gate.AddAndSignInAsync("unknown-token");
        foreach (var bad in new[] { "nonsense", Guid.NewGuid().ToString(), tokens.Rtkn, $"{tokens.Tkn} ", $" {tokens.Tkn}", "x", new string('x', 4_096), "\u00e9" })
        {
            await RefreshTests.InvalidAsync(gate, bad);
        }

        // The token decides before the scope does.
        var ambiguous = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer("nonsense", "\"t\":\"a\",\"all\":true")));
        ambiguous.Text.ShouldContain("invalid-token");
    }

    [Fact]
    [Contract("OI-81", "OI-85", "OI-86", "OI-113", "HTT-108")]
    public async Task Api_token_opens_what_it_was_issued_for()
    {
        var gate = await gates.Default;
        await gate.AddAsync("robot", Core.Accounts.Roles.Global, null, "robot-a", "robot-b");
        var (free, bound, wide) = (await gate.IssueAsync("robot"), await gate.IssueAsync("robot", "robot-a"), await gate.IssueAsync("robot", "robot-a", "robot-b"));

        (await EchoAsync(free, "\"all\":true")).ShouldContain("\"method\":\"api-token\",\"tenant\":null,\"scope\":\"all\",\"tenants\":[\"DEFAULTORG\",\"robot-a\",\"robot-b\"]");
        (await EchoAsync(free, "\"t\":\"ROBOT-B\"")).ShouldContain("\"tenant\":\"robot-b\",\"scope\":\"tenant\",\"tenants\":[\"robot-b\"]");
        (await EchoAsync(free, "\"global\":true")).ShouldContain("\"scope\":\"global\",\"tenants\":[]");
        (await EchoAsync(bound, "")).ShouldContain("\"tenant\":\"robot-a\",\"scope\":\"tenant\"");
        (await EchoAsync(bound, "\"all\":true")).ShouldContain("\"scope\":\"all\",\"tenants\":[\"robot-a\"]");
        (await EchoAsync(wide, "\"all\":true")).ShouldContain("\"tenants\":[\"robot-a\",\"robot-b\"]");
        foreach (var (token, scope, code) in new[]
        {
            (free, "", "tenant-not-in-scope"), (bound, "\"t\":\"robot-b\"", "tenant-not-in-scope"), (bound, "\"global\":true", "global-not-permitted"), (wide, "", "tenant-not-in-scope"),
        })
        {
            (await EchoAsync(token, scope)).ShouldContain(code);
        }

        var me = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(bound), "/ess/security/v1/me"));
        me.Text.ShouldStartWith("{\n  \"userRefID\": 0,\n  \"username\": \"robot\",\n  \"lc\": \"en_US\",\n  \"v\": 0,\n  \"userCohort\": \"");
        (await gate.RefreshAsync(bound)).Status.ShouldBe(401);
        (await gate.SendAsync(OiRequests.Call($"Bearer {bound}"))).Text.ShouldContain("invalid-authorization-header");

        async Task<string> EchoAsync(string token, string scope) => (await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(token, scope)))).Text;
    }
}
