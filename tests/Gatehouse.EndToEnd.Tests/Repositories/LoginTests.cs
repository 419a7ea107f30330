using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

public sealed class LoginTests(LoginTests.Gate fixture) : IClassFixture<LoginTests.Gate>
{
    private const string Target = Ask.Prefix + "/test/login";
    private const string Password = "right password";

    private readonly EmbeddedGate _gate = fixture.Embedded;

    [Fact]
    [Contract("REP-72", "REP-74", "REP-77", "REP-78")]
    public async Task Every_form_that_opens_a_protected_path_is_a_success()
    {
        await _gate.AddAccountAsync("visitor", Password, "test");
        var session = await Ask.IssueAsync(_gate.Address, "test", "visitor", Password);
        var token = await _gate.IssueTokenAsync("visitor");
        var before = await CountSessionsAsync("visitor");

        foreach (var password in new[] { Password, Ask.Form(session), Ask.OldForm(session), token })
        {
            foreach (var target in new[] { Target, Target + "/" })
            {
                var answer = await Ask.GetAsync(_gate.Address, target, "visitor", password);
                answer.Written().ShouldBe("200\nCache-Control: no-store\nContent-Length: 47\nContent-Type: application/json\n\n{\"message\":\"Client successfully authenticated\"}");
                var head = await Ask.SendAsync(_gate.Address, "HEAD", target, Ask.Basic("visitor", password));
                head.Status.ShouldBe(200);
                head.Header("Content-Length").ShouldBe("47");
                head.Body.ShouldBeEmpty();
            }
        }

        (await CountSessionsAsync("visitor")).ShouldBe(before);
    }

    [Fact]
    [Contract("REP-73", "REP-74", "REP-77", "REP-79", "HTT-85")]
    public async Task Everything_else_is_the_same_400_without_a_challenge()
    {
        await _gate.AddAccountAsync("stranger", Password);
        await _gate.AddAccountAsync("off", Password, "test");
        await _gate.AddAccountAsync("gone", Password, "test");
        var dead = await Ask.IssueAsync(_gate.Address, "test", "gone", Password);
        (await Ask.SendAsync(_gate.Address, "DELETE", Ask.Prefix + "/test/sessions", Ask.Basic("gone", Password))).Status.ShouldBe(204);
        (await _gate.Accounts.DisableAsync("off", CancellationToken.None)).ShouldBeDone();
        await _gate.SettleAsync();

        string[][] headers =
        [
            [], [""], ["Basic"], ["Basic !"], ["Bearer x"], ["Negotiate YII="], [Ask.Basic("joe", "wrong")], [Ask.Basic("nobody", Password)], [Ask.Basic("stranger", Password)],
            [Ask.Basic("off", Password)], [Ask.Basic("gone", Ask.Form(dead))], [Ask.Basic("joe", "{\"session\":1}")], [Ask.Basic("joe", "")], [Ask.Basic("joe", "ght_" + new string('a', 43))],
            [Ask.Basic("joe", "bloggs"), Ask.Basic("joe", "bloggs")],
        ];
        foreach (var header in headers)
        {
            var answer = await Ask.SendAsync(_gate.Address, "GET", Target, header);
            answer.Written().ShouldBe("400\nCache-Control: no-store\nContent-Length: 47\nContent-Type: application/json\n\n{\"message\":\"Failed to authenticate the client\"}");
            var head = await Ask.SendAsync(_gate.Address, "HEAD", Target, header);
            head.Status.ShouldBe(400);
            head.All("WWW-Authenticate").ShouldBeEmpty();
        }

        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/unknown/login", "joe", "bloggs")).ShouldBeError(400, "Failed to authenticate the client");
        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/hidden/login", "joe", "bloggs")).ShouldBeError(400, "Failed to authenticate the client");
    }

    [Fact]
    [Contract("REP-77", "HTT-17")]
    public async Task Other_methods_are_405_whatever_the_credential()
    {
        foreach (var method in new[] { "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE" })
        {
            foreach (var header in new[] { "", Ask.Basic("joe", "bloggs"), Ask.Basic("joe", "wrong") })
            {
                var answer = await Ask.SendAsync(_gate.Address, method, Target, header);
                answer.ShouldBeError(405, "Method Not Allowed");
                answer.Header("Allow").ShouldBe("GET, HEAD");
            }
        }
    }

    [Fact]
    [Contract("REP-75", "REP-76", "REP-91")]
    public async Task A_wrong_password_is_a_guess_and_too_many_are_429()
    {
        await _gate.AddAccountAsync("guessed", Password, "test");
        for (var i = 0; i < 3; i++)
        {
            (await Ask.GetAsync(_gate.Address, Target, "guessed", $"wrong {i}")).Status.ShouldBe(400);
        }

        foreach (var target in new[] { Target, Ask.Prefix + "/test/x", Ask.Prefix + "/unknown/login" })
        {
            var throttled = await Ask.GetAsync(_gate.Address, target, "guessed", Password);
            throttled.ShouldBeError(429, "Too many attempts, try again later");
            throttled.Header("Retry-After").ShouldBe("5");
        }
    }

    private async Task<int> CountSessionsAsync(string name)
    {
        var account = await _gate.Accounts.FindAsync(name, CancellationToken.None);
        return (await _gate.Sessions.ListAsync(new() { AccountId = account!.Id }, CancellationToken.None)).Count;
    }

    public sealed class Gate : IAsyncLifetime
    {
        internal EmbeddedGate Embedded { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Embedded = await EmbeddedGate.StartAsync(throttle: options => options.FreeAttempts = 3);
            await Embedded.AddRepositoriesAsync("test");
            await Embedded.AddHiddenRepositoryAsync("hidden");
            await Embedded.AddAccountAsync("joe", "bloggs", "test");
        }

        public ValueTask DisposeAsync() => Embedded.DisposeAsync();
    }
}
