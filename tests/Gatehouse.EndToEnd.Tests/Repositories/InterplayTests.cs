using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

/// <summary>What the core decides, in the shapes of this dialect.</summary>
public sealed class InterplayTests
{
    private const string Target = Ask.Prefix + "/test/x";
    private const string Login = Ask.Prefix + "/test/login";
    private const string Password = "right password";

    [Fact]
    [Contract("REP-91", "REP-100", "HTT-84", "HTT-89")]
    public async Task A_delay_stops_new_passwords_and_nothing_else()
    {
        await using var gate = await StartAsync();
        var session = await Ask.IssueAsync(gate.Address, "test", "joe", Password);
        var token = await gate.IssueTokenAsync("joe");
        await GuessAsync(gate, 3);

        var throttled = await Ask.GetAsync(gate.Address, Target, "joe", "wrong again");
        throttled.ShouldBeError(429, "Too many attempts, try again later");
        throttled.Header("Retry-After").ShouldBe("5");
        (await Ask.SendAsync(gate.Address, "POST", Ask.Prefix + "/test/sessions", Ask.Basic("joe", "wrong again"))).Status.ShouldBe(429);
        (await Ask.GetAsync(gate.Address, Target, "joe", Password)).Status.ShouldBe(200, "remembered");
        (await Ask.GetAsync(gate.Address, Target, "joe", Ask.Form(session))).Status.ShouldBe(200);
        (await Ask.GetAsync(gate.Address, Target, "joe", token)).Status.ShouldBe(200);

        gate.Clock.Advance(TimeSpan.FromSeconds(5));
        (await Ask.GetAsync(gate.Address, Target, "joe", "wrong again")).Status.ShouldBe(401);
        (await gate.AuditOfAsync("joe")).Select(audit => audit.Outcome).ShouldBe(["accepted", "refused", "refused", "refused", "throttled", "throttled", "refused"]);
    }

