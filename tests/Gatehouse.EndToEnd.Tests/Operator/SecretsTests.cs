using System.Text;
using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>
/// HTT-181, ARS-122, ATK-46: marked passwords and tokens go through good, bad and broken requests at the most talkative
/// log level; then nothing that the server wrote anywhere holds a mark.
/// </summary>
public sealed class SecretsTests : IAsyncLifetime
{
    // Five characters of each are looked for: no part of a secret longer than four may show.
    private const string RightPassword = "QZXJW right password KVQZX";
    private const string WrongPassword = "WXZQJ wrong password JQXZK";
    private const string AuthString = "ZJQXW-authString";
    private const string QueryMark = "XQJZV-query";
    private Gate _gate = null!;

    public async ValueTask InitializeAsync() => _gate = await Gate.StartAsync(
        ("Logging:LogLevel:Default", "Trace"),
        ("Logging:LogLevel:Microsoft", "Trace"),
        ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"),
        ("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel", "Trace"),
        ("Logging:Console:LogLevel:Default", "Trace"),
        ("Logging:Console:LogLevel:Microsoft", "Trace"),
        ("Logging:LogLevel:*.Hosting.Diagnostics", "Trace"),
        ("Logging:LogLevel:Micro", "Trace"),
        ("Dialects:ArSystem:UseCookie", "true"),
        ("Metrics:Token", "VXQJZ-metrics-token"));

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    [Contract("ARS-24", "ARS-122", "HTT-35", "HTT-107", "HTT-181", "ATK-46", "ATK-85")]
    public async Task No_secret_is_anywhere()
    {
        await _gate.AddAsync("secrets", Roles.Impersonator, RightPassword);
        var bodies = new List<string>();
        var token = (await _gate.LogInAsync("secrets", RightPassword)).Text;
        var released = (await _gate.LogInAsync("secrets", RightPassword)).Text;
        var api = (await _gate.Server.RunAsync("token", "issue", "secrets")).Output.Trim();
        foreach (var request in Requests(token, released, api))
        {
            bodies.Add(await AnswerAsync(_gate.Server.Https, request));
            bodies.Add(await AnswerAsync(_gate.Server.Http, request));
        }

        var audit = (await _gate.Server.RunAsync("audit", "--json")).Output + (await _gate.Server.RunAsync("audit")).Output;
        var lists = (await _gate.Server.RunAsync("session", "list", "--json")).Output + (await _gate.Server.RunAsync("token", "list", "--json")).Output;
        (await _gate.Server.StopAsync()).ShouldBe(0);

        string[] marks = ["QZXJW", "KVQZX", "WXZQJ", "JQXZK", "ZJQXW", "XQJZV", "VXQJZ", .. Parts(token), .. Parts(released), .. Parts(api)];
        _gate.Server.Log.Length.ShouldBeGreaterThan(10_000);
        ShouldHoldNone("log", _gate.Server.Log, marks);
        ShouldHoldNone("output", _gate.Server.Output, marks);
        ShouldHoldNone("audit", audit, marks);
        ShouldHoldNone("lists", lists, marks);
        bodies.ForEach(body => ShouldHoldNone("answer", body, marks));
        foreach (var file in Directory.GetFiles(_gate.Server.Data))
        {
            ShouldHoldNone(Path.GetFileName(file), Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), marks);
        }
    }

    private static IEnumerable<string> Requests(string token, string released, string api) =>
    [
        ArRequests.Login("secrets", WrongPassword),
        ArRequests.Login("secrets-nobody", WrongPassword),
        ArRequests.LoginWith($"username=secrets&password={Uri.EscapeDataString(WrongPassword)}&authString={AuthString}"),
        ArRequests.LoginWith($"username=secrets&password={Uri.EscapeDataString(RightPassword)}&password={Uri.EscapeDataString(WrongPassword)}"),
        ArRequests.LoginWith($"username=secrets&password={Uri.EscapeDataString(RightPassword)}%FF", "application/x-www-form-urlencoded; charset=utf-8"),
        ArRequests.LoginWith($$"""{"username":"secrets","password":"{{RightPassword}}"}""", "application/json"),
        ArRequests.Login("secrets", RightPassword, "X-AR-Client-Type: x"),
        ArRequests.Login("secrets", RightPassword + new string('x', 2_000)),
        ArRequests.LoginWith("", target: $"/api/jwt/login?username=secrets&password={QueryMark}"),
        ArRequests.LoginWith("", target: $"/api/jwt/{QueryMark}%zz?{QueryMark}"),
        ArRequests.Request("PUT", "/api/jwt/login", [], RightPassword),
        ArRequests.Call(token),
        ArRequests.Call(token, $"/api/arsys/x?token={QueryMark}"),
        ArRequests.CallWith($"Cookie: AR-JWT={token}"),
        ArRequests.CallWith($"Cookie: AR-JWT={token}; AR-JWT={token}"),
        ArRequests.CallWith($"Authorization: AR-JWT {token}", $"Authorization: AR-JWT {token}"),
        ArRequests.CallWith($"Authorization: Bearer {token}"),
        ArRequests.CallWith($"Authorization: Bearer {api}"),
        ArRequests.CallWith($"Authorization: Bearer {api}x"),
        ArRequests.CallWith($"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"secrets:{RightPassword}"))}"),
        ArRequests.Call(token[..^1] + (token[^1] == 'A' ? 'B' : 'A')),
        ArRequests.Call(token, headers: ["X-AR-Impersonated-User: !", $"X-AR-Trace-Id: {token}"]),
        ArRequests.CallAs(token, "admin"),
        ArRequests.Logout(api),
        ArRequests.Logout(released),
        ArRequests.Logout(released),
        ArRequests.Request("GET", "/metrics", ["Authorization: Bearer VXQJZ-metrics-token"]),
        ArRequests.Request("GET", "/metrics", ["Authorization: Bearer VXQJZ-metrics-tokem"]),
        $"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\nAuthorization: AR-JWT {token}\r\n\r\n{RightPassword}",
        $"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n{RightPassword}\r\n",
        $"GET /{QueryMark} HTTP/1.1\r\nHost: x\r\nAuthorization : {token}\r\n\r\n",
        $"{QueryMark} {token}\r\n\r\n",
    ];

    /// <summary>A look at the start, the middle and the end of a token's secret part; a JWT's claims are for everybody's eyes.</summary>
    private static IEnumerable<string> Parts(string token)
    {
        var secret = token.Split('.', '_')[^1];
        secret = secret.Length >= 30 ? secret : token[^43..];
        return [secret[..12], secret[15..27], secret[^12..]];
    }

    private static void ShouldHoldNone(string where, string text, string[] marks)
    {
        foreach (var mark in marks)
        {
            text.Contains(mark, StringComparison.OrdinalIgnoreCase).ShouldBeFalse($"{where} holds {mark}: …{Around(text, mark)}…");
        }
    }

    private static string Around(string text, string mark)
    {
        var at = text.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? "" : text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 100)];
    }

    private static async Task<string> AnswerAsync(Uri address, string request)
    {
        var answer = await WireClient.ExchangeAsync(address, request);

        // A token is said once, in the answer to its login; no other answer holds one.
        return answer.Golden();
    }
}
