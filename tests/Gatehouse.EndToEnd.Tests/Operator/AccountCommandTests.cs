using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>HTT-74 to HTT-82, and exit codes: 0 done, 1 refused or not found, 2 usage, 3 the store cannot be reached.</summary>
public sealed class AccountCommandTests(Gates gates)
{
    [Theory]
    [InlineData("Names-Taken")]
    [InlineData("names-taken-caf\u00e9")]
    [InlineData("NAMES-TAKEN-CAFE\u0301")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(" names-blank")]
    [InlineData("names-blank\u00a0")]
    [InlineData("names\ttab")]
    [InlineData("names\u0085")]
    [Contract("HTT-74")]
    public async Task These_names_are_refused(string name)
    {
        var gate = await gates.Default;
        await gate.Server.RunAsync("account", "add", "names-taken");
        await gate.Server.RunAsync("account", "add", "names-taken-CAF\u00c9");

        ShouldBeRefused(await gate.Server.RunAsync("account", "add", name));
    }

    [Theory]
    [InlineData("a@b.example")]
    [InlineData("DOMAIN\\user")]
    [InlineData("with:colon and blank")]
    [Contract("HTT-74", "HTT-79")]
    public async Task These_names_are_allowed(string name)
    {
        var gate = await gates.Default;

        (await gate.Server.RunAsync("account", "add", name)).ExitCode.ShouldBe(0);
        (await gate.LogInAsync(name)).Status.ShouldBe(401);
    }

    [Fact]
    [Contract("HTT-74")]
    public async Task Tenant_names_are_shorter_and_hold_no_slash()
    {
        var gate = await gates.Default;
        (await gate.Server.RunAsync("tenant", "add", new string('t', 128))).ExitCode.ShouldBe(0);

        foreach (var name in (string[])[new string('u', 129), "a/b", "a\\b", "..", "", new string('T', 128)])
        {
            ShouldBeRefused(await gate.Server.RunAsync("tenant", "add", name));
        }
    }

