using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.EndToEnd.Tests.OAuth;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing.Server;
using Shouldly;

[assembly: AssemblyFixture(typeof(OAuthGates))]

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>The servers that tests of the OAuth face share, one per configuration.</summary>
public sealed class OAuthGates : IAsyncDisposable
{
    private static readonly (string, string)[] Common =
    [
        ("Throttle:SourceLimit", "1000000"), (Option("Audiences"), "https://orders.example,https://other.example"), (Option("Scopes"), "reports,orders"), ("Dialects:Repositories:RequireSid", "true"),
    ];

    private readonly ConcurrentDictionary<string, Lazy<Task<OAuthGate>>> _gates = new(StringComparer.Ordinal);

    /// <summary>Audiences and scopes, else defaults.</summary>
    public Task<OAuthGate> Default => Started(nameof(Default));

    /// <summary>The password grant for the clients <c>old</c> and <c>older</c>.</summary>
    public Task<OAuthGate> Passwords => Started(nameof(Passwords), (Option("PasswordGrantClients"), "old,older"));

    /// <summary>The same, and any number of guesses without a delay.</summary>
    public Task<OAuthGate> Patient => Started(nameof(Patient), (Option("PasswordGrantClients"), "old"), ("Throttle:FreeAttempts", "1000"));

    /// <summary>The same without a grace.</summary>
    public Task<OAuthGate> NoGrace => Started(nameof(NoGrace), (Option("PasswordGrantClients"), "old"), (Option("RefreshGraceSeconds"), "0"));

    /// <summary>Tokens that end while a test waits.</summary>
    public Task<OAuthGate> Brief => Started(
        nameof(Brief), (Option("PasswordGrantClients"), "old"), (Option("AccessTokenSeconds"), "2"), (Option("RefreshTokenSeconds"), "3"), ("Dialects:OperationalIntelligence:IdleTimeoutSeconds", "2"));

    /// <summary>The third wrong password locks; the password grant for <c>old</c>.</summary>
    public Task<OAuthGate> Locking => Started(nameof(Locking), ("Throttle:LockAfter", "3"), (Option("PasswordGrantClients"), "old"));

    /// <summary>An issuer with a path; plain HTTP.</summary>
    public Task<OAuthGate> Named => Started(nameof(Named), (Option("Issuer"), "https://gate.example/north/"), (Option("AllowHttp"), "true"));

    public static string Option(string name) => $"Dialects:OAuth:{name}";

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in _gates.Values)
        {
            await (await gate.Value).DisposeAsync();
        }
    }

    private Task<OAuthGate> Started(string name, params (string, string)[] options) =>
        _gates.GetOrAdd(name, _ => new Lazy<Task<OAuthGate>>(() => OAuthGate.StartAsync([.. Common, .. options]))).Value;
}

/// <summary>A running server as tests of the OAuth face use it.</summary>
public sealed class OAuthGate : IAsyncDisposable
{
    /// <summary>The password of every account that a test makes.</summary>
    public const string Password = OiGate.Password;

    private OAuthGate(OiGate inner) => Inner = inner;

    public OiGate Inner { get; }

    public GatehouseServer Server => Inner.Server;

    public string Issuer => Server.Https.GetLeftPart(UriPartial.Authority);

    public static async Task<OAuthGate> StartAsync(params (string Name, string Value)[] options)
    {
        var gate = new OAuthGate(await OiGate.StartAsync(options));
        await gate.AddAsync("service", Roles.Client);
        await gate.AddAsync("old", Roles.Client);
        await gate.AddAsync("other", Roles.Client);
        return gate;
    }

    public Task AddAsync(string name, Roles roles = Roles.None, params string[] tenants) => Inner.AddAsync(name, roles, Password, tenants);

    public Task<WireAnswer> SendAsync(string request, string? from = null) => WireClient.ExchangeAsync(Server.Https, request, from);

    public Task<WireAnswer> PostAsync(string endpoint, string? client, params (string Name, string Value)[] form) => SendAsync(OAuthRequests.Post(endpoint, client, form));

    /// <summary>An access token of a client for itself.</summary>
    public async Task<string> OwnTokenAsync(string client = "service", params (string Name, string Value)[] more) =>
        Member(await PostAsync("token", client, [("grant_type", "client_credentials"), .. more]), "access_token");

    public Task<WireAnswer> TryExchangeAsync(string token, string client = "service", string type = OAuthRequests.AccessTokenType, params (string Name, string Value)[] more) =>
        PostAsync("token", client, [("grant_type", OAuthRequests.Exchange), ("subject_token", token), ("subject_token_type", type), .. more]);

