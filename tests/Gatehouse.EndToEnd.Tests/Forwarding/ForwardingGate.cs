using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Micetro;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.EndToEnd.Tests.ProactiveNet;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.Forwarding;

/// <summary>How a dialect's caller asks for a protected path of his.</summary>
/// <param name="Dialect">Id of the dialect.</param>
/// <param name="Prefix">Where its protected paths begin, without final slash.</param>
/// <param name="Credential">The header line.</param>
/// <param name="Secret">What must never be seen behind the gate.</param>
public sealed record Caller(string Dialect, string Prefix, string Credential, string Secret);

/// <summary>The program with one real upstream behind all its dialects; the caller is <c>admin</c>.</summary>
public sealed class ForwardingGate : IAsyncLifetime
{
    /// <summary>A header by which a test tells the upstream how to answer.</summary>
    public const string Wish = "X-Wish";

    public RecordingUpstream Upstream { get; private set; } = null!;

    public GatehouseServer Server { get; private set; } = null!;

    /// <summary>One caller of each dialect.</summary>
    public IReadOnlyDictionary<string, Caller> Callers { get; private set; } = null!;

    public string MicetroSession { get; private set; } = null!;

    public static TheoryData<string> Dialects { get; } = ["micetro", "repositories", "ar-system", "operational-intelligence", "proactivenet"];

    public static (string Name, string Value)[] OptionsTo(Uri upstream) =>
    [
        .. new[] { "Micetro", "Repositories", "ArSystem", "OperationalIntelligence", "ProactiveNet" }.Select(name => ($"Dialects:{name}:Upstream", upstream.ToString())),
        ("Throttle:SourceLimit", "1000000"),
    ];

    public async ValueTask InitializeAsync()
    {
        Upstream = RecordingUpstream.Start(AnswerAsync);
        Server = await GatehouseServer.StartAsync(OptionsTo(Upstream.Address));
        Callers = (await SignInAsync(Server)).ToDictionary(caller => caller.Dialect);
        MicetroSession = Callers["micetro"].Secret;
    }

    /// <summary>Signs <c>admin</c> in, in every dialect.</summary>
    public static Task<IReadOnlyList<Caller>> SignInAsync(GatehouseServer server) => SignInAsync(server.Https, server.AdminPassword);

    /// <summary>Signs <c>admin</c> in, in every dialect, at the server or at a proxy before it.</summary>
    public static async Task<IReadOnlyList<Caller>> SignInAsync(Uri address, string password)
    {
        var login = await WireClient.ExchangeAsync(address, Request("POST", "/mmws/api/micetro/sessions", Wire.LoginBody("admin", password), "Content-Type: application/json"));
        var micetro = Wire.SessionOf(login.Text);
        var ar = (await WireClient.ExchangeAsync(address, ArRequests.Login("admin", password))).Text;
        var oi = OiGate.Tokens(await WireClient.ExchangeAsync(address, OiRequests.SignIn("admin", password))).Tkn;
        var pn = ProactiveNetDesk.TokenOf(await WireClient.ExchangeAsync(address, ProactiveNetDesk.Post(ProactiveNetDesk.LoginPath, ProactiveNetDesk.Fields("admin", password))));
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{password}"));
        return
        [
            new("micetro", "/mmws/api", $"Authorization: Bearer {micetro}", micetro),
            new("repositories", "/api/repositories/DEFAULTORG", $"Authorization: Basic {basic}", basic),
            new("ar-system", "/api/arsys", $"Authorization: AR-JWT {ar}", ar),
            new("operational-intelligence", "/mdo", $"Authorization: {OiRequests.Bearer(oi)}", OiRequests.Bearer(oi)["Bearer ".Length..]),
            new("proactivenet", "/bppmws/api", $"Authorization: authtoken {pn}", pn),
        ];
    }

    /// <summary>One request of a caller over TLS.</summary>
    public Task<WireAnswer> CallAsync(Caller caller, string path, string method = "GET", string? body = null, params string[] headers) =>
        SendAsync(Request(method, caller.Prefix + path, body, [caller.Credential, .. headers]));

    public Task<WireAnswer> SendAsync(string request) => WireClient.ExchangeAsync(Server.Https, request);

    public static string Request(string method, string target, string? body, params string[] headers) =>
        $"{method} {target} HTTP/1.1\r\nHost: gate.example\r\n{string.Concat(headers.Select(header => header + "\r\n"))}{(body is null ? "" : $"Content-Length: {body.Length}\r\n")}\r\n{body}";

    /// <summary>The request whose target ends like this.</summary>
    public UpstreamRequest Seen(string targetEnd) => Upstream.Requests.Single(request => request.Target.EndsWith(targetEnd, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    private static async Task AnswerAsync(UpstreamRequest request, UpstreamConnection connection)
    {
        switch (request.Header(Wish))
        {
            case "teapot":
                await connection.SendAsync("HTTP/1.1 418 I am a teapot\r\nX-Theirs: 1\r\nWWW-Authenticate: Basic realm=\"theirs\"\r\nContent-Length: 5\r\n\r\nshort");
                break;
            case "die":
                connection.Close();
                break;
            case "silence":
                await connection.ReadAsync();
                break;
            case "half":
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
                connection.Reset();
                break;
            default:
                await connection.AnswerAsync("answer");
                break;
        }
    }
}
