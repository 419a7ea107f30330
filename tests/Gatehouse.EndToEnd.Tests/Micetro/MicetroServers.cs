using System.Text;
using System.Text.Json;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>The tests of this dialect share three servers, and run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class MicetroCollection : ICollectionFixture<MicetroServers>
{
    public const string Name = "micetro";
}

/// <summary>Three configurations: as delivered, narrowed down, and one that slows guesses early.</summary>
public sealed class MicetroServers : IAsyncLifetime
{
    public const string Password = "correct horse battery";
    public const string Proxy = "127.0.0.2";
    private readonly TemporaryDirectory _files = new();

    /// <summary>As delivered, behind a trusted proxy at 127.0.0.2. Has the account alice, member of DEFAULTORG.</summary>
    public GatehouseServer Plain { get; private set; } = null!;

    /// <summary>Bearer only, Central checked, no session in URLs, two sessions per account, short lives, a WSDL of its own.</summary>
    public GatehouseServer Strict { get; private set; } = null!;

    /// <summary>Three free attempts, locked after five; passwords in URLs; bodies up to 64 KiB; HTTP from everywhere.</summary>
    public GatehouseServer Throttled { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_files.File("preferences.cfg"), """
            <AuthorizationMethods value="" />
            <LockToDefaultServer value="0" />
            DefaultCentralServer = central.example
            <SomethingElse value="secret-of-the-operator" />
            """);
        Plain = await GatehouseServer.StartAsync(("TrustedProxies", Proxy));
        Strict = await GatehouseServer.StartAsync(
            ("Dialects:Micetro:PreferencesFile", _files.File("preferences.cfg")),
            ("Dialects:Micetro:WsdlFile", Path.Combine(AppContext.BaseDirectory, "Micetro", "Clients", "product.wsdl")),
            ("Dialects:Micetro:AllowSessionInUrl", "false"),
            ("Dialects:Micetro:MaxSessionsPerAccount", "2"),
            ("Dialects:Micetro:SessionIdleSeconds", "4"),
            ("Dialects:Micetro:SessionLifetimeSeconds", "7"),
            ("Dialects:Micetro:Realm", "Test realm"),
            ("Dialects:Micetro:ReportedVersion", "10.5"));
        Throttled = await GatehouseServer.StartAsync(
            ("Dialects:Micetro:AllowPasswordInUrl", "true"),
            ("Dialects:Micetro:MaxCallBodyBytes", "65536"),
            ("Dialects:Micetro:AllowHttp", "true"),
            ("Throttle:FreeAttempts", "3"),
            ("Throttle:FirstDelaySeconds", "1"),
            ("Throttle:LockAfter", "4"));
        await Plain.AddAccountAsync("alice", Password, "--tenant", "DEFAULTORG");
        await Strict.AddAccountAsync("alice", Password);
        await Throttled.AddAccountAsync("alice", Password);
    }

    public async ValueTask DisposeAsync()
    {
        await Plain.DisposeAsync();
        await Strict.DisposeAsync();
        await Throttled.DisposeAsync();
        _files.Dispose();
    }
}

/// <summary>Requests of this dialect, written down byte for byte.</summary>
internal static class Wire
{
    public const string BadCredentials = """{"error":{"code":16394,"message":"Invalid username or password."}}""";
    public const string MissingSession = """{"error":{"code":5002,"message":"Missing Session ID."}}""";
    public const string InvalidSession = """{"error":{"code":5003,"message":"Invalid or expired session"}}""";
    public const string NotFound = """{"error":{"code":90404,"message":"No such resource."}}""";
    public const string Unreadable = """{"error":{"code":90400,"message":"The request could not be read."}}""";
    public const string Json = "application/json; charset=utf-8";
    public const string BasicChallenge = "Basic realm=\"Micetro\", charset=\"UTF-8\"";
    public const string BearerChallenge = "Bearer realm=\"Micetro\"";
    public const string InvalidTokenChallenge = "Bearer realm=\"Micetro\", error=\"invalid_token\"";
    public const string Ns = "http://menandmice.com/webservices/";
    public const string Soap11 = "http://schemas.xmlsoap.org/soap/envelope/";
    public const string Soap12 = "http://www.w3.org/2003/05/soap-envelope";

