using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Negotiate;

public sealed class NtlmTests(Gates gates)
{
    private const string Echo = """{"user":"alice","dialect":"micetro","method":"negotiate-ntlm","tenant":null,"scope":null,"tenants":[],"impersonator":null,"session":null}""";

    [Fact, Contract("HTT-61", "MIC-96", "MIC-99")]
    public async Task Two_legs_make_the_connection_and_no_other_one_somebody()
    {
        var gate = await gates.OpenAsync();
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        var first = await connection.AskAsync(Wire.WithToken(Wire.Call, await caller.NextAsync()));
        first.Status.ShouldBe(401);
        first.Text.ShouldBe(Wire.MissingSession);
        first.All("WWW-Authenticate").Count.ShouldBe(1);
        var last = await connection.AskAsync(Wire.WithToken(Wire.Call, await caller.NextAsync(Wire.TokenOf(first))));
        last.Text.ShouldBe(Echo);
        last.Header("Persistent-Auth").ShouldBe("true");

        (await connection.AskAsync(Wire.Call)).Text.ShouldBe(Echo);
        (await WireClient.ExchangeAsync(gate.Https, Wire.Call)).Text.ShouldBe(Wire.MissingSession);
        (await connection.AskAsync(Wire.With(Wire.Call, "Authorization: Bearer unknown"))).Status.ShouldBe(401);
        (await connection.AskAsync(Wire.With(Wire.Call, "Sec-Fetch-Site: cross-site"))).Status.ShouldBe(403);
    }

    [Fact, Contract("HTT-62", "MIC-95")]
    public async Task Curl_signs_in_by_ntlm_inside_spnego()
    {
        var (kdc, gate) = (await gates.KdcAsync(), await gates.OpenAsync());
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("users"), $"EXAMPLE:alice:{Gates.NtlmPassword}\n");
        var environment = kdc.Environment();
        environment["NTLM_USER_FILE"] = directory.File("users");
        var result = await Tool.RunAsync("curl", environment, "", "-sk", "--http1.1", "--negotiate", "-u", @"EXAMPLE\alice:", $"https://localhost:{gate.Https.Port}/mmws/api/Users");
        result.Output.ShouldEndWith(Echo);

