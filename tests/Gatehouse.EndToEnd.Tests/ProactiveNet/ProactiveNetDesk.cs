using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

/// <summary>The server that most tests of the dialect share, with nothing configured.</summary>
public sealed class ProactiveNetServer : IAsyncLifetime
{
    internal ProactiveNetDesk Desk { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Desk = await ProactiveNetDesk.OpenAsync();

    public ValueTask DisposeAsync() => Desk.DisposeAsync();
}

/// <summary>Tests that share a server; they take turns.</summary>
[CollectionDefinition(Name)]
public sealed class ProactiveNetCollection : ICollectionFixture<ProactiveNetServer>
{
    public const string Name = "ProactiveNet";
}

/// <summary>A server, and the words of the dialect to talk to it.</summary>
internal sealed class ProactiveNetDesk(GatehouseServer server) : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    public const string Wrong = "incorrect horse battery";
    public const string LoginPath = "/bppmws/api/authenticate/login";
    public const string LogoutPath = "/bppmws/api/authenticate/logout";
    public const string DevicePath = "/bppmws/api/Device/10.0.0.1/stats";
    public const string Form = "application/x-www-form-urlencoded";
    public const string Refused = "Authentication failed. Invalid Username/Password OR Invalid/Expired Token.";
    public const string Denied = "Access denied. You are not authorized to perform this operation.";
    public const string HttpsRequired = "Access denied. HTTPS is required.";

    // One hash for all: making an account costs no hashing, only checking does.
    private static readonly Lazy<string> Hash = new(() => PasswordHash.Create(Password, 210_000));
    private readonly SqliteStore _store = new(Path.Combine(server.Data, "gatehouse.db"), new StoreOptions(), TimeProvider.System);

    public GatehouseServer Server => server;

    /// <summary>The store beside the server, as the commands use it.</summary>
    public SqliteStore Store => _store;

    public static async Task<ProactiveNetDesk> OpenAsync(params (string Name, string Value)[] options) =>
        new(await GatehouseServer.StartAsync([.. options.Select(option => (Full(option.Name), option.Value))]));

    public static async Task<ProactiveNetDesk> OpenOnAsync(string data, params (string Name, string Value)[] options) =>
        new(await GatehouseServer.StartOnAsync(data, [.. options.Select(option => (Full(option.Name), option.Value))]));

    /// <summary>Makes an account whose password is <see cref="Password"/>, and the tenants that it is in.</summary>
    public async Task AddAsync(string name, params string[] tenants)
    {
        var ids = ImmutableArray.CreateBuilder<long>();
        foreach (var tenant in tenants)
        {
            ids.Add(await AddTenantAsync(tenant));
        }

        (await _store.Accounts.AddAsync(new NewAccount(name, CanonicalName.KeyOf(name), Account.LocalAuthority, Hash.Value, Roles.None, ids.ToImmutable()), Row(AuditEvents.AccountAdd), default)).ShouldNotBeNull();
    }

    public async Task<long> AddTenantAsync(string name)
    {
        var known = (await _store.Tenants.ListAsync(default)).FirstOrDefault(tenant => tenant.Name == name);
        return (known ?? await _store.Tenants.AddAsync(name, CanonicalName.KeyOf(name), Guid.NewGuid().ToString(), hidden: false, Row(AuditEvents.TenantAdd), default))!.Id;
    }

    /// <summary>Waits until the server has followed what another process wrote; a second is what it may take.</summary>
    public static Task FeedAsync() => Task.Delay(800);

    public Task<WireAnswer> SendAsync(string request, bool https = false) => WireClient.ExchangeAsync(https ? server.Https : server.Http, request);

    public Task<WireAnswer> PostAsync(string path, string body, string? type = Form, params string[] headers) => SendAsync(Post(path, body, type, headers));

    public Task<WireAnswer> GetAsync(string path, params string[] headers) => SendAsync(Get(path, headers));

    /// <summary>Calls a protected path under <c>authtoken</c>.</summary>
    public Task<WireAnswer> CallAsync(string token, string path = DevicePath, bool https = false) => SendAsync(Get(path, $"Authorization: authtoken {token}"), https);

    /// <summary>Calls with name and password in Base64, over HTTPS.</summary>
    public Task<WireAnswer> CallWithPasswordAsync(string name, string password, string path = DevicePath) => CallAsync(Base64(name, password), path, https: true);

    public Task<WireAnswer> LoginAsync(string name, string password = Password, string? tenant = null) => PostAsync(LoginPath, Fields(name, password, tenant));

