using System.Text;
using System.Text.Json;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

/// <summary>Requests as this dialect's callers send them.</summary>
internal static class Ask
{
    public const string Prefix = "/api/repositories";

    /// <summary>The value of <c>Authorization</c> for a name and a password.</summary>
    public static string Basic(string name, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));

    /// <summary>The password text of new security.</summary>
    public static string Form(IssuedSession session) => $$"""{"session": "{{session.Session}}", "sid": "{{session.Sid}}"}""";

    /// <summary>The password text of old security.</summary>
    public static string OldForm(IssuedSession session) => $$"""{"session": "{{session.Session}}"}""";

    /// <summary>A request with whatever <c>Authorization</c> fields.</summary>
    public static Task<WireAnswer> SendAsync(Uri gate, string method, string target, params string[] authorizations) =>
        WireClient.ExchangeAsync(gate, Request(method, target, authorizations));

    /// <summary>The request itself.</summary>
    public static string Request(string method, string target, params string[] authorizations) =>
        $"{method} {target} HTTP/1.1\r\nHost: x\r\n{string.Concat(authorizations.Select(value => $"Authorization: {value}\r\n"))}Content-Length: 0\r\n\r\n";

    public static Task<WireAnswer> GetAsync(Uri gate, string target, string name, string password) => SendAsync(gate, "GET", target, Basic(name, password));

    /// <summary>Gets a session for a name and a password.</summary>
    public static async Task<IssuedSession> IssueAsync(Uri gate, string repository, string name, string password)
    {
        var answer = await SendAsync(gate, "POST", $"{Prefix}/{repository}/sessions", Basic(name, password));
        answer.Status.ShouldBe(201, answer.Text);
        using var body = JsonDocument.Parse(answer.Body);
        return new IssuedSession(body.RootElement.GetProperty("session").GetString()!, body.RootElement.GetProperty("sid").GetString()!);
    }

    /// <summary>An answer as one text, without its date, fields in alphabetical order.</summary>
    public static string Written(this WireAnswer answer) => new StringBuilder()
        .Append(answer.Status).Append('\n')
        .AppendJoin('\n', answer.Headers.Where(header => header.Name != "Date").Select(header => $"{header.Name}: {header.Value}").Order(StringComparer.Ordinal))
        .Append("\n\n").Append(answer.Text).ToString();

    /// <summary>The 401 of the contract, whole (REP-21).</summary>
    public static string Unauthorized(string realm) =>
        $$"""
        401
        Cache-Control: no-store
        Content-Length: 26
        Content-Type: application/json
        WWW-Authenticate: Basic realm="{{realm}}", charset="UTF-8"

        {"message":"Unauthorized"}
        """;

    /// <summary>Says that an answer is an error of the dialect, without a challenge.</summary>
    public static void ShouldBeError(this WireAnswer answer, int status, string message)
    {
        answer.Text.ShouldBe($$"""{"message":"{{message}}"}""");
        answer.Status.ShouldBe(status);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.All("WWW-Authenticate").ShouldBeEmpty();
        answer.All("Location").ShouldBeEmpty();
        answer.All("Set-Cookie").ShouldBeEmpty();
        answer.All("Server").ShouldBeEmpty();
    }
}

/// <summary>What <c>POST …/sessions</c> gave out.</summary>
internal sealed record IssuedSession(string Session, string Sid);
