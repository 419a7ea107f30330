using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>ATK-3: without a credential only the endpoints of this list answer 2xx, whatever is guessed, with whatever method.</summary>
public sealed class DefaultDenyTests(Gates gates)
{
    private static readonly string[] Open = ["/api/about", "/api/version", "/health/live", "/health/ready"];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE", "X-OWN"];

    private static readonly string[] Prefixes = ["", "/api", "/api/jwt", "/api/arsys", "/api/cmdb", "/api/arsys/v1", "/api/about", "/api/version", "/health", "/metrics"];

    private static readonly string[] Guesses =
    [
        "", "/", "/admin", "/api", "/login", "/logout", "/about", "/version", "/health", "/live", "/ready", "/metrics", "/entry", "/v1/entry/User", "/token", "/refresh",
        "/swagger/index.html", "/openapi.json", "/index.html", "/favicon.ico", "/robots.txt", "/.well-known/security.txt", "/.git/config", "/.env", "/console", "/debug",
        "/oauth/token", "/auth/check", "/mmws/api", "/bppmws/api", "/tsws", "/oi", "/..%2f", "/%2e%2e/about", "/..;/about", "/about.json", "/x?/api/about", "/*",
    ];

    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    [Contract("ATK-3", "HTT-1", "HTT-7", "HTT-37", "ARS-9")]
    public async Task Guessing_opens_nothing(string scheme)
    {
        var server = (await gates.Redirecting).Server;
        var address = scheme == "https" ? server.Https : server.Http;
        await using var client = await Testing.Server.WireClient.ConnectAsync(address);
        foreach (var method in Methods)
        {
            foreach (var path in Prefixes.SelectMany(prefix => Guesses.Select(guess => prefix + guess)).Where(path => path.StartsWith('/')))
            {
                await client.SendAsync(ArRequests.Request(method, path, body: method == "HEAD" ? null : ""));
                var answer = await client.ReadAnswerAsync(method == "HEAD");

                var where = $"{method} {path}: {answer.Golden()}";
                answer.All("Server").ShouldBeEmpty(where);
                answer.All("Set-Cookie").ShouldBeEmpty(where);
                answer.All("Location").ShouldBeEmpty(where);
                answer.Status.ShouldBeLessThan(500, where);
                if (answer.Status < 400)
                {
                    method.ShouldBeOneOf("GET", "HEAD");
                    Open.ShouldContain(OpenNameOf(path), where);
                }
            }
        }
    }

    private static string OpenNameOf(string path) => path.Replace("/%2e%2e", "", StringComparison.Ordinal) switch
    {
        // The parent of a listed prefix, spelled with dots, is a listed path again.
        "/api/jwt/about" or "/api/arsys/about" or "/api/cmdb/about" or "/api/about/about" or "/api/version/about" => "/api/about",
        var other => other.TrimEnd('/'),
    };
}
