using System.Globalization;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.Data.Sqlite;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

/// <summary>A server with everything set that narrows: HTTPS only, short tempers, a properties file, a proxy in front.</summary>
public sealed class GuardedServer : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();

    internal ProactiveNetDesk Desk { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var file = _directory.File("bppmws.properties");
        await File.WriteAllTextAsync(file, "# pronto\r\nallowSingleEventBodyInCreate=pn-other-value\r\nloginExpiryInterval_\\\r\n  hrs : 12 \r\n");
        Desk = await ProactiveNetDesk.OpenAsync(
            ("PropertiesFile", file),
            ("AllowHttp", "false"),
            ("AllowBasicScheme", "false"),
            ("AllowBase64OverHttp", "false"),
            ("NoTenantNames", "none, -"),
            ("TombstoneDays", "3"),
            ("TrustedProxies", "127.0.0.2"),
            ("Throttle:FreeAttempts", "2"),
            ("Throttle:FirstDelaySeconds", "2"),
            ("Throttle:MaxDelaySeconds", "2"),
            ("Throttle:LockAfter", "4"),
            ("Store:BusySeconds", "1"));
    }

    public async ValueTask DisposeAsync()
    {
        await Desk.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class GuardedServerTests(GuardedServer shared) : IClassFixture<GuardedServer>
{
    private ProactiveNetDesk Desk => shared.Desk;

    [Fact]
    [Contract("PN-5", "PN-118", "PN-7", "PN-30")]
    public async Task Over_plain_http_everything_is_403()
    {
        foreach (var request in new[]
        {
            Post(LoginPath, Fields("pn-x", Wrong)), Post(LoginPath + "?username=a", "", null), Get(DevicePath), Get(DevicePath, "Authorization: a", "Authorization: b"), Get("/tsws/x"), Get("/tsws/api/v10.1/token"), Get("/bppmws/api/authenticate/x"),
            Get(DevicePath, "Authorization: authtoken x", "X-Forwarded-Proto: https"),
        })
        {
            ShouldBeError(await Desk.SendAsync(request), 403, HttpsRequired);
        }

        ShouldBeError(await Desk.SendAsync(Get(LoginPath)), 405, "Method Not Allowed");
        (await Desk.GuessesAsync("pn-x")).ShouldBe(0);
    }

    [Fact]
    [Contract("PN-33", "PN-116", "PN-121", "PN-44")]
    public async Task Properties_file_gives_the_life_of_a_token()
    {
        await Desk.AddAsync("pn-file");
        var json = Json(await Desk.SendAsync(Post(LoginPath, Fields("pn-file", Password)), https: true));
        (Time(json.GetProperty("response").GetProperty("expires").GetString()!) - Time(json.GetProperty("responseTimeStamp").GetString()!)).ShouldBe(TimeSpan.FromHours(12));
        var session = await Desk.Store.Sessions.FindAsync(Core.Sessions.TokenHash.Of(json.GetProperty("response").GetProperty("authToken").GetString()!), default);
        session!.Retention.ShouldBe(TimeSpan.FromDays(3));
        Desk.Server.Log.ShouldNotContain("pn-other-value");
    }

    [Fact]
    [Contract("PN-56", "PN-119", "PN-58")]
    public async Task Basic_scheme_can_be_turned_off_and_a_trusted_proxy_speaks_for_its_leg()
    {
        await Desk.AddAsync("pn-proxied");
        var value = Base64("pn-proxied", Password);
        ShouldBeRefused(await Desk.SendAsync(Get(DevicePath, $"Authorization: Basic {value}"), https: true));
        (await Desk.CallAsync(value, https: true)).Status.ShouldBe(200);
        (await WireClient.ExchangeAsync(Desk.Server.Http, Get(DevicePath, $"Authorization: authtoken {value}", "X-Forwarded-Proto: https"), "127.0.0.2")).Status.ShouldBe(200);
        ShouldBeError(await WireClient.ExchangeAsync(Desk.Server.Https, Get(DevicePath, $"Authorization: authtoken {value}", "X-Forwarded-Proto: http"), "127.0.0.2"), 403, HttpsRequired);
    }

    [Fact]
    [Contract("PN-64", "PN-70", "PN-120")]
    public async Task Names_that_mean_no_tenant_are_configured()
    {
        await Desk.AddAsync("pn-names", "BmcRealm", "none");
        foreach (var (tenant, expected) in new[] { ("NONE", "null"), ("-", "null"), ("bmcrealm", "\"BmcRealm\"") })
        {
            var login = await Desk.SendAsync(Post(LoginPath, Fields("pn-names", Password, tenant)), https: true);
            (await Desk.CallAsync(TokenOf(login), https: true)).Text.ShouldContain($"\"tenant\":{expected},");
        }

        ShouldBeRefused(await Desk.SendAsync(Post(LoginPath, Fields("pn-names", Password, "*")), https: true));
    }

    [Fact]
    [Contract("PN-61", "PN-104", "PN-108", "PN-109", "PN-113", "PN-54")]
    public async Task Wrong_passwords_delay_then_lock_every_door_but_not_live_tokens()
    {
        await Desk.AddAsync("pn-lock");
        await Desk.AddAsync("pn-lock-remembered");
        foreach (var name in new[] { "pn-lock", "pn-lock-nobody" })
        {
            for (var i = 0; i < 2; i++)
            {
                ShouldBeRefused(await PostAsync(LoginPath, Fields(name, Wrong + i)));
            }

            var delayed = await PostAsync(LoginPath, Fields(name, Password));
            ShouldBeError(delayed, 429, "Too Many Requests");
            int.Parse(delayed.Header("Retry-After")!, CultureInfo.InvariantCulture).ShouldBeInRange(1, 2);
            ShouldBeError(await PostAsync(LogoutPath, Fields(name, Password)), 429, "Too Many Requests");
            ShouldBeError(await Desk.CallWithPasswordAsync(name, Password), 429, "Too Many Requests");
        }

        await Task.Delay(2_100);
        var token = TokenOf(await PostAsync(LoginPath, Fields("pn-lock", Password)));
        var apiToken = await Desk.IssueApiTokenAsync("pn-lock");

        // The right password is remembered from here on: it passes a delay, but no lock.
        for (var i = 0; i < 4; i++)
        {
            (await PostAsync(LoginPath, Fields("pn-lock", Wrong + i))).Status.ShouldBe(401);
            if (i == 1)
            {
                (await Desk.CallWithPasswordAsync("pn-lock", Password)).Status.ShouldBe(200);
            }

            await Task.Delay(i is 1 or 2 ? 2_100 : 0);
        }

        await FeedAsync();
        foreach (var answer in new[]
        {
            await PostAsync(LoginPath, Fields("pn-lock", Password)), await PostAsync(LogoutPath, Fields("pn-lock", Password)), await Desk.CallWithPasswordAsync("pn-lock", Password), await Desk.CallAsync(apiToken, https: true),
        })
        {
            ShouldBeError(answer, 429, "Too Many Requests");
            answer.Header("Retry-After").ShouldBe("3600");
        }

        (await Desk.SendAsync(Post("/api/jwt/login", Fields("pn-lock", Password)), https: true)).Status.ShouldBe(429);
        (await Desk.CallAsync(token, https: true)).Status.ShouldBe(200);
        var rows = await Desk.AuditAsync("pn-lock");
        rows.ShouldContain(row => row.Event == "sign-in" && row.Outcome == "throttled" && row.Reason == "throttled" && row.Method == "authtoken");
        rows.ShouldContain(row => row.Event == "sign-in" && row.Outcome == "throttled" && row.Reason == "locked" && row.Method == "authtoken-basic");
        rows.ShouldContain(row => row.Event == "sign-out" && row.Outcome == "throttled" && row.Reason == "locked");

        (await Desk.Server.RunAsync("account", "unlock", "pn-lock")).ExitCode.ShouldBe(0);
        await FeedAsync();
        (await PostAsync(LoginPath, Fields("pn-lock", Password))).Status.ShouldBe(200);
        (await Desk.CallAsync(apiToken, https: true)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("PN-83", "PN-105", "PN-113")]
    public async Task Store_that_does_not_confirm_is_503_and_nothing_is_pretended()
    {
        await Desk.AddAsync("pn-outage");
        var token = TokenOf(await PostAsync(LoginPath, Fields("pn-outage", Password)));
        await using (var connection = Desk.OpenDatabase())
        {
            await using var begin = new SqliteCommand("BEGIN IMMEDIATE", connection);
            await begin.ExecuteNonQueryAsync();
            var answers = await Task.WhenAll(
                PostAsync(LogoutPath, "", $"Authorization: authtoken {token}"),
                PostAsync(LogoutPath, Fields("pn-outage", Password)),
                PostAsync(LoginPath, Fields("pn-outage", Password)),
                Desk.CallWithPasswordAsync("pn-outage", Wrong),
                Desk.SendAsync(Request("DELETE", "/tsws/api/v10.1/token", $"authToken: {token}"), https: true));
            foreach (var answer in answers)
            {
                ShouldBeError(answer, 503, "Service Unavailable");
            }

            (await Desk.CallAsync(token, https: true)).Status.ShouldBe(200);
            await using var rollback = new SqliteCommand("ROLLBACK", connection);
            await rollback.ExecuteNonQueryAsync();
        }

        (await Desk.CallAsync(token, https: true)).Status.ShouldBe(200);
        (await Desk.GuessesAsync("pn-outage")).ShouldBe(0);
        (await PostAsync(LogoutPath, "", $"Authorization: authtoken {token}")).Status.ShouldBe(200);
        var rows = await Desk.AuditAsync("pn-outage");
        rows.Count(row => row is { Event: "sign-out", Outcome: "accepted" }).ShouldBe(1);
        rows.ShouldContain(row => row.Event == "sign-out" && row.Outcome == "unavailable");
        rows.ShouldContain(row => row.Event == "sign-in" && row.Outcome == "unavailable");
    }

    private static DateTime Time(string text) => DateTime.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private Task<WireAnswer> PostAsync(string path, string body, params string[] headers) => Desk.SendAsync(Post(path, body, body.Length == 0 ? null : Form, headers), https: true);
}
