using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

/// <summary>The dialect in the real program, beside its commands.</summary>
[Collection(RepositoriesServerUsers.Name)]
public sealed class ProgramTests(RepositoriesServer fixture)
{
    private const string Password = "correct but not known";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private GatehouseServer Server => fixture.Server;

    [Fact]
    [Contract("REP-2", "HTT-22", "HTT-32")]
    public async Task Plain_http_is_refused_before_anything_is_looked_at()
    {
        foreach (var path in new[] { "", "/", "/DEFAULTORG", "/DEFAULTORG/x", "/DEFAULTORG/login", "/DEFAULTORG/sessions", "/unknown" })
        {
            foreach (var method in new[] { "GET", "POST", "DELETE", "OPTIONS", "TRACE" })
            {
                foreach (var authorizations in new string[][] { [], [Ask.Basic("admin", Server.AdminPassword)], [Ask.Basic("plain", "wrong")], ["Basic !", "Basic !"] })
                {
                    var answer = await Ask.SendAsync(Server.Http, method, Ask.Prefix + path, authorizations);
                    answer.ShouldBeError(403, "HTTPS is required");
                }
            }
        }

        (await AuditOfAsync("plain")).ShouldBeEmpty();
    }

    [Fact]
    [Contract("REP-18", "REP-87", "REP-13", "HTT-102")]
    public async Task The_list_follows_the_operator()
    {
        await Server.RunAsync("tenant", "add", "comes and goes");
        await EventuallyAsync(async () => (await ListAsync()).Contains("""{"dataRow":"comes and goes","metadata":{"url":"/api/repositories/comes%20and%20goes"}}""", StringComparison.Ordinal));
        await Server.RunAsync("tenant", "add", "never seen", "--hidden");
        await Server.AddAccountAsync("guest of both", Password, "--tenant", "comes and goes", "--tenant", "never seen");
        (await Ask.GetAsync(Server.Https, Ask.Prefix + "/never%20seen", "guest of both", Password)).Status.ShouldBe(200);
        (await ListAsync()).ShouldNotContain("never seen");
        var session = await Ask.IssueAsync(Server.Https, "comes%20and%20goes", "guest of both", Password);

        await Server.RunAsync("tenant", "remove", "comes and goes");
        await EventuallyAsync(async () => !(await ListAsync()).Contains("comes and goes", StringComparison.Ordinal));
        await EventuallyAsync(async () => (await Ask.GetAsync(Server.Https, Ask.Prefix + "/comes%20and%20goes", "guest of both", Ask.Form(session))).Status == 401);
        (await Ask.GetAsync(Server.Https, Ask.Prefix + "/comes%20and%20goes", "guest of both", Password)).ShouldBeError(404, "No repository with that name.");
    }

