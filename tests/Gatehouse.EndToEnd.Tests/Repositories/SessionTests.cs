using System.Text.RegularExpressions;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

public sealed partial class SessionTests(SessionTests.Gate fixture) : IClassFixture<SessionTests.Gate>
{
    private const string Password = "right password";
    private const string Sessions = Ask.Prefix + "/test/sessions";
    private const string Target = Ask.Prefix + "/test/x";

    private readonly EmbeddedGate _gate = fixture.Embedded;

    [Fact]
    [Contract("REP-55", "REP-56", "REP-57", "REP-58", "HTT-106")]
    public async Task A_password_buys_a_new_session_each_time()
    {
        await AddAsync("buyer");
        var answer = await Ask.SendAsync(_gate.Address, "POST", Sessions, Ask.Basic("buyer", Password));
        answer.Status.ShouldBe(201);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.All("Set-Cookie").ShouldBeEmpty();
        Issued().IsMatch(answer.Text).ShouldBeTrue(answer.Text);

        var sessions = new List<IssuedSession>();
        for (var i = 0; i < 3; i++)
        {
            sessions.Add(await Ask.IssueAsync(_gate.Address, "test", "buyer", Password));
        }

        sessions.DistinctBy(session => session.Session).Count().ShouldBe(3);
        sessions.DistinctBy(session => session.Sid).Count().ShouldBe(3);
        foreach (var session in sessions)
        {
            (await GetAsync("buyer", Ask.Form(session))).Status.ShouldBe(200);
        }
    }

    [Theory]
    [Contract("REP-55", "HTT-11")]
    [InlineData(0, 201)]
    [InlineData(65_536, 201)]
    [InlineData(65_537, 413)]
    public async Task Its_body_is_ignored_up_to_64_KiB(int length, int status)
    {
        var name = $"body {length}";
        await AddAsync(name);
        var announced = $"POST {Sessions} HTTP/1.1\r\nHost: x\r\nAuthorization: {Ask.Basic(name, Password)}\r\nContent-Type: text/nonsense\r\nContent-Length: {length}\r\n\r\n{new string('{', length)}";
        var streamed = $"POST {Sessions} HTTP/1.1\r\nHost: x\r\nAuthorization: {Ask.Basic(name, Password)}\r\nTransfer-Encoding: chunked\r\n\r\n{(length == 0 ? "" : $"{length:x}\r\n{new string('{', length)}\r\n")}0\r\n\r\n";
        foreach (var request in new[] { announced, streamed })
        {
            var answer = await WireClient.ExchangeAsync(_gate.Address, request);
            answer.Status.ShouldBe(status);
            if (status == 413)
            {
                answer.ShouldBeError(413, "Payload Too Large");
            }
        }
    }

    [Fact]
    [Contract("REP-31", "REP-32", "REP-33", "REP-34", "REP-61")]
    public async Task A_session_opens_its_repository_for_its_account_in_every_spelling_of_the_form()
    {
        await AddAsync("spelled");
        var (session, sid) = await Ask.IssueAsync(_gate.Address, "test", "spelled", Password);
        string[] forms =
        [
            $$"""{"session": "{{session}}", "sid": "{{sid}}"}""", $$"""{"session":"{{session}}","sid":"{{sid}}"}""", $$"""{"sid":"{{sid}}","session":"{{session}}"}""",
            $$"""  { "sid" : "{{sid}}" , "session" : "{{session}}" }  """, $$"""{"session": "{{session}}"}""", $$"""{"session":"{{session}}"}""",
        ];
        var ids = new HashSet<string>();
        foreach (var form in forms)
        {
            var match = Echo().Match((await GetAsync("spelled", form)).Text);
            match.Success.ShouldBeTrue(form);
            ids.Add(match.Groups[1].Value);
        }

        // The public id of the one session, as the operator's list has it.
        var account = await _gate.Accounts.FindAsync("spelled", CancellationToken.None);
        var listed = await _gate.Sessions.ListAsync(new SessionFilter { AccountId = account!.Id }, CancellationToken.None);
        ids.ShouldHaveSingleItem().ShouldBe(listed.ShouldHaveSingleItem().Session.Id.ToString());
        listed[0].Session.Dialect.ShouldBe("repositories");
        listed[0].Tenants.ShouldBe(["test"]);
    }

