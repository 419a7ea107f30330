using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Authorities.Sso;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>
/// A single sign-on over real TLS that does what no real one can be told to: late, huge, broken and foreign answers, keys that
/// the test holds. Behaves well until a test replaces an answer.
/// </summary>
internal sealed class CrookedSso : IAsyncDisposable
{
    public const string Secret = "a secret: 100% &odd +";

    // Keys take their time to be drawn: one authority serves all tests that do not need another.
    private static readonly Lazy<SsoCertificates> Certificates = new(() => new SsoCertificates());

    private readonly TemporaryDirectory _directory = new();
    private readonly WebApplication _app;

    private CrookedSso(WebApplication app, SsoCertificates certificates, int port)
    {
        _app = app;
        Issuer = $"https://localhost:{port}";
        CaFile = _directory.File("ca.crt");
        File.WriteAllText(CaFile, certificates.RootPem);
        foreach (var path in new[] { "/.well-known/openid-configuration", "/jwks", "/token", "/me", "/introspect", "/revoke", "/elsewhere" })
        {
            app.Map(path, context => AnswerAsync(path, context));
        }
    }

    public string Issuer { get; }

    public string CaFile { get; }

    /// <summary>Answers that a test has replaced, by path.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, Task>> Answers { get; } = new();

    /// <summary>Every request that came: path, Authorization, body.</summary>
    public ConcurrentQueue<(string Path, string Authorization, string Body)> Seen { get; } = new();

    /// <summary>The key that it signs with.</summary>
    public RSA Key { get; private set; } = RSA.Create(2048);

    public string KeyId { get; private set; } = "key-1";

    /// <summary>Claims of userinfo.</summary>
    public JsonObject UserInfo { get; set; } = new() { ["sub"] = "4711", ["preferred_username"] = "alice", ["groups"] = new JsonArray("admins", "calbro") };

    public static async Task<CrookedSso> StartAsync(string host = "localhost", DateTimeOffset? until = null, bool ownAuthority = false)
    {
        var certificates = ownAuthority ? new SsoCertificates() : Certificates.Value;
        var port = SsoProcess.FreePort();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.UseHttps(certificates.Sign(host, until))));
        var app = builder.Build();
        app.UseRouting();
        var sso = new CrookedSso(app, certificates, port);
        await app.StartAsync();
        return sso;
    }

    public static Task JsonAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    public SsoOptions Options(Action<SsoOptions>? change = null)
    {
        var options = new SsoOptions { Issuer = new Uri(Issuer), IssuerText = Issuer, ClientId = "gate", ClientSecret = Secret, TimeoutSeconds = 30 };
        options.Authorities.ImportFromPemFile(CaFile);
        change?.Invoke(options);
        return options;
    }

    public SsoAuthority Authority(Action<SsoOptions>? change = null, TimeProvider? clock = null) => new("corp", Options(change), clock ?? TimeProvider.System, NullLogger<SsoAuthority>.Instance);

    /// <summary>Draws a new key; the old one is gone from the key set.</summary>
    public void Rotate()
    {
        Key = RSA.Create(2048);
        KeyId = "key-" + Guid.NewGuid();
    }

    public int CountOf(string path) => Seen.Count(request => request.Path == path);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _directory.Dispose();
        Key.Dispose();
    }

    private async Task AnswerAsync(string path, HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        Seen.Enqueue((path, context.Request.Headers.Authorization.ToString(), body));
        if (path == "/token" && !body.Contains("username=", StringComparison.Ordinal) && !Answers.ContainsKey(path))
        {
            await JsonAsync(context, 400, """{"error":"invalid_request"}""");
            return;
        }

        await (Answers.TryGetValue(path, out var answer) ? answer(context) : JsonAsync(context, 200, path switch
        {
            "/.well-known/openid-configuration" => Document().ToJsonString(),
            "/jwks" => KeySet(),
            "/token" => """{"access_token":"opaque-1","token_type":"Bearer","expires_in":300}""",
            "/me" => UserInfo.ToJsonString(),
            "/introspect" => """{"active":true,"sub":"4711"}""",
            _ => "{}",
        }));
    }

    public JsonObject Document() => new()
    {
        ["issuer"] = Issuer,
        ["token_endpoint"] = $"{Issuer}/token",
        ["jwks_uri"] = $"{Issuer}/jwks",
        ["userinfo_endpoint"] = $"{Issuer}/me",
        ["introspection_endpoint"] = $"{Issuer}/introspect",
        ["revocation_endpoint"] = $"{Issuer}/revoke",
    };

    public string KeySet()
    {
        var key = Key.ExportParameters(false);
        var (n, e) = (System.Buffers.Text.Base64Url.EncodeToString(key.Modulus), System.Buffers.Text.Base64Url.EncodeToString(key.Exponent));
        return $$"""{"keys":[{"kty":"RSA","use":"sig","kid":"{{KeyId}}","n":"{{n}}","e":"{{e}}"},{"kty":"oct","kid":"shared","k":"c2hhcmVkLXNlY3JldC1zaGFyZWQtc2VjcmV0LTEyMzQ"}]}""";
    }
}
