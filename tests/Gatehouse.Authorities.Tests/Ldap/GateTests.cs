using System.Net;
using System.Text.Json;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

/// <summary>The whole server in front of a domain (<c>ad</c>) and an OpenLDAP server (<c>corp</c>), beside local accounts.</summary>
[Collection(SambaCollection.Name)]
public sealed class GateTests(SambaServer samba) : IAsyncLifetime
{
    private const string LocalPassword = "a local password of its own";
    private readonly SlapdServer _slapd = new();
    private GatehouseServer _server = null!;
    private Doors _doors = null!;

    public async ValueTask InitializeAsync()
    {
        await _slapd.InitializeAsync();
        _server = await GatehouseServer.StartAsync(Options());
        _doors = new Doors(_server.Https);
    }

    public async ValueTask DisposeAsync()
    {
        _doors.Dispose();
        await _server.DisposeAsync();
        await _slapd.DisposeAsync();
    }

    [Fact]
    [Contract("ATK-1", "HTT-81", "HTT-85")]
    public async Task Every_dialect_lets_people_of_directories_in_and_nobody_with_a_wrong_or_empty_password()
    {
        foreach (var door in Enum.GetValues<Door>())
        {
            foreach (var name in new[] { "alice", "ada", @"ADTEST\nadia" })
            {
                foreach (var wrong in new[] { "wrong password", "", " " })
                {
                    (await _doors.KnockAsync(door, name, wrong)).In.ShouldBeFalse($"{door} {name} '{wrong}'");
                }

                var (status, isIn, _) = await _doors.KnockAsync(door, name, SambaServer.Password);
                isIn.ShouldBeTrue($"{door} {name}: {status}");
            }
        }

        var alice = await _server.RunAsync("account", "show", "alice", "--json");
        using var shown = JsonDocument.Parse(alice.Output);
        shown.RootElement.GetProperty("authority").GetString().ShouldBe("corp");
        shown.RootElement.GetProperty("roles")[0].GetString().ShouldBe("administrator");
        shown.RootElement.GetProperty("tenants")[0].GetString().ShouldBe("DEFAULTORG");
        (await _server.RunAsync("account", "show", "nadia")).Output.ShouldContain("ad");
    }

    [Fact]
    [Contract("ATK-4")]
    public async Task A_local_account_is_never_answered_for_by_a_directory_that_has_the_same_name()
    {
        await _server.AddAccountAsync("bob", LocalPassword, "--tenant", "DEFAULTORG");
        foreach (var door in Enum.GetValues<Door>())
        {
            foreach (var name in new[] { "bob", "admin" })
            {
                (await _doors.KnockAsync(door, name, SlapdServer.Password)).In.ShouldBeFalse($"{door} {name}");
            }

            (await _doors.KnockAsync(door, "bob", LocalPassword)).In.ShouldBeTrue(door.ToString());
        }
    }