    public static string Error(int code, string message) => $$$"""{"error":{"code":{{{code}}},"message":"{{{message}}}"}}""";

    public static string LoginBody(string name, string password) => $$"""{"server":"localhost","loginName":"{{name}}","password":"{{password}}"}""";

    public static string Basic(string name, string password) => $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"))}";

    /// <summary>Sends one request over plain loopback HTTP; headers as whole lines.</summary>
    public static Task<WireAnswer> SendAsync(this GatehouseServer server, string method, string target, string? body = null, params string[] headers) =>
        SendFromAsync(server, null, method, target, body, headers);

    public static Task<WireAnswer> SendFromAsync(this GatehouseServer server, string? localAddress, string method, string target, string? body = null, params string[] headers) =>
        WireClient.ExchangeAsync(server.Http, Text(method, target, body, headers), localAddress);

    public static Task<WireAnswer> GetAsync(this GatehouseServer server, string target, params string[] headers) => server.SendAsync("GET", target, null, headers);

    public static string Text(string method, string target, string? body, params string[] headers)
    {
        var text = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: gate.example:8008\r\n");
        foreach (var header in headers)
        {
            text.Append(header).Append("\r\n");
        }

        var bytes = body is null ? "" : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(body));
        if (body is not null)
        {
            text.Append("Content-Length: ").Append(bytes.Length).Append("\r\n");
        }

        return text.Append("\r\n").Append(bytes).ToString();
    }

    public static async Task<string> LoginAsync(this GatehouseServer server, string name = "alice", string password = MicetroServers.Password)
    {
        var answer = await server.SendAsync("POST", "/mmws/api/micetro/sessions", LoginBody(name, password));
        return answer.Status == 201 ? SessionOf(answer.Text) : throw new InvalidOperationException(answer.Text);
    }

    public static string SessionOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("result").GetProperty("session").GetString()!;
    }

    public static string Envelope(string body, string version = Soap11, string header = "") => $"<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"{version}\">{header}<e:Body>{body}</e:Body></e:Envelope>";

    public static string SoapLogin(string name, string password) => $"<Login xmlns=\"{Ns}\"><server>localhost</server><loginName>{name}</loginName><password>{password}</password></Login>";

    public static Task<WireAnswer> SoapAsync(this GatehouseServer server, string envelope, params string[] headers) => server.SendAsync("POST", "/mmws/soap", envelope, headers);

    /// <summary>A fault in the 1.1 form, whole.</summary>
    public static string Fault11(int code, string text, string faultCode = "Client") =>
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{Soap11}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body><soap:Fault><faultcode>soap:{faultCode}</faultcode><faultstring>{text}</faultstring><detail><code xmlns=\"{Ns}\">{code}</code></detail></soap:Fault></soap:Body></soap:Envelope>";

    /// <summary>A fault in the 1.2 form, whole.</summary>
    public static string Fault12(int code, string text, string faultCode = "Sender") =>
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{Soap12}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body><soap:Fault><soap:Code><soap:Value>soap:{faultCode}</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">{text}</soap:Text></soap:Reason><soap:Detail><code xmlns=\"{Ns}\">{code}</code></soap:Detail></soap:Fault></soap:Body></soap:Envelope>";

    /// <summary>Audit events of the dialect.</summary>
    public static async Task<List<JsonElement>> AuditAsync(this GatehouseServer server)
    {
        await Task.Delay(800);
        var result = await server.RunAsync("audit", "--json");
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).Where(audit => audit.GetProperty("dialect").GetString() == "micetro")];
    }
}
