using System.Text;
using Gatehouse.Testing;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

[Collection(ProactiveNetCollection.Name)]
public sealed class Base64Tests(ProactiveNetServer shared)
{
    private ProactiveNetDesk Desk => shared.Desk;

    [Fact]
    [Contract("PN-55", "PN-56", "PN-60", "PN-113")]
    public async Task Name_and_password_open_without_login_and_are_hashed_once()
    {
        await Desk.AddAsync("pn-base64");

        var first = await Desk.CallWithPasswordAsync("pn-base64", Password);
        first.Status.ShouldBe(200, first.Text);
        first.Text.ShouldBe("""{"user":"pn-base64","dialect":"proactivenet","method":"authtoken-basic","tenant":null,"scope":null,"tenants":[],"impersonator":null,"session":null}""");
        for (var i = 0; i < 20; i++)
        {
            var scheme = i % 2 == 0 ? "authToken" : "bASIC";
            (await Desk.SendAsync(Get(DevicePath, $"Authorization: {scheme}  {Base64("pn-base64", Password)}"), https: true)).Status.ShouldBe(200);
        }

        // From memory there is no row: the authority was asked once.
        var rows = await Desk.AuditAsync("pn-base64");
        rows.Select(row => (row.Event, row.Outcome, row.Method, row.Session)).ShouldBe([("sign-in", "accepted", "authtoken-basic", null)]);
    }

    [Fact]
    [Contract("PN-48", "PN-57")]
    public async Task What_is_not_name_and_password_is_refused_and_no_guess()
    {
        await Desk.AddAsync("pn-shape");
        var good = Base64("pn-shape", Wrong + "?>");
        var values = new List<string>
        {
            "YWxpY2U=", Base64(":pw"), Base64("pn-shape:"), Base64(":"), "_-8=", good.TrimEnd('='), good + "=", good.Insert(4, " "), $"{good}, authtoken {good}", $"\"{good}\"", good + ";charset=utf-8",
            Base64("pn-shape:" + Password + "\n"), Base64("pn-shape\0:" + Password), Base64("pn-shape:with\u0085inside-of-it"), Base64(new string('n', 257), Password), Base64("pn-shape", new string('p', 1_025)),
            Convert.ToBase64String([.. Encoding.ASCII.GetBytes("pn-shape:"), 0xff, 0xfe]), Convert.ToBase64String([.. Encoding.ASCII.GetBytes("pn-shape:"), 0xc0, 0xaf]), "A", "====", $"pn-shape:{Password}", "Zm9=",
        };
        foreach (var value in values)
        {
            foreach (var scheme in new[] { "authtoken", "Basic" })
            {
                ShouldBeRefused(await Desk.SendAsync(Get(DevicePath, $"Authorization: {scheme} {value}"), https: true));
            }
        }

        (await Desk.GuessesAsync("pn-shape")).ShouldBe(0);
        (await Desk.AuditAsync("pn-shape")).ShouldBeEmpty();
    }

    [Fact]
    [Contract("PN-57")]
    public async Task First_colon_divides_and_the_name_is_canonical()
    {
        var set = await Desk.Server.RunWithInputAsync("päss:wörd: with colons", "account", "add", "pn-divide", "--password-stdin");
        set.ExitCode.ShouldBe(0, set.Errors);
        (await Desk.CallWithPasswordAsync(" pn-divide ", "päss:wörd: with colons")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-58")]
    public async Task Over_plain_http_nothing_is_checked()
    {
        await Desk.AddAsync("pn-plain");
        foreach (var scheme in new[] { "authtoken", "Basic" })
        {
            ShouldBeError(await Desk.GetAsync(DevicePath, $"Authorization: {scheme} {Base64("pn-plain", Wrong)}"), 403, HttpsRequired);
            ShouldBeError(await Desk.GetAsync(DevicePath, $"Authorization: {scheme} {Base64("pn-plain", Password)}", "X-Forwarded-Proto: https", "Forwarded: proto=https"), 403, HttpsRequired);
        }

        (await Desk.GuessesAsync("pn-plain")).ShouldBe(0);
        (await Desk.AuditAsync("pn-plain")).ShouldBeEmpty();
        (await Desk.CallAsync(await Desk.TokenAsync("pn-plain"))).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-59")]
    public async Task Under_the_later_front_server_and_at_own_endpoints_it_was_never_taken()
    {
        await Desk.AddAsync("pn-front64");
        var token = await Desk.TokenAsync("pn-front64");
        foreach (var scheme in new[] { "authtoken", "Basic" })
        {
            var header = $"Authorization: {scheme} {Base64("pn-front64", Password)}";
            ShouldBeRefused(await Desk.SendAsync(Get("/tsws/10.0/api/x", header), https: true));
            ShouldBeRefused(await Desk.SendAsync(Post(LogoutPath, "", null, header), https: true));
            ShouldBeRefused(await Desk.SendAsync(Post(LogoutPath, Fields("pn-front64", Password), Form, header), https: true));
            ShouldBeError(await Desk.SendAsync(Get("/tsws/api/v10.1/token", header), https: true), 401, "Invalid/expired token");
        }

        ShouldBeRefused(await Desk.SendAsync(Get("/tsws/x", $"authToken: {Base64("pn-front64", Password)}"), https: true));
        (await Desk.CallAsync(token)).Status.ShouldBe(200);
        (await Desk.AuditAsync("pn-front64")).Count.ShouldBe(1);
    }

    [Fact]
    [Contract("PN-61", "PN-110")]
    public async Task Remembered_password_is_forgotten_with_its_account()
    {
        await Desk.AddAsync("pn-forget");
        (await Desk.CallWithPasswordAsync("pn-forget", Password)).Status.ShouldBe(200);
        var token = await Desk.TokenAsync("pn-forget");

        (await Desk.Server.RunWithInputAsync("another fine password", "account", "password", "pn-forget", "--password-stdin")).ExitCode.ShouldBe(0);
        await FeedAsync();
        ShouldBeRefused(await Desk.CallWithPasswordAsync("pn-forget", Password));
        ShouldBeRefused(await Desk.CallAsync(token));
        (await Desk.CallWithPasswordAsync("pn-forget", "another fine password")).Status.ShouldBe(200);
        (await Desk.Server.RunAsync("account", "disable", "pn-forget")).ExitCode.ShouldBe(0);
        await FeedAsync();
        ShouldBeRefused(await Desk.CallWithPasswordAsync("pn-forget", "another fine password"));
    }

    [Fact]
    [Contract("PN-115", "PN-114")]
    public async Task Log_helps_with_two_common_mistakes_and_the_answer_does_not()
    {
        const string Secret = "verysecretpassword";
        ShouldBeRefused(await Desk.CallAsync(Base64($"pn-hint:{Secret}\n"), https: true));
        ShouldBeRefused(await Desk.CallAsync($"pn-hint:{Secret}", https: true));
        ShouldBeRefused(await Desk.CallAsync(Base64($"pn-hint\n{Secret}\n"), https: true));
        await Task.Delay(700);

        var lines = Desk.Server.Log.Split('\n');
        lines.Count(line => line.Contains("\"EventId\":2302", StringComparison.Ordinal) && line.Contains("hint=trailing-newline", StringComparison.Ordinal) && line.Contains("\"LogLevel\":\"Information\"", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(1);
        lines.Count(line => line.Contains("\"EventId\":2303", StringComparison.Ordinal) && line.Contains("hint=not-encoded", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(1);
        Desk.Server.Log.ShouldNotContain(Secret);
        Desk.Server.Log.ShouldNotContain(Base64($"pn-hint:{Secret}\n")[..20]);
    }
}