    [Fact]
    [Contract("REP-61", "REP-62", "ATK-17")]
    public async Task A_session_opens_nothing_for_others_elsewhere_or_with_a_wrong_sid()
    {
        await AddAsync("holder", "test", "second");
        await AddAsync("thief", "test", "second");
        var session = await Ask.IssueAsync(_gate.Address, "test", "holder", Password);
        var other = await Ask.IssueAsync(_gate.Address, "test", "holder", Password);

        (await GetAsync("thief", Ask.Form(session))).Status.ShouldBe(401);
        (await GetAsync("thief", Ask.OldForm(session))).Status.ShouldBe(401);
        (await GetAsync("HOLDER", Ask.Form(session))).Status.ShouldBe(401);
        (await GetAsync("", Ask.Form(session))).Status.ShouldBe(401);
        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/second/x", "holder", Ask.Form(session))).Status.ShouldBe(401);
        (await GetAsync("holder", Ask.Form(session with { Sid = other.Sid }))).Status.ShouldBe(401);
        (await GetAsync("holder", Ask.Form(session with { Sid = session.Sid[..^1] }))).Status.ShouldBe(401);
        (await GetAsync("holder", Ask.Form(session with { Sid = session.Sid + " " }))).Status.ShouldBe(401);
        (await GetAsync("holder", Ask.Form(session))).Status.ShouldBe(200);
        (await GetAsync(" holder ", Ask.Form(session))).Status.ShouldBe(200);

        (await _gate.Accounts.WithdrawAsync("holder", ["test"], [], CancellationToken.None)).ShouldBeDone();
        await _gate.SettleAsync();
        (await GetAsync("holder", Ask.Form(session))).Status.ShouldBe(401);
    }

