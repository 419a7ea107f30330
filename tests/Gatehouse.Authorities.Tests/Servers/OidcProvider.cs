using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Testing;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>The npm package <c>oidc-provider</c>, a certified OpenID provider, with a password grant of our own glue (oidc-provider.mjs).</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    public const string ClientId = "gatehouse";

    /// <summary>Holds what must be form-encoded before it goes into a Basic header.</summary>
    public const string Secret = "s3cret: of 100% &odd";

    private static readonly Lazy<Task<string>> Modules = new(InstallAsync);
    private readonly TemporaryDirectory _directory = new();
    private readonly SsoCertificates _certificates = new();
    private readonly JsonObject _configuration;
    private readonly SsoProcess _process;

    private OidcProvider(string modules, bool jwt, bool revocation, int seconds)
    {
        var port = SsoProcess.FreePort();
        var (certificate, key) = _certificates.Write(_directory.Path, "localhost");
        CaFile = _directory.File("ca.crt");
        File.WriteAllText(CaFile, _certificates.RootPem);
        Issuer = new Uri($"https://localhost:{port}");
        _configuration = new JsonObject
        {
            ["issuer"] = IssuerText,
            ["port"] = port,
            ["key"] = key,
            ["cert"] = certificate,
            ["jwks"] = NewKeys("first"),
            ["secret"] = Secret,
            ["authentication"] = "client_secret_basic",
            ["users"] = _directory.File("users.json"),
            ["store"] = _directory.File("store.json"),
            ["modules"] = modules,
            ["tokens"] = jwt ? "jwt" : "opaque",
            ["audience"] = "https://gate.example",
            ["accessTokenSeconds"] = seconds,
            ["revocation"] = revocation,
        };
        WriteConfiguration();
        SetUsers(new JsonObject());
        _process = new SsoProcess("node", [Path.Combine(AppContext.BaseDirectory, "Servers", "oidc-provider.mjs"), _directory.File("config.json")], port);
    }

    public Uri Issuer { get; }

    public string IssuerText => Issuer.AbsoluteUri.TrimEnd('/');

    public string CaFile { get; }

    public SsoProcess Process => _process;

    public static async Task<OidcProvider> StartAsync(bool jwt = false, bool revocation = true, int seconds = 300)
    {
        var provider = new OidcProvider(await Modules.Value, jwt, revocation, seconds);
        await provider._process.StartAsync();
        return provider;
    }

    /// <summary>Options of an authority that uses it, below <c>Gatehouse</c>.</summary>
    public (string Name, string Value)[] Options(string authority, params (string Name, string Value)[] more)
    {
        (string Name, string Value)[] own = [("Issuer", IssuerText), ("ClientId", ClientId), ("ClientSecret", Secret), ("CaFile", CaFile), ("TimeoutSeconds", "4")];
        return [.. own.Concat(more).Select(option => ($"Authorities:Sso:{authority}:{option.Name}", option.Value))];
    }

    /// <summary>Sets who is known: a name, a password, groups, and words that explain why somebody may not enter.</summary>
    public void SetUsers(params (string Name, string Password, string[] Groups, string? State)[] users)
    {
        var table = new JsonObject();
        foreach (var (name, password, groups, state) in users)
        {
            table[name] = new JsonObject { ["password"] = password, ["groups"] = new JsonArray([.. groups.Select(group => JsonValue.Create(group))]), ["state"] = state };
        }

        SetUsers(table);
    }

    /// <summary>Starts again with another key; tokens that it gave are still there.</summary>
    public async Task RotateKeysAsync()
    {
        await _process.KillAsync();
        _configuration["jwks"] = NewKeys("second");
        WriteConfiguration();
        await _process.StartAsync();
    }

    /// <summary>What introspection says of a token.</summary>
    public async Task<JsonElement> IntrospectAsync(string token)
    {
        using var client = NewClient();
        using var answer = await client.PostAsync(new Uri(Issuer, "/token/introspection"), new FormUrlEncodedContent([new("token", token)]));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>Gets a token as a program beside the gate would.</summary>
    public async Task<string> GrantAsync(string name, string password)
    {
        using var client = NewClient();
        using var answer = await client.PostAsync(new Uri(Issuer, "/token"), new FormUrlEncodedContent([new("grant_type", "password"), new("username", name), new("password", password), new("scope", "openid profile")]));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>Ends a token at the provider.</summary>
    public async Task RevokeAsync(string token)
    {
        using var client = NewClient();
        using var answer = await client.PostAsync(new Uri(Issuer, "/token/revocation"), new FormUrlEncodedContent([new("token", token)]));
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _certificates.Dispose();
        _directory.Dispose();
    }

    private HttpClient NewClient()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(CaFile);
        var client = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } });
        var pair = $"{ClientId}:{Uri.EscapeDataString(Secret)}";
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(pair)));
        return client;
    }

    private static JsonObject NewKeys(string id)
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(true);
        var jwk = new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["alg"] = "RS256", ["kid"] = id };
        (string Name, byte[]? Value)[] numbers =
            [("n", key.Modulus), ("e", key.Exponent), ("d", key.D), ("p", key.P), ("q", key.Q), ("dp", key.DP), ("dq", key.DQ), ("qi", key.InverseQ)];
        foreach (var (name, value) in numbers)
        {
            jwk[name] = System.Buffers.Text.Base64Url.EncodeToString(value);
        }

        return new JsonObject { ["keys"] = new JsonArray(jwk) };
    }

    private static async Task<string> InstallAsync()
    {
        var directory = Path.Combine(Path.GetTempPath(), "gatehouse-test-oidc-provider-8.8.1");
        if (Directory.Exists(Path.Combine(directory, "node_modules", "oidc-provider")))
        {
            return directory;
        }

        // Made aside and moved there whole: two runs may do this at once.
        var aside = Directory.CreateTempSubdirectory("gatehouse-test-npm-").FullName;
        await RunAsync("npm", ["install", "oidc-provider@8.8.1", "--no-audit", "--no-fund", "--no-save", "--prefix", aside]);
        try
        {
            Directory.Move(aside, directory);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            Directory.Delete(aside, recursive: true);
        }

        return directory;
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await errors}");
        }
    }

    private void SetUsers(JsonObject table) => File.WriteAllText(_directory.File("users.json"), table.ToJsonString());

    private void WriteConfiguration() => File.WriteAllText(_directory.File("config.json"), _configuration.ToJsonString());
}
