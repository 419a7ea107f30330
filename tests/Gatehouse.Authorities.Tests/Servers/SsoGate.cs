using System.Text;
using System.Text.Json;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>The real program beside a real single sign-on, called over real sockets.</summary>
internal sealed class SsoGate(GatehouseServer server) : IAsyncDisposable
{
    public const string Password = "pear tree by the river";

    public GatehouseServer Server => server;

    public static async Task<SsoGate> StartAsync(params (string Name, string Value)[] options) => new(await GatehouseServer.StartAsync(options));

    public Task<WireAnswer> SendAsync(string request) => WireClient.ExchangeAsync(server.Https, request);

    public async Task AddTenantAsync(string name)
    {
        (await server.RunAsync("tenant", "add", name)).ExitCode.ShouldBe(0);

        // The running server learns of it within a second.
        await Task.Delay(1_000);
    }

    /// <summary>ProactiveNet's login.</summary>
    public Task<WireAnswer> LoginAsync(string name, string password = Password, string? tenant = null) => SendAsync(Post(
        "/bppmws/api/authenticate/login", $"username={Escape(name)}&password={Escape(password)}{(tenant is null ? "" : $"&tenantName={Escape(tenant)}")}"));

    public async Task<string> TokenAsync(string name, string? tenant = null)
    {
        var answer = await LoginAsync(name, tenant: tenant);
        answer.Status.ShouldBe(200, answer.Text);
        return Json(answer).GetProperty("response").GetProperty("authToken").GetString()!;
    }

    /// <summary>A protected call with a ProactiveNet token.</summary>
    public Task<WireAnswer> CallAsync(string token) => SendAsync($"GET /bppmws/api/Device HTTP/1.1\r\nHost: x\r\nAuthorization: authtoken {token}\r\n\r\n");

    public Task<WireAnswer> LogoutAsync(string token) => SendAsync($"POST /bppmws/api/authenticate/logout HTTP/1.1\r\nHost: x\r\nAuthorization: authtoken {token}\r\nContent-Length: 0\r\n\r\n");

    /// <summary>Operational Intelligence's password grant.</summary>
    public Task<WireAnswer> GrantAsync(string name, string tenant, string more = "&exttoken_requested=true", string password = Password) => SendAsync(Post(
        "/ess/security/v1/token", $"grant_type=PASSWORD&username={Escape(name)}&password={Escape(password)}{more}", $"Authorization: Basic {Base64(tenant)}"));

    public Task<WireAnswer> RefreshAsync(string token, string tenant) => SendAsync(Post(
        "/ess/security/v1/token", $"grant_type=REFRESH_TOKEN&refresh_token={token}", $"Authorization: Basic {Base64(tenant)}"));

    /// <summary>A protected call with an Operational Intelligence token.</summary>
    public Task<WireAnswer> SearchAsync(string token) => SendAsync($"GET /mdo/v2/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Base64(JsonSerializer.Serialize(new Dictionary<string, string> { ["tkn"] = token }))}\r\n\r\n");

    /// <summary>Rows of the audit.</summary>
    public async Task<IReadOnlyList<JsonElement>> AuditAsync()
    {
        await Task.Delay(1_000);
        var listed = await server.RunAsync("audit", "--json");
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>How many wrong passwords are counted for a name.</summary>
    public async Task<int> GuessesAsync(string key)
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(server.Data, "gatehouse.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce((SELECT count FROM guess WHERE key = @key), 0)";
        command.Parameters.AddWithValue("@key", key);
        return Convert.ToInt32(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public static JsonElement Json(WireAnswer answer) => JsonDocument.Parse(answer.Text).RootElement;

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public static string Escape(string text) => Uri.EscapeDataString(text);

    public static string Post(string path, string body, params string[] headers) =>
        $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