    [Fact]
    [Contract("REP-35", "REP-36", "REP-93", "HTT-102", "HTT-114")]
    public async Task What_the_operator_revokes_is_over()
    {
        await Server.AddAccountAsync("revoked", Password, "--tenant", "DEFAULTORG");
        var token = (await Server.RunAsync("token", "issue", "revoked", "--tenant", "DEFAULTORG")).Output.Trim();
        var (first, second, third) = (await IssueAsync(), await IssueAsync(), await IssueAsync());
        await ShouldOpenAsync(token, Ask.Form(first), Ask.Form(second), Ask.OldForm(third), Password);

        using (var listed = JsonDocument.Parse((await Server.RunAsync("session", "list", "--account", "revoked", "--dialect", "repositories", "--json")).Output))
        {
            var sessions = listed.RootElement.EnumerateArray().ToList();
            sessions.Count.ShouldBe(3);
            sessions.ShouldAllBe(session => session.GetProperty("tenant").GetString() == "DEFAULTORG" && session.GetProperty("kind").GetString() == "session");
            (await Server.RunAsync("session", "revoke", sessions[0].GetProperty("id").GetString()!)).ExitCode.ShouldBe(0);
        }

        await ShouldBeOverAsync(Ask.Form(first));
        await ShouldOpenAsync(token, Ask.Form(second), Ask.OldForm(third), Password);

        (await Server.RunAsync("session", "revoke", "--account", "revoked")).ExitCode.ShouldBe(0);
        await ShouldBeOverAsync(Ask.Form(second), Ask.OldForm(third), token);
        await ShouldOpenAsync(Password);

        var fourth = await IssueAsync();
        (await Server.RunAsync("session", "revoke", "--all")).ExitCode.ShouldBe(0);
        await ShouldBeOverAsync(Ask.Form(fourth));

        var fifth = await IssueAsync();
        (await Server.RunWithInputAsync("quite another one", "account", "password", "revoked", "--password-stdin")).ExitCode.ShouldBe(0);
        await ShouldBeOverAsync(Password, Ask.Form(fifth));
        await ShouldOpenAsync("quite another one");

        (await Server.RunAsync("account", "disable", "revoked")).ExitCode.ShouldBe(0);
        await ShouldBeOverAsync("quite another one");

        Task<IssuedSession> IssueAsync() => Ask.IssueAsync(Server.Https, "DEFAULTORG", "revoked", Password);

        async Task ShouldOpenAsync(params string[] passwords)
        {
            foreach (var password in passwords)
            {
                (await Ask.GetAsync(Server.Https, Ask.Prefix + "/DEFAULTORG/x", "revoked", password)).Status.ShouldBe(200);
            }
        }

        async Task ShouldBeOverAsync(params string[] passwords)
        {
            foreach (var password in passwords)
            {
                await EventuallyAsync(async () => (await Ask.GetAsync(Server.Https, Ask.Prefix + "/DEFAULTORG/x", "revoked", password)).Status == 401);
            }
        }
    }

