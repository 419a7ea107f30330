using System.Globalization;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

public sealed class RestartTests
{
    [Fact]
    [Contract("PN-34", "PN-36", "PN-37", "PN-49", "PN-62", "PN-117", "PN-119")]
    public async Task Tokens_and_their_ends_survive_a_power_cut_and_hold_on_every_server_of_the_store()
    {
        using var directory = new TemporaryDirectory();
        var data = directory.File("data");
        string live, ended, elsewhere;
        DateTimeOffset? end;
        await using (var first = await OpenOnAsync(data, ("LoginExpirySeconds", "600")))
        {
            await first.AddAsync("pn-restart");
            live = await IssueAsync(first, 600);
            end = await EndOfAsync(first, live);
            ended = await IssueAsync(first, 600);
            await using (var second = await OpenOnAsync(data, ("LoginExpirySeconds", "1000"), ("AllowBase64", "false")))
            {
                elsewhere = await IssueAsync(second, 1000);
                (await second.CallAsync(live)).Status.ShouldBe(200);
                (await first.CallAsync(elsewhere)).Status.ShouldBe(200);
                (await first.CallAsync(ended)).Status.ShouldBe(200);
                (await second.LogoutAsync(ended)).Status.ShouldBe(200);
                await Task.Delay(900);
                ShouldBeRefused(await first.CallAsync(ended));

                // And here the Base64 format is off, under both schemes.
                foreach (var scheme in new[] { "authtoken", "Basic" })
                {
                    ShouldBeRefused(await second.SendAsync(Get(DevicePath, $"Authorization: {scheme} {Base64("pn-restart", Password)}"), https: true));
                    ShouldBeRefused(await second.SendAsync(Get(DevicePath, $"Authorization: {scheme} {Base64("pn-restart", Wrong)}"), https: true));
                }

                (await second.GuessesAsync("pn-restart")).ShouldBe(0);
                await second.Server.KillAsync();
            }

            await first.Server.KillAsync();
        }

        await using var again = await OpenOnAsync(data, ("LoginExpirySeconds", "5"), ("AllowBase64OverHttp", "true"), ("NoTenantNames", ""));
        (await again.CallAsync(live)).Status.ShouldBe(200);
        (await again.CallAsync(elsewhere)).Status.ShouldBe(200);
        ShouldBeRefused(await again.CallAsync(ended, https: true));
        ShouldBeRefused(await again.LogoutAsync(ended));
        (await again.GuessesAsync("pn-restart")).ShouldBe(0);
        (await EndOfAsync(again, live)).ShouldBe(end);

        // With no names that mean none, '*' is a tenant that does not exist; and over HTTP the Base64 format is allowed here.
        (await again.CallAsync(Base64("pn-restart", Password))).Status.ShouldBe(200);
        ShouldBeError(await again.CallAsync(live, DevicePath + "?tenantName=*"), 403, Denied);
    }

    private static async Task<string> IssueAsync(ProactiveNetDesk desk, int seconds)
    {
        var answer = await desk.LoginAsync("pn-restart");
        answer.Status.ShouldBe(200, answer.Text);
        var json = Json(answer);
        (Time(json.GetProperty("response").GetProperty("expires").GetString()!) - Time(json.GetProperty("responseTimeStamp").GetString()!)).TotalSeconds.ShouldBe(seconds);
        return TokenOf(answer);
    }

    private static async Task<DateTimeOffset?> EndOfAsync(ProactiveNetDesk desk, string token) => (await desk.Store.Sessions.FindAsync(Core.Sessions.TokenHash.Of(token), default))?.Expires;

    private static DateTime Time(string text) => DateTime.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
}
