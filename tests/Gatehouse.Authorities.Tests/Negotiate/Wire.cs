using Gatehouse.Testing.Server;

namespace Gatehouse.Authorities.Tests.Negotiate;

/// <summary>Requests and answers of handshakes, as they are on the wire.</summary>
internal static class Wire
{
    public const string Call = "GET /mmws/api/v2/Users HTTP/1.1\r\nHost: localhost\r\n\r\n";
    public const string BasicChallenge = "Basic realm=\"Micetro\", charset=\"UTF-8\"";
    public const string BearerChallenge = "Bearer realm=\"Micetro\"";
    public const string MissingSession = """{"error":{"code":5002,"message":"Missing Session ID."}}""";
    public const string Refused = """{"error":{"code":16394,"message":"Invalid username or password."}}""";
    public const string Unavailable = """{"error":{"code":515,"message":"The Central server cannot be reached."}}""";
    public const string Throttled = """{"error":{"code":90429,"message":"Too many login attempts. Try again later."}}""";
    private const string Scheme = "Negotiate ";

    public static string With(string request, params string[] headers)
    {
        var line = request.IndexOf("\r\n", StringComparison.Ordinal) + 2;
        return string.Concat(request.AsSpan(0, line), string.Concat(headers.Select(header => header + "\r\n")), request.AsSpan(line));
    }

    public static string WithToken(string request, string token) => With(request, $"Authorization: {Scheme}{token}");

    public static string Post(string path, string body, string contentType = "application/json") =>
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    /// <summary>The server's token in an answer; null where there is none.</summary>
    public static string? TokenOf(WireAnswer answer) =>
        answer.All("WWW-Authenticate").FirstOrDefault(value => value.StartsWith(Scheme, StringComparison.Ordinal))?[Scheme.Length..];

    public static async Task<WireAnswer> AskAsync(this WireClient connection, string request)
    {
        await connection.SendAsync(request);
        return await connection.ReadAnswerAsync();
    }
}