    [Theory]
    [InlineData("fourteen chars", "shorter than 15")]
    [InlineData("PasswordPassword", "known password")]
    [InlineData("123456789012345", "known password")]
    [InlineData("1234567890123456", "known password")]
    [InlineData("qwertyuiopasdfgh", "known password")]
    [InlineData("iloveyouILOVEYOU", "known password")]
    [InlineData("Administrator123", "known password")]
    [InlineData("gatehousegatehouse", "known password")]
    [InlineData("xxxxxxxxxxxxxxxxxxxx", "known password")]
    [InlineData("pw-bad-ownerpw-bad-owner", "known password")]
    [InlineData("with a tab\tin the middle", "control character")]
    [InlineData("two lines of\na password", "control character")]
    [InlineData("", "empty")]
    [InlineData("\n", "empty")]
    [InlineData("                    ", "blank")]
    [Contract("HTT-75", "HTT-76", "HTT-78", "ATK-1")]
    public async Task These_passwords_are_refused(string password, string why)
    {
        var gate = await gates.Default;

        var result = await gate.Server.RunWithInputAsync(password, "account", "add", "pw-bad-owner", "--password-stdin");

        ShouldBeRefused(result);
        result.Errors.ShouldContain(why);
        (await gate.Store.Accounts.FindAsync("pw-bad-owner", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    [Contract("HTT-75")]
    public async Task A_password_over_128_characters_is_refused()
    {
        var gate = await gates.Default;

        ShouldBeRefused(await gate.Server.RunWithInputAsync(string.Concat(Enumerable.Repeat("ab", 64)) + "c", "account", "add", "pw-long", "--password-stdin"));
    }

    [Theory]
    [InlineData("fifteen letters", "fifteen letters")]
    [InlineData("only small letters and a line end\n", "only small letters and a line end")]
    [InlineData("windows line end here\r\n", "windows line end here")]
    [InlineData("  blanks are kept  \n", "  blanks are kept  ")]
    [InlineData("8675309867530986753098", "8675309867530986753098")]
    [InlineData("p\u00e4ssw\u00f6rter \u65e5\u672c\u8a9e \ud83d\udd11", "p\u00e4ssw\u00f6rter \u65e5\u672c\u8a9e \ud83d\udd11")]
    [Contract("HTT-53", "HTT-77", "HTT-78", "HTT-82", "HTT-107")]
    public async Task These_passwords_are_taken_and_sign_in(string input, string password)
    {
        var gate = await gates.Default;
        var name = $"pw-{Guid.NewGuid():N}";

        (await gate.Server.RunWithInputAsync(input, "account", "add", name, "--password-stdin")).ExitCode.ShouldBe(0);

        (await gate.LogInAsync(name, password)).Status.ShouldBe(200);
        var hash = (await gate.Store.Accounts.FindAsync(name, CancellationToken.None))!.PasswordHash!;
        hash.ShouldMatch(@"^\$pbkdf2-sha512\$i=(\d+)\$[A-Za-z0-9+/=_-]{22,}\$[A-Za-z0-9+/=_-]+$");
        int.Parse(hash.Split('$')[2][2..]).ShouldBeGreaterThanOrEqualTo(210_000);
    }

    [Theory]
    [InlineData("account", "disable", "nobody-of-this-name")]
    [InlineData("account", "enable", "nobody-of-this-name")]
    [InlineData("account", "unlock", "nobody-of-this-name")]
    [InlineData("account", "remove", "nobody-of-this-name")]
    [InlineData("account", "grant", "nobody-of-this-name", "--role", "global")]
    [InlineData("account", "grant", "admin", "--role", "Administrator")]
    [InlineData("account", "grant", "admin", "--tenant", "no-such-tenant")]
    [InlineData("account", "withdraw", "nobody-of-this-name", "--role", "global")]
    [InlineData("account", "add", "admin")]
    [InlineData("account", "add", "ADMIN")]
    [InlineData("token", "issue", "nobody-of-this-name")]
    [InlineData("token", "issue", "admin", "--tenant", "no-such-tenant")]
    [InlineData("token", "revoke", "nonsense")]
    [InlineData("session", "revoke", "--account", "nobody-of-this-name")]
    [InlineData("tenant", "remove", "no-such-tenant")]
    [Contract("HTT-74", "ATK-83")]
    public async Task What_cannot_be_done_is_exit_code_1_and_one_line(params string[] command) =>
        ShouldBeRefused(await (await gates.Default).Server.RunAsync(command));

    [Theory]
    [InlineData("account")]
    [InlineData("account", "add")]
    [InlineData("account", "frobnicate", "x")]
    [InlineData("account", "grant", "admin")]
    [InlineData("account", "password", "admin")]
    [InlineData("account", "add", "x", "--password", "on the command line")]
    [InlineData("session", "revoke")]
    [InlineData("session", "revoke", "x", "--all")]
    [InlineData("token", "issue", "admin", "--expires", "soon")]
    [InlineData("token", "issue", "admin", "--expires", "0d")]
    [InlineData("token", "issue", "admin", "--expires", "-1d")]
    [InlineData("audit", "--since", "yesterday")]
    [InlineData("nonsense")]
    [Contract("HTT-108", "ATK-85")]
    public async Task Wrong_usage_is_exit_code_2(params string[] command)
    {
        var result = await (await gates.Default).Server.RunAsync(command);

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldNotBeEmpty();
    }

    [Fact]
    [Contract("HTT-112")]
    public async Task A_store_that_cannot_be_reached_is_exit_code_3()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("gatehouse.db"), "this is no SQLite file, and it is longer than its header would be: ".PadRight(4096, 'x'));

        var result = await GatehouseProgram.RunAsync(["account", "list", "--data", directory.Path]);

        result.ExitCode.ShouldBe(3);
        result.Errors.TrimEnd().Split('\n').ShouldHaveSingleItem();
    }

    private static void ShouldBeRefused(CommandResult result)
    {
        result.ExitCode.ShouldBe(1, result.Errors);
        result.Output.ShouldBe("");
        result.Errors.TrimEnd('\n').Split('\n').ShouldHaveSingleItem().ShouldNotBeEmpty();
    }
}
