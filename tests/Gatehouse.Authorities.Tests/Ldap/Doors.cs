using System.Net;
using System.Net.Http.Json;
using System.Text;

namespace Gatehouse.Authorities.Tests.Ldap;

/// <summary>A door of the server: one dialect's way to sign in with a name and a password.</summary>
public enum Door
{
    Micetro,
    Repositories,
    ArSystem,
    OperationalIntelligence,
    ProactiveNet,
}

/// <summary>Knocks at doors.</summary>
internal sealed class Doors(Uri https) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { BaseAddress = https };

    /// <summary>Signs in.</summary>
    /// <returns>Status, and whether it is a yes: a token, or what is behind the door.</returns>
    public async Task<(HttpStatusCode Status, bool In, HttpResponseMessage Answer)> KnockAsync(Door door, string name, string password, string? authString = null)
    {
        using var request = Request(door, name, password, authString);
        var answer = await _client.SendAsync(request);
        return (answer.StatusCode, answer.IsSuccessStatusCode && (await answer.Content.ReadAsStringAsync()).Length > 0, answer);
    }

    /// <summary>Calls a protected path with an AR token.</summary>
    public async Task<HttpStatusCode> CallAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/arsys/v1/entry/x");
        request.Headers.TryAddWithoutValidation("Authorization", $"AR-JWT {token}");
        using var answer = await _client.SendAsync(request);
        return answer.StatusCode;
    }

    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Request(Door door, string name, string password, string? authString) => door switch
    {
        Door.Micetro => new HttpRequestMessage(HttpMethod.Post, "/mmws/api/micetro/sessions") { Content = JsonContent.Create(new { loginName = name, password }) },
        Door.Repositories => new HttpRequestMessage(HttpMethod.Get, "/api/repositories/DEFAULTORG/x") { Headers = { { "Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"))}" } } },
        Door.ArSystem => Form("/api/jwt/login", [("username", name), ("password", password), .. authString is null ? Array.Empty<(string, string)>() : [("authString", authString)]]),
        Door.OperationalIntelligence => Authorized(Form("/ess/security/v1/token", [("grant_type", "PASSWORD"), ("username", name), ("password", password)])),
        _ => Form("/bppmws/api/authenticate/login", [("username", name), ("password", password)]),
    };

    private static HttpRequestMessage Form(string path, (string Name, string Value)[] fields) =>
        new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))) };

    private static HttpRequestMessage Authorized(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Authorization", $"Basic {Convert.ToBase64String("DEFAULTORG"u8)}");
        return request;
    }
}
