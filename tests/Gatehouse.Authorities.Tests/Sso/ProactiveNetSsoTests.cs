using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Sso;

/// <summary><c>TokenIssuer=sso</c> against a real OpenID provider.</summary>
public sealed class ProactiveNetSsoTests : IAsyncLifetime
{
    private const string Issuer = "Dialects:ProactiveNet:TokenIssuer";
    private const string Recheck = "Dialects:ProactiveNet:SsoRecheckSeconds";
    private OidcProvider _provider = null!;
    private SsoGate _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await OidcProvider.StartAsync();
        _provider.SetUsers(("alice", SsoGate.Password, ["ops", "calbro"], null), ("bob", SsoGate.Password, [], "Account is locked"));
        _gate = await SsoGate.StartAsync([.. _provider.Options("corp", ("GroupRules", "ops=role:impersonator,calbro=tenant:calbro")), (Issuer, "sso"), (Recheck, "1")]);
        await _gate.AddTenantAsync("calbro");
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    [Contract("PN-93", "PN-94", "PN-95", "PN-113")]
    public async Task The_token_of_the_single_sign_on_is_handed_on_used_asked_about_and_ended()
    {
        var answer = await _gate.LoginAsync("alice", tenant: "calbro");
        answer.Status.ShouldBe(200, answer.Text);
        var body = SsoGate.Json(answer);
        var token = body.GetProperty("response").GetProperty("authToken").GetString()!;
        (await _provider.IntrospectAsync(token)).GetProperty("active").GetBoolean().ShouldBeTrue("it is the provider's own token, as it came");

        // Its end is the provider's, and the session's.
        var life = DateTime.Parse(body.GetProperty("response").GetProperty("expires").GetString()!, System.Globalization.CultureInfo.InvariantCulture)
            - DateTime.Parse(body.GetProperty("responseTimeStamp").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        life.TotalSeconds.ShouldBeInRange(295, 300);

        (await _gate.CallAsync(token)).Text.ShouldStartWith("""{"user":"alice","dialect":"proactivenet","method":"authtoken","tenant":"calbro","scope":"tenant","tenants":["calbro"]""");
        await Task.Delay(1_200);
        (await _gate.CallAsync(token)).Status.ShouldBe(200, "asked again, and still live");

        (await _gate.LogoutAsync(token)).Status.ShouldBe(200);
        (await _gate.CallAsync(token)).Status.ShouldBe(401);
        (await _gate.LogoutAsync(token)).Status.ShouldBe(401);
        (await _provider.IntrospectAsync(token)).GetProperty("active").GetBoolean().ShouldBeFalse("the sign-out ended it there, too");

        var rows = (await _gate.AuditAsync()).Where(row => row.GetProperty("dialect").GetString() == "proactivenet").ToList();
        rows.Select(row => (row.GetProperty("event").GetString(), row.GetProperty("outcome").GetString())).ShouldBe([("sign-in", "accepted"), ("sign-out", "accepted")]);
        foreach (var file in Directory.GetFiles(_gate.Server.Data))
        {
            File.ReadAllBytes(file).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(token)).ShouldBe(-1, $"{file} must not hold the token");
        }

        _gate.Server.Log.ShouldNotContain(token);
    }

    [Fact]
    [Contract("PN-94", "PN-96")]
    public async Task A_token_ended_there_and_one_given_to_somebody_else_are_refused()
    {
        var token = await _gate.TokenAsync("alice");
        (await _gate.CallAsync(token)).Status.ShouldBe(200);
        await _provider.RevokeAsync(token);
        await Task.Delay(1_200);
        (await _gate.CallAsync(token)).Status.ShouldBe(401);
        (await _gate.CallAsync(token)).Status.ShouldBe(401, "it is ended here, too, and nobody's password");
        (await _gate.AuditAsync()).ShouldContain(row => row.GetProperty("event").GetString() == "revoke" && row.GetProperty("reason").GetString() == "ended-by-authority");

        var foreign = await _provider.GrantAsync("alice", SsoGate.Password);
        (await _gate.CallAsync(foreign)).Status.ShouldBe(401);
        (await _provider.IntrospectAsync(foreign)).GetProperty("active").GetBoolean().ShouldBeTrue();
        (await _gate.GuessesAsync("alice")).ShouldBe(0);
    }

    [Fact]
    [Contract("PN-94", "PN-105", "HTT-99", "ATK-70")]
    public async Task Killed_held_up_and_started_again_it_is_503_and_then_works_and_nobody_is_counted()
    {
        var token = await _gate.TokenAsync("alice");

        // Held up: it takes connections and says nothing.
        await _provider.Process.HoldAsync();
        await Task.Delay(1_200);
        (await _gate.CallAsync(token)).Status.ShouldBe(503);
        (await _gate.LoginAsync("alice")).Status.ShouldBe(503);
        (await _gate.LoginAsync("alice", "wrong")).Status.ShouldBe(503);
        (await _gate.LogoutAsync(token)).Status.ShouldBe(503);
        await _provider.Process.GoOnAsync();

        await _provider.Process.KillAsync();
        for (var i = 0; i < 12; i++)
        {
            var answer = await _gate.LoginAsync("alice", "wrong");
            answer.Status.ShouldBe(503);
            answer.Header("Retry-After").ShouldNotBeNull();
        }

        (await _gate.CallAsync(token)).Status.ShouldBe(503);
        (await _gate.GuessesAsync("alice")).ShouldBe(0);

        await _provider.Process.StartAsync();
        await EventuallyAsync(async () => (await _gate.CallAsync(token)).Status == 200);
        (await _gate.LoginAsync("alice")).Status.ShouldBe(200);
        (await _gate.LogoutAsync(token)).Status.ShouldBe(200);
        _gate.Server.Log.ShouldContain("cannot be asked");
        _gate.Server.Log.ShouldContain("answers again");
    }