    [Fact]
    [Contract("HTT-72", "ATK-8")]
    public async Task Guesses_in_all_spellings_count_on_the_one_account()
    {
        await using var strict = await GatehouseServer.StartAsync([.. Options("3")]);
        using var doors = new Doors(strict.Https);
        foreach (var (door, name) in new[] { (Door.Micetro, "ada"), (Door.ProactiveNet, @"adtest\ADA"), (Door.ArSystem, "Ada@AD.test") })
        {
            (await doors.KnockAsync(door, name, "wrong password")).In.ShouldBeFalse();
        }

        (await doors.KnockAsync(Door.ProactiveNet, "ada@mail.test", SambaServer.Password)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        (await doors.KnockAsync(Door.ProactiveNet, "nadia", SambaServer.Password)).In.ShouldBeTrue();
        (await strict.RunAsync("account", "list")).Output.ShouldNotContain("mail.test");
    }

    [Fact]
    [Contract("ARS-24")]
    public async Task The_authentication_string_may_name_the_domain_and_never_another_account()
    {
        (await _doors.KnockAsync(Door.ArSystem, "ada", SambaServer.Password, "ADTEST")).In.ShouldBeTrue();
        (await _doors.KnockAsync(Door.ArSystem, "nadia", SambaServer.Password, "OTHER")).In.ShouldBeFalse();
        (await _doors.KnockAsync(Door.ArSystem, "nadia", SambaServer.Password, @"ADTEST\ada")).In.ShouldBeFalse();
        (await _server.RunAsync("account", "list", "--json")).Output.ShouldNotContain("OTHER");
    }

    [Fact]
    [Contract("ATK-12")]
    public async Task A_name_that_is_code_for_a_directory_is_nobodys_at_every_door()
    {
        string[] names = ["*", "ali*", "alice)(|(uid=*", "alice,ou=people,dc=example,dc=org", "uid=alice,ou=people,dc=example,dc=org", @"\2a", "+\"<>;=#/", "ali\u200bce", @"ADTEST\*", "*@ad.test"];
        foreach (var (door, name) in Enum.GetValues<Door>().SelectMany(door => names.Select(name => (door, name))))
        {
            var (status, isIn, _) = await _doors.KnockAsync(door, name, SlapdServer.Password);
            isIn.ShouldBeFalse($"{door} {name}");
            ((int)status).ShouldBeLessThan(500, $"{door} {name}");
        }
    }

    [Fact]
    [Contract("ATK-70", "HTT-99")]
    public async Task An_outage_is_503_at_every_door_and_no_guess_and_sessions_live_on()
    {
        var token = await (await _doors.KnockAsync(Door.ArSystem, "alice", SlapdServer.Password)).Answer.Content.ReadAsStringAsync();
        await _slapd.KillAsync();
        foreach (var door in Enum.GetValues<Door>())
        {
            for (var i = 0; i < 4; i++)
            {
                var (status, _, answer) = await _doors.KnockAsync(door, "alice", $"wrong password {i}");
                status.ShouldBe(HttpStatusCode.ServiceUnavailable, door.ToString());
                answer.Headers.RetryAfter.ShouldNotBeNull(door.ToString());
            }

            (await _doors.KnockAsync(door, "ada", SambaServer.Password)).In.ShouldBeTrue($"the other directory, {door}");
        }

        (await _doors.CallAsync(token)).ShouldBe(HttpStatusCode.OK);
        await _slapd.StartAsync();
        HttpStatusCode back;
        var patience = 100;
        do
        {
            await Task.Delay(100);
            back = (await _doors.KnockAsync(Door.ProactiveNet, "alice", SlapdServer.Password)).Status;
        }
        while (back == HttpStatusCode.ServiceUnavailable && patience-- > 0);
        back.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task With_OfflineHours_a_password_that_was_confirmed_is_believed_while_the_directory_is_away()
    {
        await using var server = await GatehouseServer.StartAsync([.. Options(), ("Authorities:Ldap:corp:OfflineHours", "1"), ("Passwords:CacheSeconds", "0")]);
        using var doors = new Doors(server.Https);
        (await doors.KnockAsync(Door.ProactiveNet, "alice", SlapdServer.Password)).In.ShouldBeTrue();

        // The second sign-in keeps nothing new; the first one made the account and its verifier.
        await _slapd.KillAsync();
        (await doors.KnockAsync(Door.ProactiveNet, "alice", "wrong password")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await doors.KnockAsync(Door.ProactiveNet, "alice", SlapdServer.Password)).In.ShouldBeTrue();
        (await doors.KnockAsync(Door.ProactiveNet, "bob", SlapdServer.Password)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task The_operator_sees_authorities_and_what_is_wrong_with_them()
    {
        (await RunAsync("authority", "list")).Output.ShouldContain("active-directory");
        using var list = JsonDocument.Parse((await RunAsync("authority", "list", "--json")).Output);
        list.RootElement.EnumerateArray().Select(one => one.GetProperty("name").GetString()).ShouldBe(["local", "ad", "corp"]);

        var test = await RunWithAsync(SambaServer.Password, ["authority", "test", "ad", "--user", @"ADTEST\nadia", "--password-stdin"]);
        test.ExitCode.ShouldBe(0, test.Output + test.Errors);
        foreach (var step in new[] { "resolve", "connect", "tls", "service bind", "base", "search", "groups", "user bind" })
        {
            test.Output.ShouldContain(step);
        }

        test.Output.ShouldNotContain(SambaServer.Password);
        (await RunWithAsync("wrong", ["authority", "test", "corp", "--user", "alice", "--password-stdin"])).ExitCode.ShouldBe(1);
        (await RunAsync("authority", "test", "nowhere")).ExitCode.ShouldBe(1);
        (await RunAsync("authority", "test", "corp", "--password-stdin")).ExitCode.ShouldBe(2);

        var doctor = await RunAsync("doctor");
        doctor.ExitCode.ShouldBe(0, doctor.Output + doctor.Errors);
        doctor.Output.ShouldNotContain("fault");
        await _slapd.KillAsync();
        var ill = await RunAsync("doctor", "--json");
        ill.ExitCode.ShouldBe(1);
        using var findings = JsonDocument.Parse(ill.Output);
        findings.RootElement.EnumerateArray().ShouldContain(one => one.GetProperty("part").GetString() == "corp" && one.GetProperty("level").GetString() == "fault" && one.GetProperty("remedy").GetString()!.Length > 0);
    }

    [Fact]
    public async Task An_account_of_a_directory_can_be_made_before_its_first_sign_in()
    {
        var unknown = await RunAsync("account", "add", "carol", "--authority", "nowhere");
        unknown.ExitCode.ShouldBe(1);
        unknown.Errors.ShouldContain("local, ad, corp");
        (await RunWithAsync("a password of some length", ["account", "add", "carol", "--authority", "corp", "--password-stdin"])).ExitCode.ShouldBe(1);
        (await RunAsync("account", "add", "carol", "--authority", "corp")).ExitCode.ShouldBe(0);

        (await _doors.KnockAsync(Door.ProactiveNet, "carol", SlapdServer.Password)).In.ShouldBeTrue();
        (await RunAsync("account", "show", "carol")).Output.ShouldContain("corp");
    }

    [Fact]
    [Contract("ATK-71", "HTT-185")]
    public async Task Faults_of_directories_stop_the_start_all_at_once()
    {
        using var directory = new TemporaryDirectory();
        var result = await GatehouseProgram.RunAsync(["serve", "--data", directory.File("data")], environment: new Dictionary<string, string>
        {
            ["Gatehouse__Authorities__Ldap__corp__Servers"] = "ldap://directory.example.org",
            ["Gatehouse__Authorities__Ldap__corp__StartTls"] = "false",
            ["Gatehouse__Authorities__Ldap__corp__BaseDn"] = "dc=example,dc=org",
            ["Gatehouse__Authorities__Ldap__corp__BindPasswort"] = "secret",
            ["Gatehouse__Authorities__Ldap__local__Servers"] = "ldaps://directory.example.org",
            ["Gatehouse__Authorities__Ldap__local__BaseDn"] = "dc=example,dc=org",
            ["Gatehouse__Authorities__Order"] = "local, crop",
        });

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("Gatehouse:Authorities:Ldap:corp:StartTls: 'false' would send passwords to ldap://directory.example.org:389 in clear text");
        result.Errors.ShouldContain("did you mean Gatehouse:Authorities:Ldap:corp:BindPassword?");
        result.Errors.ShouldContain("Gatehouse:Authorities:Ldap:local: 'local' is the name of another authority");
        result.Errors.ShouldContain("'crop' is no authority");
        result.Errors.ShouldNotContain("secret");
    }

    private (string Name, string Value)[] Options(string freeAttempts = "100") =>
    [
        .. Directories.For(_slapd).Select(option => ($"Authorities:Ldap:corp:{option.Name}", option.Value)),
        .. Directories.For(samba).Select(option => ($"Authorities:Ldap:ad:{option.Name}", option.Value)),
        ("Authorities:Ldap:corp:Groups:0", $"cn=ops,{SlapdServer.Groups} => role:administrator"),
        ("Authorities:Ldap:corp:Groups:1", "* => tenant:DEFAULTORG"),
        ("Authorities:Ldap:ad:Groups:0", "* => tenant:DEFAULTORG"),
        ("Throttle:FreeAttempts", freeAttempts),
    ];

    private Task<CommandResult> RunAsync(params string[] arguments) => RunWithAsync("", arguments);

    private Task<CommandResult> RunWithAsync(string input, string[] arguments) => GatehouseProgram.RunAsync(
        [.. arguments, "--data", _server.Data], input, Options().ToDictionary(option => $"Gatehouse__{option.Name.Replace(":", "__", StringComparison.Ordinal)}", option => option.Value));
}
