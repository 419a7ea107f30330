using System.Text;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>Requests of the OAuth face, as the bytes that go over the wire.</summary>
internal static class OAuthRequests
{
    public const string Exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    public const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    public const string JwtType = "urn:ietf:params:oauth:token-type:jwt";
    public const string Form = "application/x-www-form-urlencoded";

    /// <summary>A form to one of the endpoints.</summary>
    /// <param name="endpoint"><c>token</c>, <c>introspect</c>, <c>revoke</c>.</param>
    /// <param name="client">Name of the client, with the password that every test account has; null: none.</param>
    /// <param name="form">Names and values, as they are.</param>
    public static string Post(string endpoint, string? client, params (string Name, string Value)[] form) =>
        Raw(endpoint, client is null ? null : Basic(client), Encode(form));

    /// <summary>Any body to one of the endpoints.</summary>
    public static string Raw(string endpoint, string? authorization, string body, string? contentType = Form, string query = "", params string[] headers)
    {
        var request = new StringBuilder($"POST /oauth/{endpoint}{query} HTTP/1.1\r\nHost: evil.example\r\n");
        if (authorization is not null)
        {
            request.Append($"Authorization: {authorization}\r\n");
        }

        if (contentType is not null)
        {
            request.Append($"Content-Type: {contentType}\r\n");
        }

        return request.Append(string.Concat(headers.Select(header => $"{header}\r\n"))).Append($"Content-Length: {body.Length}\r\n\r\n{body}").ToString();
    }

    public static string Get(string target, string method = "GET", params string[] headers) => $"{method} {target} HTTP/1.1\r\nHost: evil.example\r\n{string.Concat(headers.Select(header => $"{header}\r\n"))}\r\n";

    public static string Encode(params (string Name, string Value)[] form) => string.Join('&', form.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));

    /// <summary>RFC 6749: name and secret are form-encoded before they are put together.</summary>
    public static string Basic(string name, string secret = OAuthGate.Password) => Literal($"{Uri.EscapeDataString(name)}:{Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal)}");

    public static string Literal(string pair) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair))}";
}
