using System.Text;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Requests of an AR System client, as the bytes that go over the wire (Latin-1: one character is one byte).</summary>
internal static class ArRequests
{
    public const string Form = "application/x-www-form-urlencoded";
    public const string Entry = "/api/arsys/v1/entry/HPD:Help%20Desk";

    /// <summary>A login by the book: a URL-encoded form.</summary>
    public static string Login(string name, string password, params string[] headers) =>
        LoginWith($"username={Uri.EscapeDataString(name)}&password={Uri.EscapeDataString(password)}", headers: headers);

    /// <summary>A login with a body of the test's own.</summary>
    public static string LoginWith(string body, string? contentType = Form, string target = "/api/jwt/login", params string[] headers) =>
        Request("POST", target, [.. contentType is null ? headers : [.. headers, $"Content-Type: {contentType}"]], body);

    /// <summary>A logout; null sends no token.</summary>
    public static string Logout(string? token, params string[] headers) =>
        Request("POST", "/api/jwt/logout", [.. token is null ? headers : [.. headers, $"Authorization: AR-JWT {token}"]], "");

    /// <summary>A call of the protected API.</summary>
    public static string Call(string? token, string target = Entry, string method = "GET", params string[] headers) =>
        Request(method, target, [.. token is null ? headers : [.. headers, $"Authorization: AR-JWT {token}"]]);

    /// <summary>A call of the protected API with header lines of the test's own.</summary>
    public static string CallWith(params string[] headers) => Request("GET", Entry, headers);

    /// <summary>A call as somebody else.</summary>
    public static string CallAs(string token, string name, params string[] headers) =>
        Call(token, headers: [.. headers, $"X-AR-Impersonated-User: {Convert.ToBase64String(Encoding.UTF8.GetBytes(name))}"]);

    /// <summary>Any request; null sends no body and no length.</summary>
    public static string Request(string method, string target, IReadOnlyCollection<string>? headers = null, string? body = null)
    {
        var request = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: gate.example.com\r\n");
        foreach (var header in headers ?? [])
        {
            request.Append(header).Append("\r\n");
        }

        return body is null ? request.Append("\r\n").ToString() : request.Append($"Content-Length: {body.Length}\r\n\r\n{body}").ToString();
    }
}