        // On HTTP/2 its legs have no connection of their own.
        (await Tool.RunAsync("curl", environment, "", "-sk", "--http2", "--negotiate", "-u", @"EXAMPLE\alice:", $"https://localhost:{gate.Https.Port}/mmws/api/Users")).Output.ShouldBe(Wire.Refused);
    }

    [Fact, Contract("MIC-100")]
    public async Task Where_only_kerberos_is_listed_ntlm_is_refused_before_it_goes_on()
    {
        var (kdc, gate) = (await gates.KdcAsync(), await gates.KerberosOnlyAsync());
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        var raw = await WireClient.ExchangeAsync(gate.Https, Wire.WithToken(Wire.Call, await caller.NextAsync()));
        raw.Status.ShouldBe(401);
        raw.Text.ShouldBe(Wire.Refused);
        raw.All("WWW-Authenticate").ShouldBe(["Negotiate", Wire.BearerChallenge]);

        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("users"), $"EXAMPLE:alice:{Gates.NtlmPassword}\n");
        var environment = kdc.Environment();
        environment["NTLM_USER_FILE"] = directory.File("users");
        var wrapped = await Tool.RunAsync("curl", environment, "", "-sk", "-i", "--http1.1", "--negotiate", "-u", @"EXAMPLE\alice:", $"https://localhost:{gate.Https.Port}/mmws/api/Users");
        wrapped.Output.ShouldContain(Wire.Refused);
        wrapped.Output.ShouldNotContain("Negotiate o");
    }

    [Fact, Contract("HTT-64", "MIC-97", "ATK-75")]
    public async Task Legs_of_two_connections_do_not_make_one_handshake()
    {
        var gate = await gates.OpenAsync();
        await using var one = await WireClient.ConnectAsync(gate.Https);
        await using var other = await WireClient.ConnectAsync(gate.Https);
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        var first = await one.AskAsync(Wire.WithToken(Wire.Call, await caller.NextAsync()));
        var proof = Wire.WithToken(Wire.Call, await caller.NextAsync(Wire.TokenOf(first)));
        (await other.AskAsync(proof)).Text.ShouldBe(Wire.Refused);

        // Both half open: each proof fits its own challenge only.
        await using var second = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        (await other.AskAsync(Wire.WithToken(Wire.Call, await second.NextAsync()))).Status.ShouldBe(401);
        (await other.AskAsync(proof)).Text.ShouldBe(Wire.Refused);
        (await one.AskAsync(proof)).Text.ShouldBe(Echo);
    }

    [Theory, Contract("HTT-64", "MIC-96")]
    [InlineData("GET /mmws/api/command/web_getPreLoginInfo HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/repositories HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task A_request_in_between_drops_the_half_open_handshake(string between)
    {
        var gate = await gates.OpenAsync();
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        var first = await connection.AskAsync(Wire.WithToken(Wire.Call, await caller.NextAsync()));
        await connection.AskAsync(between);
        (await connection.AskAsync(Wire.WithToken(Wire.Call, await caller.NextAsync(Wire.TokenOf(first))))).Text.ShouldBe(Wire.Refused);
    }

    [Fact, Contract("ATK-5")]
    public async Task A_half_open_handshake_lets_nobody_in()
    {
        var gate = await gates.OpenAsync();
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        var first = Wire.WithToken(Wire.Call, await caller.NextAsync());
        (await connection.AskAsync(first)).Status.ShouldBe(401);
        (await connection.AskAsync(Wire.Call)).Status.ShouldBe(401);
        (await connection.AskAsync(first)).Status.ShouldBe(401);
        (await connection.AskAsync(Wire.With(Wire.Call, "Authorization: Basic YWxpY2U6d3JvbmcgcGFzc3dvcmQ="))).Status.ShouldBe(401);
    }

    [Fact, Contract("HTT-68", "ATK-75")]
    public async Task A_proof_that_was_made_for_another_server_is_refused()
    {
        var gate = await gates.GateAsync("NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE=local"));
        var right = HandshakeClient.BindingOf(Path.Combine(gate.Data, "tls.crt"));
        var wrong = right.ToArray();
        wrong[^1] ^= 1;
        foreach (var (binding, status) in new[] { (wrong, 401), (right, 200) })
        {
            await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword, binding);
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            (await caller.RunAsync(connection, Wire.Call)).Status.ShouldBe(status);
        }
    }

    [Fact, Contract("HTT-88", "HTT-89", "ATK-8", "ATK-6")]
    public async Task Wrong_passwords_count_on_the_one_key_of_the_account_at_every_door()
    {
        await using var gate = await gates.StartAsync("Basic,NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE=local"), ("Passwords:CacheSeconds", "0"));
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        foreach (var user in new[] { @"EXAMPLE\alice", @"example\ALICE" })
        {
            await using var guess = HandshakeClient.Ntlm(user, "a wrong password");
            (await guess.RunAsync(connection, Wire.Call)).Text.ShouldBe(Wire.Refused);
        }

        (await connection.AskAsync(Wire.With(Wire.Call, $"Authorization: Basic {Convert.ToBase64String("alice:wrong password"u8)}"))).Text.ShouldBe(Wire.Refused);

        // Three are free: the right password, by either door, now has to wait.
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        var delayed = await caller.RunAsync(connection, Wire.Call);
        delayed.Status.ShouldBe(429);
        delayed.Text.ShouldBe(Wire.Throttled);
        delayed.Header("Retry-After").ShouldNotBeNull();
        var right = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"alice:{Gates.LocalPassword}"));
        (await connection.AskAsync(Wire.With(Wire.Call, $"Authorization: Basic {right}"))).Status.ShouldBe(429);

        // Another account is not touched by it.
        await using var bob = HandshakeClient.Ntlm(@"EXAMPLE\bob", Gates.NtlmPassword);
        (await bob.RunAsync(connection, Wire.Call)).Status.ShouldBe(200);
    }

    [Fact, Contract("HTT-91", "HTT-94", "ATK-9")]
    public async Task A_right_password_resets_the_count_and_a_lock_stops_ntlm()
    {
        await using var gate = await gates.StartAsync("NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE=local"), ("Throttle:FreeAttempts", "4"), ("Throttle:LockAfter", "3"));
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        foreach (var (password, status) in new[] { ("wrong one", 401), ("wrong two", 401), (Gates.NtlmPassword, 200), ("wrong one", 401), ("wrong two", 401), ("wrong three", 401), (Gates.NtlmPassword, 401) })
        {
            await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", password);
            (await caller.RunAsync(connection, Wire.Call)).Status.ShouldBe(status, password);
        }

        (await gate.RunAsync("account", "show", "alice", "--json")).Output.ShouldContain("\"locked\":true");
        await gate.RunAsync("account", "unlock", "alice");
        await using var unlocked = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        (await unlocked.RunAsync(connection, Wire.Call)).Status.ShouldBe(200);
    }

    [Fact, Contract("MIC-101", "ATK-74")]
    public async Task A_foreign_domain_never_falls_on_a_local_account_but_on_one_of_the_whole_name()
    {
        var gate = await gates.OpenAsync();
        await gate.AddAccountAsync(@"OTHER\dora", Gates.LocalPassword);
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        await using var alice = HandshakeClient.Ntlm(@"OTHER\alice", Gates.NtlmPassword);
        (await alice.RunAsync(connection, Wire.Call)).Text.ShouldBe(Wire.Refused);
        await using var dora = HandshakeClient.Ntlm(@"OTHER\dora", Gates.NtlmPassword);
        (await dora.RunAsync(connection, Wire.Call)).Text.ShouldStartWith("""{"user":"OTHER\\dora",""");
        await using var nowhere = HandshakeClient.Ntlm("alice", Gates.NtlmPassword);
        (await nowhere.RunAsync(connection, Wire.Call)).Text.ShouldBe(Wire.Refused);
    }

    [Fact, Contract("MIC-99", "MIC-133", "HTT-102")]
    public async Task A_connection_is_nobody_again_when_its_account_is_cut_off()
    {
        var gate = await gates.OpenAsync();
        foreach (var cut in new[] { new[] { "session", "revoke", "--account", "carol" }, ["account", "disable", "carol"] })
        {
            await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\carol", Gates.NtlmPassword);
            await using var connection = await WireClient.ConnectAsync(gate.Https);
            (await caller.RunAsync(connection, Wire.Call)).Status.ShouldBe(200);
            (await connection.AskAsync(Wire.Call)).Status.ShouldBe(200);
            (await gate.RunAsync(cut)).ExitCode.ShouldBe(0);
            await Eventually.AsyncTrue(async () => (await connection.AskAsync(Wire.Call)).Status == 401);
        }

        await gate.RunAsync("account", "enable", "carol");
    }

    [Fact, Contract("MIC-99", "MIC-76")]
    public async Task A_connection_is_nobody_again_when_a_session_would_be_over()
    {
        var gate = await gates.GateAsync("NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE=local"), ("Dialects:Micetro:SessionIdleSeconds", "2"), ("Dialects:Micetro:SessionLifetimeSeconds", "2"));
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        (await caller.RunAsync(connection, Wire.Call)).Header("Persistent-Auth").ShouldBe("true");
        await Eventually.AsyncTrue(async () => (await connection.AskAsync(Wire.Call)).Status == 401);
    }

    [Fact, Contract("MIC-79", "MIC-99")]
    public async Task Logout_drops_the_identity_of_the_connection()
    {
        var gate = await gates.OpenAsync();
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        (await caller.RunAsync(connection, Wire.Call)).Status.ShouldBe(200);
        (await connection.AskAsync(Wire.Post("/mmws/api/command/Logout", ""))).Status.ShouldBe(204);
        (await connection.AskAsync(Wire.Call)).Text.ShouldBe(Wire.MissingSession);
    }

    [Fact, Contract("MIC-99", "HTT-65")]
    public async Task With_PersistNtlm_false_or_through_a_proxy_each_request_proves_itself()
    {
        var gate = await gates.GateAsync("NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE=local"), ("Dialects:Micetro:PersistNtlm", "false"));
        foreach (var (at, request) in new[] { (gate, Wire.Call), (await gates.OpenAsync(), Wire.With(Wire.Call, "Via: 1.1 proxy.example")) })
        {
            await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
            await using var connection = await WireClient.ConnectAsync(at.Https);
            var answer = await caller.RunAsync(connection, request);
            answer.Status.ShouldBe(200);
            answer.Header("Persistent-Auth").ShouldBe("false");
            (await connection.AskAsync(request)).Status.ShouldBe(401);
        }
    }

    [Fact, Contract("HTT-99", "MIC-125")]
    public async Task Without_anybody_who_knows_the_passwords_ntlm_is_unavailable_and_no_guess()
    {
        var gate = await gates.GateAsync("NTLM", ("Authorities:Negotiate:NtlmUserFile", "/nowhere/users"));
        await Eventually.AsyncTrue(() => Task.FromResult(gate.Log.Contains("gss-ntlmssp", StringComparison.Ordinal)));
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        (await WireClient.ExchangeAsync(gate.Https, Wire.WithToken(Wire.Call, await caller.NextAsync()))).Text.ShouldBe(Wire.Unavailable);
    }

    [Fact, Contract("HTT-64")]
    public async Task No_more_handshakes_wait_than_are_allowed()
    {
        await using var gate = await gates.StartAsync("NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE=local"), ("Authorities:Negotiate:MaximumHandshakes", "2"));
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", Gates.NtlmPassword);
        var first = Wire.WithToken(Wire.Call, await caller.NextAsync());
        await using var one = await WireClient.ConnectAsync(gate.Https);
        await using var third = await WireClient.ConnectAsync(gate.Https);
        await using (var two = await WireClient.ConnectAsync(gate.Https))
        {
            (await one.AskAsync(first)).Status.ShouldBe(401);
            (await two.AskAsync(first)).Status.ShouldBe(401);
            (await third.AskAsync(first)).Status.ShouldBe(503);
        }

        // A connection that is gone makes room.
        await Eventually.AsyncTrue(async () => (await third.AskAsync(first)).Status == 401);
    }

    [Fact, Contract("HTT-181", "MIC-137", "ATK-46")]
    public async Task No_token_is_in_log_or_audit()
    {
        await using var gate = await gates.StartAsync("NTLM,Kerberos", ("Authorities:Negotiate:Realms", "EXAMPLE=local"), ("Logging:LogLevel:Default", "Trace"));
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        await using var caller = HandshakeClient.Ntlm(@"EXAMPLE\alice", "a wrong password");
        var begin = await caller.NextAsync();
        var first = await connection.AskAsync(Wire.WithToken(Wire.Call, begin));
        var proof = await caller.NextAsync(Wire.TokenOf(first));
        (await connection.AskAsync(Wire.WithToken(Wire.Call, proof))).Status.ShouldBe(401);
        var seen = gate.Log + gate.Output + (await gate.RunAsync("audit", "--json")).Output;
        seen.ShouldContain(@"EXAMPLE\\alice");
        foreach (var token in new[] { begin, proof, Wire.TokenOf(first)! })
        {
            seen.ShouldNotContain(token[..24]);
        }
    }
}
