using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Negotiate;

public sealed class RepositoriesTests(Gates gates)
{
    private const string BasicChallenge = "Basic realm=\"test\", charset=\"UTF-8\"";
    private const string Unauthorized = """{"message":"Unauthorized"}""";
    private static readonly string Sessions = Wire.Post("/api/repositories/test/sessions", "");

    [Fact, Contract("REP-32", "HTT-62")]
    public async Task A_windows_sign_in_ends_in_session_and_sid()
    {
        var gate = await GateAsync("kerberos");
        await using var connection = await WireClient.ConnectAsync(gate.Https);
        (await connection.AskAsync(Sessions)).All("WWW-Authenticate").ShouldBe([BasicChallenge, "Negotiate"]);

        // The first one makes the account; who is no member stays outside.
        await using var first = await gates.KerberosAsync("stranger");
        var outside = await first.RunAsync(connection, Sessions);
        outside.Status.ShouldBe(401);
        outside.Text.ShouldBe(Unauthorized);
        (await gate.RunAsync("account", "grant", "stranger", "--tenant", "test")).ExitCode.ShouldBe(0);

        foreach (var caller in new[] { await gates.KerberosAsync("stranger"), HandshakeClient.Ntlm(@"EXAMPLE\carol", Gates.NtlmPassword) })
        {
            await using (caller)
            {
                var answer = await caller.RunAsync(connection, Sessions);
                if (answer.Status == 401)
                {
                    // carol is a local account there, and no member of the realm's people.
                    answer.Text.ShouldBe(Unauthorized);
                    continue;
                }

                answer.Status.ShouldBe(201);
                answer.Text.ShouldMatch("""^\{"session":"[0-9a-f-]{36}","sid":"[0-9]+"\}$""");
                (await connection.AskAsync(Get("stranger", answer.Text))).Text.ShouldContain("\"method\":\"session-basic\"");
                (await connection.AskAsync(Get("stranger", answer.Text.Split(",\"sid\"")[0] + "}"))).Status.ShouldBe(401);
            }
        }
    }

    [Fact, Contract("HTT-54", "HTT-64")]
    public async Task Elsewhere_and_where_it_is_off_a_handshake_is_no_credential()
    {
        var (on, off) = (await GateAsync("kerberos"), await gates.OpenAsync());
        foreach (var (gate, request) in new[] { (on, "GET /api/repositories/test/x HTTP/1.1\r\nHost: localhost\r\n\r\n"), (off, Sessions) })
        {
            await using var caller = await gates.KerberosAsync("alice");
            var answer = await WireClient.ExchangeAsync(gate.Https, Wire.WithToken(request, await caller.NextAsync()));
            answer.Status.ShouldBe(401);
            answer.All("WWW-Authenticate").ShouldBe([BasicChallenge]);
        }

        // A handshake that was begun at one door does not go on at another.
        await using var connection = await WireClient.ConnectAsync(on.Https);
        await using var ntlm = HandshakeClient.Ntlm(@"EXAMPLE\stranger", Gates.NtlmPassword);
        var first = await connection.AskAsync(Wire.WithToken(Wire.Call, await ntlm.NextAsync()));
        (await connection.AskAsync(Wire.WithToken(Sessions, await ntlm.NextAsync(Wire.TokenOf(first))))).Text.ShouldBe(Unauthorized);
    }

    private static string Get(string name, string password) => Wire.With(
        "GET /api/repositories/test/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        $"Authorization: Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{name}:{password}"))}");

    private async Task<GatehouseServer> GateAsync(string authority)
    {
        var gate = await gates.GateAsync(
            "Basic,Kerberos,NTLM", ("Authorities:Negotiate:Realms", $"EXAMPLE.TEST={authority},EXAMPLE={authority}"), ("Dialects:Repositories:WindowsSignIn", "true"));
        await gate.RunAsync("tenant", "add", "test");
        return gate;
    }
}
