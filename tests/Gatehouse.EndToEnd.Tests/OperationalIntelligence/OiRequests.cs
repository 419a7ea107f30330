using System.Text;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Requests of the dialect, as the bytes that go over the wire. One character is one byte.</summary>
internal static class OiRequests
{
    /// <summary>The tenant <c>DEFAULTORG</c>.</summary>
    public const string DefaultOrg = "Basic REVGQVVMVE9SRw==";

    /// <summary>A form to the token endpoint.</summary>
    /// <param name="form">The body.</param>
    /// <param name="authorization">The field value; null for no field.</param>
    /// <param name="query">With its question mark.</param>
    /// <param name="headers">Further header lines.</param>
    public static string Token(string form, string? authorization = DefaultOrg, string query = "", params string[] headers) =>
        Request("POST", $"/ess/security/v1/token{query}", form, [.. Authorization(authorization), "Content-Type: application/x-www-form-urlencoded", .. headers]);

    /// <summary>A password grant.</summary>
    public static string SignIn(string name, string password = OiGate.Password, string? authorization = DefaultOrg, string query = "", params string[] headers) =>
        Token($"grant_type=PASSWORD&username={Uri.EscapeDataString(name)}&password={Uri.EscapeDataString(password)}", authorization, query, headers);

    /// <summary>A refresh grant.</summary>
    public static string Refresh(string refreshToken, string? authorization = DefaultOrg, string query = "", params string[] headers) =>
        Token($"grant_type=REFRESH_TOKEN&refresh_token={refreshToken}", authorization, query, headers);

    /// <summary>A call of a later API.</summary>
    public static string Call(string? authorization, string path = "/mdo/v2/aoanalytics/x", string method = "GET", params string[] headers) =>
        Request(method, path, null, [.. Authorization(authorization), .. headers]);

    /// <summary>Any request, its body announced.</summary>
    public static string Request(string method, string path, string? body, params string[] headers)
    {
        var lines = headers.Prepend("Host: x");
        if (body is not null)
        {
            lines = lines.Append($"Content-Length: {body.Length}");
        }

        return $"{method} {path} HTTP/1.1\r\n{string.Concat(lines.Select(line => $"{line}\r\n"))}\r\n{body}";
    }

    /// <summary><c>Basic</c> and a tenant's name.</summary>
    public static string Tenant(string name) => $"Basic {Base64(name)}";

    /// <summary><c>Bearer</c> and a wrapped token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="scope">Members after it, like <c>"all":true</c>.</param>
    public static string Bearer(string token, string scope = "") => Wrapped($"{{\"tkn\":\"{token}\"{(scope.Length == 0 ? "" : $",{scope}")}}}");

    /// <summary><c>Bearer</c> and any text, wrapped.</summary>
    public static string Wrapped(string text) => $"Bearer {Base64(text)}";

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string[] Authorization(string? value) => value is null ? [] : [$"Authorization: {value}"];
}