    [Fact]
    [Contract("REP-32", "REP-62")]
    public async Task Who_comes_from_a_directory_needs_the_sid()
    {
        await _gate.AddDirectoryAccountAsync("windows", "test");
        var session = await Ask.IssueAsync(_gate.Address, "test", "windows", Password);

        (await GetAsync("windows", Ask.OldForm(session))).Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);
        (await GetAsync("windows", Ask.Form(session with { Sid = "1234" }))).Status.ShouldBe(401);
        (await GetAsync("WINDOWS", Ask.Form(session))).Text.ShouldContain("\"method\":\"session-basic\"");
    }

    [Fact]
    [Contract("REP-59", "REP-60", "REP-67")]
    public async Task Only_a_password_buys_a_session()
    {
        await AddAsync("renewer");
        var session = await Ask.IssueAsync(_gate.Address, "test", "renewer", Password);
        var token = await _gate.IssueTokenAsync("renewer");

        (await Ask.SendAsync(_gate.Address, "POST", Sessions, Ask.Basic("renewer", Ask.Form(session)))).ShouldBeError(403, "A password is required");
        (await Ask.SendAsync(_gate.Address, "POST", Sessions, Ask.Basic("renewer", Ask.OldForm(session)))).ShouldBeError(403, "A password is required");
        (await Ask.SendAsync(_gate.Address, "POST", Sessions, Ask.Basic("renewer", token))).ShouldBeError(403, "A password is required");
        (await Ask.SendAsync(_gate.Address, "DELETE", Sessions, Ask.Basic("renewer", token))).ShouldBeError(403, "A password is required");
        string[] refused = ["", "Bearer x", Ask.Basic("renewer", "wrong"), Ask.Basic("renewer", Ask.Form(session with { Sid = "1" })), Ask.Basic("x", token)];
        foreach (var authorization in refused)
        {
            foreach (var method in new[] { "POST", "DELETE", "GET", "PUT" })
            {
                (await Ask.SendAsync(_gate.Address, method, Sessions, authorization)).Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);
            }
        }

        foreach (var method in new[] { "GET", "HEAD", "PUT", "PATCH", "OPTIONS" })
        {
            var answer = await Ask.SendAsync(_gate.Address, method, Sessions, Ask.Basic("renewer", Ask.Form(session)));
            answer.Status.ShouldBe(405);
            answer.Header("Allow").ShouldBe("POST, DELETE");
            answer.All("WWW-Authenticate").ShouldBeEmpty();
        }
    }

    [Fact]
    [Contract("REP-65", "REP-101")]
    public async Task A_session_ends_itself_once()
    {
        await AddAsync("leaver");
        var (first, second) = (await Ask.IssueAsync(_gate.Address, "test", "leaver", Password), await Ask.IssueAsync(_gate.Address, "test", "leaver", Password));

        var ended = await Ask.SendAsync(_gate.Address, "DELETE", Sessions, Ask.Basic("leaver", Ask.Form(first)));
        ended.Status.ShouldBe(204);
        ended.Body.ShouldBeEmpty();
        (await GetAsync("leaver", Ask.Form(first))).Status.ShouldBe(401);
        (await Ask.SendAsync(_gate.Address, "DELETE", Sessions, Ask.Basic("leaver", Ask.Form(first)))).Status.ShouldBe(401);
        (await GetAsync("leaver", Ask.Form(second))).Status.ShouldBe(200);

        var audit = await _gate.AuditOfAsync("leaver");
        audit.Select(row => (row.Event, row.Outcome, row.Tenant)).ShouldBe([("sign-in", "accepted", "test"), ("sign-in", "accepted", "test"), ("sign-out", "accepted", "test")]);
        audit[2].Session.ShouldBe(audit[0].Session);
        audit[0].Session.ShouldNotBe(audit[1].Session);
    }

    [Fact]
    [Contract("REP-66")]
    public async Task A_password_ends_all_sessions_of_its_account_in_this_repository()
    {
        await AddAsync("cleaner", "test", "second");
        await AddAsync("bystander", "test");
        var mine = new[] { await Ask.IssueAsync(_gate.Address, "test", "cleaner", Password), await Ask.IssueAsync(_gate.Address, "test", "cleaner", Password) };
        var elsewhere = await Ask.IssueAsync(_gate.Address, "second", "cleaner", Password);
        var others = await Ask.IssueAsync(_gate.Address, "test", "bystander", Password);
        var token = await _gate.IssueTokenAsync("cleaner", "test");

        (await Ask.SendAsync(_gate.Address, "DELETE", Sessions, Ask.Basic("cleaner", Password))).Status.ShouldBe(204);
        foreach (var session in mine)
        {
            (await GetAsync("cleaner", Ask.Form(session))).Status.ShouldBe(401);
        }

        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/second/x", "cleaner", Ask.Form(elsewhere))).Status.ShouldBe(200);
        (await GetAsync("bystander", Ask.Form(others))).Status.ShouldBe(200);
        (await GetAsync("cleaner", token)).Status.ShouldBe(200);
        (await Ask.SendAsync(_gate.Address, "DELETE", Sessions, Ask.Basic("cleaner", Password))).Status.ShouldBe(204);
    }

    [Fact]
    [Contract("REP-35", "REP-36", "HTT-108")]
    public async Task An_api_token_is_the_password_of_its_own_account_in_its_own_repositories()
    {
        await AddAsync("robot", "test", "second");
        await AddAsync("human", "test");
        var (wide, narrow) = (await _gate.IssueTokenAsync("robot"), await _gate.IssueTokenAsync("robot", "second"));

        var opened = await GetAsync("robot", wide);
        opened.Text.ShouldStartWith("""{"user":"robot","dialect":"repositories","method":"api-token","tenant":"test","scope":"tenant","tenants":["test"],"impersonator":null,"session":"0""");
        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/second/x", "robot", wide)).Status.ShouldBe(200);
        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/second/x", "robot", narrow)).Status.ShouldBe(200);
        (await GetAsync("robot", narrow)).Status.ShouldBe(401);
        (await GetAsync("human", wide)).Status.ShouldBe(401);
        (await GetAsync("", wide)).Status.ShouldBe(401);
        (await GetAsync("Robot", wide)).Status.ShouldBe(401);
        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/third/x", "robot", wide)).Status.ShouldBe(401);
        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/unknown/x", "robot", wide)).Status.ShouldBe(401);
        (await GetAsync("robot", $$"""{"session":"{{wide}}"}""")).Status.ShouldBe(401);

        var account = await _gate.Accounts.FindAsync("robot", CancellationToken.None);
        foreach (var listed in await _gate.Sessions.ListAsync(new SessionFilter { AccountId = account!.Id }, CancellationToken.None))
        {
            (await _gate.Sessions.RevokeAsync(listed.Session.Id.ToString(), apiTokensOnly: true, CancellationToken.None)).ShouldBeDone();
        }

        await _gate.SettleAsync();
        (await GetAsync("robot", wide)).Status.ShouldBe(401);
        (await _gate.AuditOfAsync("robot")).ShouldBeEmpty();
        (await _gate.AuditOfAsync("human")).ShouldBeEmpty();
    }

    [Fact]
    [Contract("REP-69", "HTT-59", "ATK-20")]
    public async Task A_token_of_another_dialect_is_no_session_here()
    {
        await AddAsync("polyglot");
        var account = await _gate.Accounts.FindAsync("polyglot", CancellationToken.None);
        var session = await Ask.IssueAsync(_gate.Address, "test", "polyglot", Password);
        var mine = await _gate.Store.Sessions.FindAsync(TokenHash.Of(session.Session), CancellationToken.None);
        string[] texts = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000003"];
        Session[] foreign =
        [
            mine! with { Id = PublicIdOf(1), Token = TokenHash.Of(texts[0]), Dialect = "proactivenet" },
            mine! with { Id = PublicIdOf(2), Token = TokenHash.Of(texts[1]), Kind = SessionKind.Refresh },
            mine! with { Id = PublicIdOf(3), Token = TokenHash.Of(texts[2]), Tenants = [] },
        ];
        foreach (var other in foreign)
        {
            var (outcome, _, _) = await _gate.Store.Sessions.AddAsync(other, new SessionConditions(), _ => new() { Time = other.Issued, Event = "sign-in", Outcome = "accepted" }, CancellationToken.None);
            outcome.ShouldBe(SessionAdmission.Added);
        }

        account.ShouldNotBeNull();
        foreach (var text in texts)
        {
            (await GetAsync("polyglot", $$"""{"session":"{{text}}"}""")).Status.ShouldBe(401);
        }

        // Half a pair, or the whole form without its name, is a wrong password.
        (await GetAsync("polyglot", session.Session)).Status.ShouldBe(401);
        (await GetAsync("polyglot", session.Sid)).Status.ShouldBe(401);
        (await Ask.SendAsync(_gate.Address, "GET", Target, "Bearer " + session.Session)).Status.ShouldBe(401);
        (await GetAsync("polyglot", Ask.Form(session))).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("REP-63", "REP-64", "HTT-109")]
    public async Task Idle_time_restarts_with_each_use_and_absolute_life_does_not()
    {
        await using var gate = await EmbeddedGate.StartAsync(options => (options.SessionIdleSeconds, options.SessionLifetimeSeconds) = (100, 250));
        await gate.AddRepositoriesAsync("test");
        await gate.AddAccountAsync("joe", Password, "test");
        var (idle, used) = (await Ask.IssueAsync(gate.Address, "test", "joe", Password), await Ask.IssueAsync(gate.Address, "test", "joe", Password));

        gate.Clock.Advance(TimeSpan.FromSeconds(99));
        (await Ask.GetAsync(gate.Address, Target, "joe", Ask.Form(used))).Status.ShouldBe(200);
        gate.Clock.Advance(TimeSpan.FromSeconds(1));
        (await Ask.GetAsync(gate.Address, Target, "joe", Ask.Form(idle))).Status.ShouldBe(401);
        gate.Clock.Advance(TimeSpan.FromSeconds(98));
        (await Ask.GetAsync(gate.Address, Ask.Prefix + "/test/login", "joe", Ask.Form(used))).Status.ShouldBe(200);
        gate.Clock.Advance(TimeSpan.FromSeconds(51));
        (await Ask.GetAsync(gate.Address, Target, "joe", Ask.Form(used))).Status.ShouldBe(200);
        gate.Clock.Advance(TimeSpan.FromSeconds(1));
        (await Ask.GetAsync(gate.Address, Target, "joe", Ask.Form(used))).Status.ShouldBe(401);
    }

    [Fact]
    [Contract("REP-32", "REP-68")]
    public async Task The_operator_can_ask_for_the_sid_always_or_want_no_sessions_at_all()
    {
        await using (var strict = await EmbeddedGate.StartAsync(options => options.RequireSid = true))
        {
            await strict.AddRepositoriesAsync("test");
            await strict.AddAccountAsync("joe", Password, "test");
            var session = await Ask.IssueAsync(strict.Address, "test", "joe", Password);
            (await Ask.GetAsync(strict.Address, Target, "joe", Ask.OldForm(session))).Status.ShouldBe(401);
            (await Ask.GetAsync(strict.Address, Target, "joe", Ask.Form(session))).Status.ShouldBe(200);
        }

        await using var without = await EmbeddedGate.StartAsync(options => options.SessionEndpoint = false);
        await without.AddRepositoriesAsync("test");
        await without.AddAccountAsync("joe", Password, "test");
        var account = await without.Accounts.FindAsync("joe", CancellationToken.None);
        (await Ask.SendAsync(without.Address, "POST", Sessions, Ask.Basic("joe", Password))).Text.ShouldContain("\"method\":\"password-basic\"");
        (await Ask.GetAsync(without.Address, Target, "joe", """{"session":"68aa8c73-87b5-495d-b38f-8addffc9c546"}""")).Status.ShouldBe(401);
        (await without.Sessions.ListAsync(new SessionFilter { AccountId = account!.Id }, CancellationToken.None)).ShouldBeEmpty();
    }

    private static Core.PublicId PublicIdOf(byte number) => Core.PublicId.FromBytes([.. new byte[15], number]);

    private Task AddAsync(string name, params string[] repositories) => _gate.AddAccountAsync(name, Password, repositories.Length == 0 ? ["test"] : repositories);

    private Task<WireAnswer> GetAsync(string name, string password) => Ask.GetAsync(_gate.Address, Target, name, password);

    [GeneratedRegex("""^\{"session":"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}","sid":"[1-9][0-9]{18}"\}\z""")]
    private static partial Regex Issued();

    [GeneratedRegex("""^\{"user":"spelled","dialect":"repositories","method":"session-basic","tenant":"test","scope":"tenant","tenants":\["test"\],"impersonator":null,"session":"([0-9A-Z]{26})"\}\z""")]
    private static partial Regex Echo();

    public sealed class Gate : IAsyncLifetime
    {
        internal EmbeddedGate Embedded { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Embedded = await EmbeddedGate.StartAsync();
            await Embedded.AddRepositoriesAsync("test", "second", "third");
        }

        public ValueTask DisposeAsync() => Embedded.DisposeAsync();
    }
}
