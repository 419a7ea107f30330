using System.Text;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>Every kind of token at every dialect's protected path, in every wrapping that any of them takes: it opens where its own contract says so, and nowhere else.</summary>
public sealed class TokenMatrixTests(OAuthGates gates)
{
    private const string User = "matrix";

    /// <summary>A door, in one wrapping: which token kinds it opens for.</summary>
    private static readonly (string Name, Func<string, string> Request, string[] Opens)[] Doors =
    [
        .. Everywhere("micetro", "/mmws/api/DNSZones", ["micetro as bearer"]),
        .. Everywhere("repositories", "/api/repositories/DEFAULTORG/x", ["repositories as password", "api as password"]),
        .. Everywhere("ar-system", "/api/arsys/v1/entry/x", ["ar-system as ar-jwt", "api as ar-jwt", "api as bearer"]),
        .. Everywhere("operational-intelligence", "/mdo/v2/x", ["operational-intelligence as wrapped", "api as wrapped"]),
        .. Everywhere("proactivenet", "/bppmws/api/x", ["proactivenet as authtoken", "api as authtoken"]),
    ];

    [Fact]
    [Contract("HTT-59", "HTT-159", "ATK-18", "ATK-20", "ATK-67")]
    public async Task Every_token_at_every_door_in_every_wrapping()
    {
        var gate = await gates.Passwords;
        await gate.AddAsync(User);
        var signedIn = await gate.SignInAsync(User);
        var oi = await gate.Inner.SignInAsync(User);
        var everywhere = await gate.SignInEverywhereAsync(User);
        var api = await gate.Inner.IssueAsync(User);
        var repository = System.Text.Json.JsonDocument.Parse(everywhere.Single(token => token.Dialect == "repositories").Token).RootElement;
        (string Kind, string Token)[] tokens =
        [
            .. everywhere, ("api", api), ("oauth access", OAuthGate.Member(signedIn, "access_token")), ("oauth refresh", OAuthGate.Member(signedIn, "refresh_token")), ("oi refresh", oi.Rtkn),
            ("exchanged", await gate.ExchangeAsync(oi.Tkn)), ("public id", (await gate.IntrospectAsync(api)).GetProperty("jti").GetString()!), ("half a pair", repository.GetProperty("session").GetString()!), ("other half", repository.GetProperty("sid").GetString()!),
        ];
        var wrong = new List<string>();
        var opened = new HashSet<string>();
        await Parallel.ForEachAsync(Doors.SelectMany(door => tokens.Select(token => (door, token))), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (pair, _) =>
        {
            var (door, token) = pair;
            var answer = await gate.SendAsync(door.Request(token.Token));
            var wrapping = $"{token.Kind} as {door.Name.Split(": ")[1]}";
            lock (wrong)
            {
                var isOpen = answer.Status == 200;
                if (isOpen)
                {
                    opened.Add($"{door.Name.Split(": ")[0]}: {wrapping}");
                }

                if (isOpen != door.Opens.Contains(wrapping) || answer.Status >= 500)
                {
                    wrong.Add($"{door.Name} <- {token.Kind}: {answer.Status}");
                }
            }
        });

        wrong.ShouldBeEmpty();
        opened.Count.ShouldBe(10);
    }

    [Fact]
    [Contract("HTT-59", "ATK-20", "ATK-67")]
    public async Task Every_token_as_the_clients_secret_as_the_users_password_and_as_the_token_of_each_grant()
    {
        var gate = await gates.Patient;
        await gate.AddAsync("matrix-client", Core.Accounts.Roles.Client);
        var signedIn = await gate.SignInAsync("matrix-client");
        string[] tokens =
        [
            .. (await gate.SignInEverywhereAsync("matrix-client")).Select(token => token.Token), await gate.Inner.IssueAsync("matrix-client"), OAuthGate.Member(signedIn, "access_token"), OAuthGate.Member(signedIn, "refresh_token"),
            (await gate.Inner.SignInAsync("matrix-client")).Rtkn,
        ];
        foreach (var token in tokens)
        {
            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw("token", OAuthRequests.Basic("matrix-client", token), "grant_type=client_credentials")), 401, "invalid_client");
            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw("introspect", $"Bearer {token}", OAuthRequests.Encode(("token", token)))), 401, "invalid_client");
            OAuthGate.ShouldBe(await gate.SignInAsync("matrix-client", password: token), 400, "invalid_grant");
            (await gate.RefreshAsync(token, "matrix-client")).Status.ShouldBe(400);
        }
    }

    private static IEnumerable<(string Name, Func<string, string> Request, string[] Opens)> Everywhere(string dialect, string path, string[] opens)
    {
        (string Wrapping, Func<string, string> Header)[] wrappings =
        [
            ("bearer", token => $"Authorization: Bearer {token}"), ("ar-jwt", token => $"Authorization: AR-JWT {token}"), ("authtoken", token => $"Authorization: authtoken {token}"),
            ("wrapped", token => $"Authorization: Bearer {Base64($"{{\"tkn\":\"{token.Replace("\"", "\\\"", StringComparison.Ordinal)}\",\"t\":\"DEFAULTORG\"}}")}"),
            ("password", token => $"Authorization: Basic {Base64($"{User}:{token}")}"), ("name", token => $"Authorization: Basic {Base64($"{token}:{token}")}"),
            ("authtoken password", token => $"Authorization: authtoken {Base64($"{User}:{token}")}"), ("cookie", token => $"Cookie: AR-JWT={token}"), ("negotiate", token => $"Authorization: Negotiate {Base64(token)}"),
        ];
        foreach (var (wrapping, header) in wrappings)
        {
            yield return ($"{dialect}: {wrapping}", token => OAuthRequests.Get(path, "GET", header(token)), opens);
        }

        yield return ($"{dialect}: parameter", token => OAuthRequests.Get($"{path}?access_token={Uri.EscapeDataString(token)}&token={Uri.EscapeDataString(token)}&authToken={Uri.EscapeDataString(token)}"), opens);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