    public async Task<string> ExchangeAsync(string token, string client = "service", params (string Name, string Value)[] more) =>
        Member(await TryExchangeAsync(token, client, more: more), "access_token");

    /// <summary>What introspection says.</summary>
    public async Task<JsonElement> IntrospectAsync(string token, string client = "service")
    {
        var answer = await PostAsync("introspect", client, ("token", token));
        answer.Status.ShouldBe(200, answer.Text);
        return JsonDocument.Parse(answer.Text).RootElement;
    }

    public async Task<bool> IsActiveAsync(string token, string client = "service")
    {
        var answer = await PostAsync("introspect", client, ("token", token));
        answer.Status.ShouldBe(200, answer.Text);
        if (answer.Text.StartsWith("{\"active\":true,", StringComparison.Ordinal))
        {
            return true;
        }

        answer.Text.ShouldBe("{\"active\":false}");
        return false;
    }

    /// <summary>The password grant.</summary>
    public Task<WireAnswer> SignInAsync(string name, string client = "old", string password = Password, params (string Name, string Value)[] more) =>
        PostAsync("token", client, [("grant_type", "password"), ("username", name), ("password", password), .. more]);

    public Task<WireAnswer> RefreshAsync(string token, string client = "old", params (string Name, string Value)[] more) =>
        PostAsync("token", client, [("grant_type", "refresh_token"), ("refresh_token", token), .. more]);

    /// <summary>Signs somebody in through every dialect, and returns the token as the dialect gave it out.</summary>
    public async Task<IReadOnlyList<(string Dialect, string Token)>> SignInEverywhereAsync(string name)
    {
        var micetro = await SendAsync(Json("/mmws/api/micetro/sessions", $$"""{"loginName":"{{name}}","password":"{{Password}}"}"""));
        var ar = await SendAsync(FormTo("/api/jwt/login", ("username", name), ("password", Password)));
        var pn = await SendAsync(FormTo("/bppmws/api/authenticate/login", ("username", name), ("password", Password)));
        return
        [
            ("micetro", Member(micetro, "session")), ("ar-system", ar.Text), ("operational-intelligence", (await Inner.SignInAsync(name)).Tkn),
            ("proactivenet", PnToken(pn)), ("repositories", await RepositorySessionAsync(name)),
        ];
    }

    /// <summary>The password text of a repository's session.</summary>
    public async Task<string> RepositorySessionAsync(string name, string repository = "DEFAULTORG")
    {
        var answer = await SendAsync($"POST /api/repositories/{repository}/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: {OAuthRequests.Literal($"{name}:{Password}")}\r\nContent-Length: 0\r\n\r\n");
        answer.Status.ShouldBe(201, answer.Text);
        return answer.Text;
    }

    public static string Json(string target, string body, string type = "application/json") =>
        $"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public static string FormTo(string target, params (string Name, string Value)[] form) => Json(target, OAuthRequests.Encode(form), OAuthRequests.Form);

    /// <summary>A member of a good answer.</summary>
    public static string Member(WireAnswer answer, string name)
    {
        answer.Status.ShouldBeOneOf(200, 201);
        return Find(JsonDocument.Parse(answer.Text).RootElement, name) ?? throw new InvalidOperationException($"No '{name}' in {answer.Text}");
    }

    /// <summary>The claims of a JWT.</summary>
    public static JsonElement Claims(string token) => JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).RootElement;

    /// <summary>Whether an answer is an error of the OAuth face, to the byte.</summary>
    internal static void ShouldBe(WireAnswer answer, int status, string error)
    {
        answer.Status.ShouldBe(status, answer.Text);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Header("Pragma").ShouldBe("no-cache");
        var body = JsonDocument.Parse(answer.Text).RootElement;
        body.EnumerateObject().Select(member => member.Name).ShouldBe(["error", "error_description"]);
        body.GetProperty("error").GetString().ShouldBe(error);
        body.GetProperty("error_description").GetString()!.ShouldAllBe(character => character >= ' ' && character <= '~' && character != '"' && character != '\\');
        answer.All("WWW-Authenticate").ShouldBe(status == 401 ? ["Basic realm=\"oauth\", charset=\"UTF-8\""] : []);
    }

    public async ValueTask DisposeAsync() => await Inner.DisposeAsync();

    private static string PnToken(WireAnswer answer) =>
        answer.Status == 200 ? Find(JsonDocument.Parse(answer.Text).RootElement, "authToken") ?? throw new InvalidOperationException(answer.Text) : throw new InvalidOperationException(answer.Text);

    private static string? Find(JsonElement element, string name)
    {
        foreach (var member in element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : default)
        {
            if ((member.Name == name && member.Value.ValueKind is JsonValueKind.String ? member.Value.GetString() : Find(member.Value, name)) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
