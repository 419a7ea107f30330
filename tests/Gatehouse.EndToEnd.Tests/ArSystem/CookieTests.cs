using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>ARS-114: <c>UseCookie</c>.</summary>
public sealed class CookieTests(Gates gates)
{
    [Fact]
    [Contract("ARS-114", "ATK-87")]
    public async Task Login_sets_the_cookie_calls_take_it_and_logout_clears_it()
    {
        var gate = await gates.Generous;
        await gate.AddAsync("cookie-a");

        var login = await gate.LogInAsync("cookie-a");

        login.Header("Set-Cookie").ShouldBe($"AR-JWT={login.Text}; Path=/api; HttpOnly; Secure; SameSite=Strict");
        var cookie = $"Cookie: other=1; AR-JWT={login.Text}; last=2";
        (await gate.SendAsync(ArRequests.CallWith(cookie))).ShouldBeEchoOf("cookie-a");
        (await gate.SendAsync(ArRequests.CallWith(cookie, "Authorization:"))).ShouldBeEchoOf("cookie-a");

        var logout = await gate.SendAsync(ArRequests.Logout(null, cookie, "X-Requested-By: page"));
        logout.Status.ShouldBe(204);
        logout.Header("Set-Cookie").ShouldBe("AR-JWT=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0");
        (await gate.SendAsync(ArRequests.CallWith(cookie))).ShouldBe623();
    }

    [Fact]
    [Contract("ARS-48", "ARS-114")]
    public async Task A_refused_login_sets_no_cookie() =>
        (await (await gates.Generous).LogInAsync("visitor", "a wrong password")).Header("Set-Cookie").ShouldBeNull();

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("POST", false)]
    [InlineData("PUT", false)]
    [InlineData("DELETE", false)]
    [InlineData("PROPFIND", false)]
    [Contract("ARS-114", "ATK-87")]
    public async Task What_changes_something_needs_a_header_that_no_other_page_can_send(string method, bool safe)
    {
        var gate = await gates.Generous;
        var name = $"cookie-{method}";
        await gate.AddAsync(name);
        var cookie = $"Cookie: AR-JWT={await gate.TokenAsync(name)}";

        (await gate.SendAsync(ArRequests.Call(null, method: method, headers: cookie))).Status.ShouldBe(safe ? 200 : 403);
        (await gate.SendAsync(ArRequests.Call(null, method: method, headers: [cookie, "X-Requested-By:"]))).Status.ShouldBe(safe ? 200 : 403);
        (await gate.SendAsync(ArRequests.Call(null, method: method, headers: [cookie, "X-Requested-By: page"]))).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.Logout(null, cookie))).ShouldBeNotAllowed();
        (await gate.SendAsync(ArRequests.CallWith(cookie))).ShouldBeEchoOf(name);
    }

    [Fact]
    [Contract("ARS-114")]
    public async Task Authorization_alone_decides_where_there_is_one()
    {
        var gate = await gates.Generous;
        await gate.AddAsync("cookie-b");
        await gate.AddAsync("cookie-c");
        var (b, c) = (await gate.TokenAsync("cookie-b"), await gate.TokenAsync("cookie-c"));

        (await gate.SendAsync(ArRequests.Call(b, headers: $"Cookie: AR-JWT={c}"))).ShouldBeEchoOf("cookie-b");
        (await gate.SendAsync(ArRequests.Call(b, method: "POST", headers: $"Cookie: AR-JWT={c}"))).ShouldBeEchoOf("cookie-b");
        (await gate.SendAsync(ArRequests.Call("garbage", headers: $"Cookie: AR-JWT={c}"))).ShouldBe623();
    }

    [Theory]
    [InlineData("Cookie: AR-JWT={0}; AR-JWT={0}")]
    [InlineData("Cookie: AR-JWT={0}\r\nCookie: AR-JWT={0}")]
    [InlineData("Cookie: AR-JWT=; AR-JWT={0}")]
    [Contract("ARS-114")]
    public async Task Two_cookies_are_400(string headers)
    {
        var gate = await gates.Generous;
        var name = $"cookies-{Guid.NewGuid():N}";
        await gate.AddAsync(name);

        (await gate.SendAsync(ArRequests.CallWith(string.Format(headers, await gate.TokenAsync(name))))).ShouldBeMalformed("Cookie");
    }

    [Theory]
    [InlineData("Cookie: ar-jwt={0}")]
    [InlineData("Cookie: AR-JWT=\"{0}\"")]
    [InlineData("Cookie: AR-JWT=AR-JWT {0}")]
    [InlineData("Cookie: XAR-JWT={0}")]
    [InlineData("Cookie: AR-JWT")]
    [InlineData("Cookie: AR-JWT=ght_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [Contract("ARS-114", "ARS-70")]
    public async Task Any_other_cookie_is_623(string header)
    {
        var gate = await gates.Generous;
        var name = $"cookies-{Guid.NewGuid():N}";
        await gate.AddAsync(name);

        (await gate.SendAsync(ArRequests.CallWith(string.Format(header, await gate.TokenAsync(name))))).ShouldBe623();
    }
}