    [Fact]
    [Contract("REP-3", "REP-23", "REP-27", "REP-95", "REP-100", "REP-101", "REP-102", "HTT-113", "HTT-177", "HTT-181", "ATK-46")]
    public async Task Sessions_outlive_a_power_cut_and_nothing_secret_is_written_down()
    {
        using var directory = new TemporaryDirectory();
        (string, string)[] options =
        [
            ("Dialects:Repositories:AllowHttp", "true"), ("Dialects:Repositories:Realm", "Data \"quality\" \\ {repository}"),
        ];
        IssuedSession live;
        IssuedSession dead;
        string log;
        await using (var server = await GatehouseServer.StartOnAsync(directory.File("data"), options))
        {
            await server.AddAccountAsync("keeper", Password, "--tenant", "DEFAULTORG");
            live = await Ask.IssueAsync(server.Http, "DEFAULTORG", "keeper", Password);
            dead = await Ask.IssueAsync(server.Http, "DEFAULTORG", "keeper", Password);
            (await Ask.SendAsync(server.Http, "DELETE", Ask.Prefix + "/DEFAULTORG/sessions", Ask.Basic("keeper", Ask.Form(dead)))).Status.ShouldBe(204);
            (await Ask.GetAsync(server.Http, Ask.Prefix + "/DEFAULTORG/x", "keeper", "a wrong and secret password")).Header("WWW-Authenticate")
                .ShouldBe("""Basic realm="Data \"quality\" \\ DEFAULTORG", charset="UTF-8" """.TrimEnd());
            log = server.Log + server.Output;
            await server.KillAsync();
        }

        await using (var server = await GatehouseServer.StartOnAsync(directory.File("data"), options))
        {
            (await Ask.GetAsync(server.Http, Ask.Prefix + "/DEFAULTORG/x", "keeper", Ask.Form(live))).Status.ShouldBe(200);
            (await Ask.GetAsync(server.Https, Ask.Prefix + "/DEFAULTORG/x", "keeper", Ask.OldForm(live))).Status.ShouldBe(200);
            (await Ask.GetAsync(server.Http, Ask.Prefix + "/DEFAULTORG/x", "keeper", Ask.Form(dead))).Status.ShouldBe(401);
            var audit = (await server.RunAsync("audit", "--json")).Output;
            var events = audit.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
                .Where(row => row.GetProperty("dialect").GetString() == "repositories").ToList();
            events.ConvertAll(row => $"{row.GetProperty("event")} {row.GetProperty("outcome")} {row.GetProperty("account")} {row.GetProperty("tenant")} {row.GetProperty("method")} {row.GetProperty("session").ValueKind}")
                [..3].ShouldBe(["sign-in accepted keeper DEFAULTORG password-basic String", "sign-in accepted keeper DEFAULTORG password-basic String", "sign-out accepted keeper DEFAULTORG session-basic String"]);
            log += server.Log + server.Output + audit;
            await server.StopAsync();
            log += server.Log;
        }

        string[] secrets =
        [
            Password, "a wrong and secret password", live.Session, live.Sid, dead.Session, dead.Sid, Ask.Basic("keeper", Password)[6..], Ask.Basic("keeper", Ask.Form(live))[6..],
            live.Session[..8], live.Session[24..], live.Sid[..8], dead.Sid[..8],
        ];
        var files = Directory.EnumerateFiles(directory.File("data")).Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file))).Append(log).ToList();
        foreach (var secret in secrets)
        {
            files.ShouldAllBe(text => !text.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    [Contract("REP-105")]
    public async Task A_dialect_that_is_off_has_no_paths()
    {
        await using var server = await GatehouseServer.StartAsync(("Dialects:Repositories:Enabled", "false"));
        foreach (var path in new[] { "", "/DEFAULTORG", "/DEFAULTORG/login", "/DEFAULTORG/sessions" })
        {
            var answer = await Ask.GetAsync(server.Https, Ask.Prefix + path, "admin", server.AdminPassword);
            answer.Status.ShouldBe(404);
            answer.Header("Content-Type").ShouldBe("application/problem+json");
            answer.All("WWW-Authenticate").ShouldBeEmpty();
        }
    }

    [Fact]
    [Contract("REP-105", "HTT-185")]
    public async Task Every_option_outside_its_table_is_a_fault_and_all_are_told_at_once()
    {
        using var directory = new TemporaryDirectory();
        (string Name, string Value)[] wrong =
        [
            ("Enabled", "yes"), ("AllowHttp", "1"), ("Realm", "caf\u00e9"), ("RequireSid", ""), ("SessionEndpoint", "no"), ("SessionIdleSeconds", "0"), ("SessionLifetimeSeconds", "2592001"),
            ("Upstream", "ftp://x"), ("SessionIdleSecond", "1"),
        ];
        var faults = await ServeAsync(directory, wrong);
        faults.ExitCode.ShouldBe(2);
        foreach (var (name, value) in wrong)
        {
            faults.Errors.ShouldContain($"Gatehouse:Dialects:Repositories:{name}: ");
        }

        (string Name, string Value)[][] more =
        [
            [("SessionIdleSeconds", "86401")], [("SessionIdleSeconds", "60"), ("SessionLifetimeSeconds", "59")], [("Realm", new string('x', 129))], [("Realm", "")], [("Realm", "tab\there")],
            [("Upstream", "http://x/?q")],
        ];
        foreach (var options in more)
        {
            var fault = await ServeAsync(directory, options);
            fault.ExitCode.ShouldBe(2);
            fault.Errors.ShouldContain($"Gatehouse:Dialects:Repositories:{options[0].Name}: ");
        }
    }

    private static Task<CommandResult> ServeAsync(TemporaryDirectory directory, (string Name, string Value)[] options) => GatehouseProgram.RunAsync(
        ["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0"],
        environment: options.ToDictionary(option => $"Gatehouse__Dialects__Repositories__{option.Name}", option => option.Value));

    /// <summary>Asks until it holds; what is asked a second after the command returned, or later, must hold.</summary>
    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        var since = Stopwatch.StartNew();
        var asked = since.Elapsed;
        while (!await holds())
        {
            asked.ShouldBeLessThan(Soon);
            await Task.Delay(20);
            asked = since.Elapsed;
        }
    }

    private async Task<string> ListAsync() => (await Ask.SendAsync(Server.Https, "GET", Ask.Prefix)).Text;

    private async Task<List<string>> AuditOfAsync(string name) =>
        [.. (await Server.RunAsync("audit", "--json")).Output.Split('\n').Where(line => line.Contains($"\"{name}\"", StringComparison.Ordinal))];
}