    [Fact]
    [Contract("REP-91", "HTT-94", "ATK-11")]
    public async Task A_lock_stops_passwords_and_api_tokens_but_no_sessions()
    {
        await using var gate = await StartAsync(lockAfter: 3);
        var session = await Ask.IssueAsync(gate.Address, "test", "joe", Password);
        var token = await gate.IssueTokenAsync("joe");
        await GuessAsync(gate, 3);
        await gate.SettleAsync();

        foreach (var password in new[] { Password, "wrong", token })
        {
            foreach (var target in new[] { Target, Login })
            {
                var locked = await Ask.GetAsync(gate.Address, target, "joe", password);
                locked.ShouldBeError(429, "Too many attempts, try again later");
                locked.Header("Retry-After").ShouldBe("3600");
            }
        }

        (await Ask.GetAsync(gate.Address, Ask.Prefix + "/unknown/x", "joe", token)).Status.ShouldBe(401);
        (await Ask.GetAsync(gate.Address, Target, "joe", Ask.Form(session))).Status.ShouldBe(200);
        (await gate.Accounts.UnlockAsync("joe", CancellationToken.None)).ShouldBeDone();
        await gate.SettleAsync();
        (await Ask.GetAsync(gate.Address, Target, "joe", token)).Status.ShouldBe(200);
        (await Ask.GetAsync(gate.Address, Target, "joe", Password)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("REP-92", "REP-76", "HTT-99")]
    public async Task An_authority_that_cannot_be_asked_is_503_and_no_guess()
    {
        await using var gate = await StartAsync();
        await gate.AddDirectoryAccountAsync("windows", "test");
        gate.Directory.Answer = AuthorityAnswer.Unavailable;

        for (var i = 0; i < 5; i++)
        {
            foreach (var target in new[] { Target, Login })
            {
                var away = await Ask.GetAsync(gate.Address, target, "windows", Password);
                away.ShouldBeError(503, "Service Unavailable");
                int.Parse(away.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
            }
        }

        gate.Directory.Answer = AuthorityAnswer.Right;
        (await Ask.GetAsync(gate.Address, Target, "windows", Password)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("REP-92", "HTT-112", "ATK-16")]
    public async Task A_store_that_does_not_confirm_is_503_and_nothing_is_said_to_be_done()
    {
        await using var gate = await StartAsync();
        await gate.AddAccountAsync("fresh", Password, "test");
        var session = await Ask.IssueAsync(gate.Address, "test", "joe", Password);
        await using (var other = new SqliteConnection($"Data Source={gate.StoreFile};Pooling=False"))
        {
            await other.OpenAsync();
            await using var command = other.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync();

            (string Method, string Path, string Name, string Password)[] requests =
            [
                ("GET", Target, "fresh", Password), ("GET", Login, "fresh", Password), ("POST", Ask.Prefix + "/test/sessions", "joe", Password),
                ("DELETE", Ask.Prefix + "/test/sessions", "joe", Ask.Form(session)), ("DELETE", Ask.Prefix + "/test/sessions", "joe", Password),
            ];
            var answers = await Task.WhenAll(requests.Select(request => Ask.SendAsync(gate.Address, request.Method, request.Path, Ask.Basic(request.Name, request.Password))));
            foreach (var answer in answers)
            {
                answer.ShouldBeError(503, "Service Unavailable");
                answer.Header("Retry-After").ShouldBe("5");
            }

            (await Ask.GetAsync(gate.Address, Target, "joe", Ask.Form(session))).Status.ShouldBe(200, "what was not confirmed lives on");
        }

        (await Ask.GetAsync(gate.Address, Target, "fresh", Password)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("REP-93", "HTT-102", "ATK-21")]
    public async Task What_the_operator_ends_is_over_within_a_second_remembered_or_not()
    {
        await using var gate = await StartAsync();
        (string Name, Func<string, Task> End)[] ends =
        [
            ("disabled", async name => (await gate.Accounts.DisableAsync(name, CancellationToken.None)).ShouldBeDone()),
            ("removed", async name => (await gate.Accounts.RemoveAsync(name, CancellationToken.None)).ShouldBeDone()),
            ("changed", async name => (await gate.Accounts.SetPasswordAsync(name, "quite another one", CancellationToken.None)).ShouldBeDone()),
            ("withdrawn", async name => (await gate.Accounts.WithdrawAsync(name, ["test"], [], CancellationToken.None)).ShouldBeDone()),
        ];
        foreach (var (name, end) in ends)
        {
            await gate.AddAccountAsync(name, Password, "test");
            var session = await Ask.IssueAsync(gate.Address, "test", name, Password);
            var token = await gate.IssueTokenAsync(name);
            string[] passwords = [Password, Ask.Form(session), Ask.OldForm(session), token];
            foreach (var password in passwords)
            {
                (await Ask.GetAsync(gate.Address, Target, name, password)).Status.ShouldBe(200, name);
            }

            await end(name);
            await gate.SettleAsync();
            foreach (var password in passwords)
            {
                (await Ask.GetAsync(gate.Address, Target, name, password)).Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);
            }
        }
    }

    [Fact]
    [Contract("REP-94", "REP-100", "HTT-84", "HTT-93")]
    public async Task A_password_is_asked_about_once_and_audited_once()
    {
        await using var gate = await StartAsync();
        await gate.AddDirectoryAccountAsync("windows", "test");

        var burst = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ask.GetAsync(gate.Address, Target, "windows", Password)));
        burst.ShouldAllBe(answer => answer.Status == 200);
        gate.Directory.Asked.ShouldBe(1);
        var audit = (await gate.AuditOfAsync("windows")).ShouldHaveSingleItem();
        (audit.Event, audit.Outcome, audit.Method, audit.Tenant, audit.Source, audit.Session, audit.Reason)
            .ShouldBe(("sign-in", "accepted", "password-basic", "test", "127.0.0.1", null, null));

        gate.Clock.Advance(TimeSpan.FromSeconds(59));
        (await Ask.GetAsync(gate.Address, Login, "windows", Password)).Status.ShouldBe(200);
        gate.Directory.Asked.ShouldBe(1);
        gate.Clock.Advance(TimeSpan.FromSeconds(1));
        (await Ask.GetAsync(gate.Address, Target, "windows", Password)).Status.ShouldBe(200);
        gate.Directory.Asked.ShouldBe(2);
        (await gate.AuditOfAsync("windows")).Count.ShouldBe(2);
    }

    [Fact]
    [Contract("REP-96", "HTT-35", "HTT-38")]
    public async Task A_bug_is_500_and_never_access()
    {
        await using var gate = await StartAsync();
        await gate.AddDirectoryAccountAsync("windows", "test");
        gate.Directory.Throws = true;

        (await Ask.GetAsync(gate.Address, Target, "windows", Password)).ShouldBeError(500, "Internal Server Error");
        (await Ask.GetAsync(gate.Address, Login, "windows", Password)).ShouldBeError(500, "Internal Server Error");
        (await Ask.SendAsync(gate.Address, "POST", Ask.Prefix + "/test/sessions", Ask.Basic("windows", Password))).ShouldBeError(500, "Internal Server Error");
        (await Ask.GetAsync(gate.Address, Target + "/throws", "joe", Password)).ShouldBeError(500, "Internal Server Error");
    }

    private static async Task<EmbeddedGate> StartAsync(int lockAfter = 100)
    {
        var gate = await EmbeddedGate.StartAsync(throttle: options => (options.FreeAttempts, options.LockAfter) = (3, lockAfter));
        await gate.AddRepositoriesAsync("test");
        await gate.AddAccountAsync("joe", Password, "test");
        return gate;
    }

    private static async Task GuessAsync(EmbeddedGate gate, int times)
    {
        for (var i = 0; i < times; i++)
        {
            (await Ask.GetAsync(gate.Address, Target, "joe", $"wrong {i}")).Status.ShouldBe(401);
        }
    }
}
