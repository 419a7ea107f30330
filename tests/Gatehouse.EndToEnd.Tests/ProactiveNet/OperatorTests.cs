using System.Diagnostics;
using System.Text;
using Gatehouse.Testing;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

[Collection(ProactiveNetCollection.Name)]
public sealed class OperatorTests(ProactiveNetServer shared)
{
    private ProactiveNetDesk Desk => shared.Desk;

    [Fact]
    [Contract("PN-110", "PN-49")]
    public async Task Whatever_the_operator_ends_is_refused_for_ever_and_is_no_guess()
    {
        await Desk.AddAsync("pn-revoked");
        var first = await Desk.TokenAsync("pn-revoked");
        var second = await Desk.TokenAsync("pn-revoked");
        var id = Json(await Desk.CallAsync(first)).GetProperty("session").GetString()!;

        (await Desk.Server.RunAsync("session", "revoke", id)).ExitCode.ShouldBe(0);
        await FeedAsync();
        ShouldBeRefused(await Desk.CallAsync(first));
        (await Desk.CallAsync(second)).Status.ShouldBe(200);

        (await Desk.Server.RunAsync("session", "revoke", "--account", "pn-revoked")).ExitCode.ShouldBe(0);
        await FeedAsync();
        ShouldBeRefused(await Desk.CallAsync(second));

        var third = await Desk.TokenAsync("pn-revoked");
        (await Desk.Server.RunAsync("account", "disable", "pn-revoked")).ExitCode.ShouldBe(0);
        (await Desk.Server.RunAsync("account", "enable", "pn-revoked")).ExitCode.ShouldBe(0);
        await FeedAsync();
        ShouldBeRefused(await Desk.CallAsync(third));

        var fourth = await Desk.TokenAsync("pn-revoked");
        (await Desk.Server.RunAsync("account", "remove", "pn-revoked")).ExitCode.ShouldBe(0);
        await Desk.AddAsync("pn-revoked");
        await FeedAsync();
        foreach (var dead in new[] { first, second, third, fourth })
        {
            ShouldBeRefused(await Desk.CallAsync(dead, https: true));
            ShouldBeRefused(await Desk.LogoutAsync(dead));
        }

        var fifth = await Desk.TokenAsync("pn-revoked");
        (await Desk.Server.RunAsync("session", "revoke", "--all")).ExitCode.ShouldBe(0);
        await FeedAsync();
        ShouldBeRefused(await Desk.CallAsync(fifth));
        (await Desk.GuessesAsync("pn-revoked")).ShouldBe(0);
    }

    [Fact]
    [Contract("PN-114")]
    public async Task No_secret_is_in_log_audit_or_data_directory()
    {
        const string Secret = "a password of this test only";
        (await Desk.Server.RunWithInputAsync(Secret, "account", "add", "pn-secret", "--password-stdin")).ExitCode.ShouldBe(0);
        var login = await Desk.LoginAsync("pn-secret", Secret);
        var token = TokenOf(login);
        var api = await Desk.IssueApiTokenAsync("pn-secret");
        await Desk.CallAsync(token, DevicePath + "?tenantName=pn-tenant-that-is-not");
        await Desk.CallAsync(api);
        await Desk.CallWithPasswordAsync("pn-secret", Secret);
        await Desk.CallWithPasswordAsync("pn-secret", Secret + " wrong");
        await Desk.LoginAsync("pn-secret", Secret + " wrong", "pn-tenant-that-is-not");
        await Desk.PostAsync(LoginPath + "?password=" + Secret.Replace(' ', '+'), "");
        await Desk.PostAsync("/tsws/api/v10.1/token", $$"""{"username":"pn-secret","password":"{{Secret}}","tenantName":1}""", "application/json");
        await Desk.LogoutAsync(token);
        await Task.Delay(1_000);

        var places = new Dictionary<string, string> { ["log"] = Desk.Server.Log, ["audit"] = (await Desk.Server.RunAsync("audit", "--json")).Output };
        foreach (var file in Directory.EnumerateFiles(Desk.Server.Data))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            places[Path.GetFileName(file)] = Encoding.Latin1.GetString(bytes);
        }

        foreach (var (place, text) in places)
        {
            foreach (var secret in new[] { Secret, Secret.Replace(' ', '+'), Uri.EscapeDataString(Secret), Base64("pn-secret", Secret)[..^4], token, token[..8], api, api[..12], "pn-tenant-that-is-not" })
            {
                text.Contains(secret, StringComparison.Ordinal).ShouldBeFalse($"{place} holds {secret[..4]}");
            }
        }
    }

    [Fact]
    [Contract("PN-112")]
    public async Task Printed_line_of_the_first_start_logs_admin_in_as_it_stands()
    {
        var lines = Desk.Server.Output.Split('\n');
        var line = lines[Array.FindIndex(lines, text => text.StartsWith("ProactiveNet", StringComparison.Ordinal)) + 1];
        line.ShouldStartWith("curl ");
        var (output, exitCode) = await ShellTests.RunAsync(line);
        exitCode.ShouldBe(0);
        output.ShouldStartWith("""{"response":{"status":"OK","authToken":""");
    }
}