    [Fact]
    [Contract("PN-28", "PN-93", "ATK-4", "HTT-178")]
    public async Task Wrong_locked_unknown_and_local_names_are_the_401_and_the_audit_tells_why()
    {
        await _gate.Server.AddAccountAsync("carol", SsoGate.Password);
        (await _gate.LoginAsync("alice", "wrong")).Status.ShouldBe(401);
        (await _gate.LoginAsync("bob")).Status.ShouldBe(401);
        (await _gate.LoginAsync("nobody")).Status.ShouldBe(401);
        (await _gate.LoginAsync("carol")).Status.ShouldBe(401, "by installation, not by request: her password is not the single sign-on's");
        (await _gate.SendAsync($"GET /bppmws/api/Device HTTP/1.1\r\nHost: x\r\nAuthorization: authtoken {SsoGate.Base64($"carol:{SsoGate.Password}")}\r\n\r\n")).Status.ShouldBe(401);
        (await _gate.SendAsync($"GET /bppmws/api/Device HTTP/1.1\r\nHost: x\r\nAuthorization: authtoken {SsoGate.Base64($"alice:{SsoGate.Password}")}\r\n\r\n")).Status.ShouldBe(200);

        var reasons = (await _gate.AuditAsync()).Where(row => row.GetProperty("event").GetString() == "sign-in" && row.GetProperty("outcome").GetString() == "refused")
            .Select(row => (row.GetProperty("name").GetString(), row.GetProperty("reason").GetString()));
        reasons.ShouldBe(
            [("alice", "bad-credentials"), ("bob", "locked"), ("nobody", "bad-credentials"), ("carol", "foreign-authority"), ("carol", "foreign-authority")], ignoreOrder: true);
    }

    [Fact]
    [Contract("PN-17", "HTT-93")]
    public async Task Many_equal_sign_ins_at_once_are_all_accepted()
    {
        await _gate.TokenAsync("alice");
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => _gate.LoginAsync("alice")));
        answers.ShouldAllBe(answer => answer.Status == 200);
        foreach (var token in answers.Select(answer => SsoGate.Json(answer).GetProperty("response").GetProperty("authToken").GetString()!).Distinct())
        {
            (await _gate.CallAsync(token)).Status.ShouldBe(200);
        }
    }

    [Fact]
    [Contract("PN-97")]
    public async Task Sso_without_a_single_sign_on_is_refused_at_start()
    {
        var result = await GatehouseProgram.RunAsync(
            ["serve", "--data", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString()), "--urls", "http://127.0.0.1:0"],
            environment: new Dictionary<string, string> { ["Gatehouse__Dialects__ProactiveNet__TokenIssuer"] = "sso" });
        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("Gatehouse:Dialects:ProactiveNet:TokenIssuer: 'sso' is not allowed without an external single sign-on authority");
    }

    [Fact]
    [Contract("HTT-185")]
    public async Task Faults_of_the_options_are_told_all_at_once_and_without_the_secret()
    {
        var options = new Dictionary<string, string>
        {
            ["Gatehouse__Authorities__Sso__corp__Issuer"] = "http://sso.example",
            ["Gatehouse__Authorities__Sso__corp__ClientSecretFile"] = "/nowhere",
            ["Gatehouse__Authorities__Sso__corp__GroupRules__0"] = "ops=role:emperor",
            ["Gatehouse__Authorities__Sso__corp__Algorithms"] = "HS256",
            ["Gatehouse__Authorities__Sso__corp__CaFile"] = "/nowhere",
            ["Gatehouse__Authorities__Sso__corp__TimeoutSeconds"] = "0",
            ["Gatehouse__Authorities__Sso__corp__Sekret"] = "x",
            ["Gatehouse__Authorities__Sso__local__Issuer"] = "https://sso.example",
            ["Gatehouse__Authorities__Order"] = "local,corp,nowhere",
        };
        var result = await GatehouseProgram.RunAsync(["serve", "--data", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())], environment: options);
        result.ExitCode.ShouldBe(2);
        foreach (var fault in new[] { "corp:Issuer: 'http://sso.example/'", "corp:ClientSecretFile: ", "corp:GroupRules: 'ops=role:emperor'", "corp:Algorithms: 'HS256'", "corp:CaFile: ", "corp:TimeoutSeconds: '0'", "corp:Sekret", "corp:ClientId: is missing", "Sso:local: 'local' is the name", "Order: 'nowhere'" })
        {
            result.Errors.ShouldContain(fault);
        }
    }

    private static async Task EventuallyAsync(Func<Task<bool>> question)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !await question(); await Task.Delay(200))
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        }
    }
}