    /// <summary>Signs in and hands out the token.</summary>
    public async Task<string> TokenAsync(string name, string? tenant = null)
    {
        var answer = await LoginAsync(name, tenant: tenant);
        answer.Status.ShouldBe(200, answer.Text);
        return TokenOf(answer);
    }

    public Task<WireAnswer> LogoutAsync(string token) => PostAsync(LogoutPath, "", null, $"Authorization: authtoken {token}");

    /// <summary>An API token of the operator's.</summary>
    public async Task<string> IssueApiTokenAsync(string name, params string[] tenants)
    {
        var issued = await server.RunAsync(["token", "issue", name, .. tenants.SelectMany(tenant => new[] { "--tenant", tenant })]);
        issued.ExitCode.ShouldBe(0, issued.Errors);
        return issued.Output.Trim();
    }

    /// <summary>The audit rows of an account or typed name, oldest first, once they have been written.</summary>
    public async Task<IReadOnlyList<AuditEvent>> AuditAsync(string name)
    {
        await Task.Delay(700);
        return [.. (await _store.Audit.ReadAsync(0, null, int.MaxValue, default)).Where(row => row.Dialect == "proactivenet" && (row.Account == name || row.Name == name))];
    }

    /// <summary>How often the server counted a wrong password for a name.</summary>
    public async Task<int> GuessesAsync(string name)
    {
        await using var connection = OpenDatabase();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce((SELECT count FROM guess WHERE key = @key), 0)";
        command.Parameters.AddWithValue("@key", CanonicalName.KeyOf(name));
        return Convert.ToInt32(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public Microsoft.Data.Sqlite.SqliteConnection OpenDatabase()
    {
        var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(server.Data, "gatehouse.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    public static string Post(string path, string body, string? type = Form, params string[] headers)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var typeLine = type is null ? "" : $"Content-Type: {type}\r\n";
        return $"POST {path} HTTP/1.1\r\nHost: x\r\n{typeLine}{Lines(headers)}Content-Length: {bytes.Length}\r\n\r\n{Encoding.Latin1.GetString(bytes)}";
    }

    public static string Get(string path, params string[] headers) => Request("GET", path, headers);

    public static string Request(string method, string path, params string[] headers) => $"{method} {path} HTTP/1.1\r\nHost: x\r\n{Lines(headers)}\r\n";

    public static string Fields(string name, string password, string? tenant = null) =>
        $"username={Uri.EscapeDataString(name)}&password={Uri.EscapeDataString(password)}{(tenant is null ? "" : $"&tenantName={Uri.EscapeDataString(tenant)}")}";

    public static string Base64(string name, string password) => Base64($"{name}:{password}");

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public static string TokenOf(WireAnswer answer) => Json(answer).GetProperty("response").GetProperty("authToken").GetString()!;

    public static JsonElement Json(WireAnswer answer) => JsonDocument.Parse(answer.Body).RootElement;

    /// <summary>Holds an error against the contract's section 10.</summary>
    public static void ShouldBeError(WireAnswer answer, int status, string message, params string[] mustNotShow)
    {
        answer.Status.ShouldBe(status, answer.Text);
        var stamp = Json(answer).GetProperty("responseTimeStamp").GetString();
        answer.Text.ShouldBe($$"""{"response":{"status":"FAILED","authPassed":false},"statusCode":"{{status}}","statusMsg":"{{message}}","responseTimeStamp":"{{stamp}}"}""");
        stamp!.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$");
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Header("Server").ShouldBeNull();
        answer.Header("Set-Cookie").ShouldBeNull();
        answer.All("WWW-Authenticate").ShouldBe(status == 401 ? ["authtoken realm=\"proactivenet\""] : []);
        (answer.Header("Retry-After") is not null).ShouldBe(status is 429 or 503);
        foreach (var secret in mustNotShow)
        {
            answer.Text.ShouldNotContain(secret);
        }
    }

    public static void ShouldBeRefused(WireAnswer answer) => ShouldBeError(answer, 401, Refused);

    public static void ShouldBeBadRequest(WireAnswer answer, string reason) => ShouldBeError(answer, 400, $"Bad Request: {reason}");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await server.DisposeAsync();
    }

    private static string Full(string option) => option.Contains(':', StringComparison.Ordinal) || option == "TrustedProxies" ? option : $"Dialects:ProactiveNet:{option}";

    private static string Lines(string[] headers) => string.Concat(headers.Select(header => header + "\r\n"));

    private static AuditEvent Row(string name) => new() { Time = DateTimeOffset.UnixEpoch, Event = name, Outcome = AuditOutcomes.Accepted };
}
