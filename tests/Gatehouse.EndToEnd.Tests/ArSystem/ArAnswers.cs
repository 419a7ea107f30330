using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>What the dialect's contract says of answers, as assertions. Bodies are the literals of its section 12.</summary>
internal static class ArAnswers
{
    public const string HttpForbidden = """{"message":"Access forbidden","code":403,"transient":false}""";

    /// <summary>Status, headers but for the date, and body: two answers that agree in it cannot be told apart.</summary>
    public static string Golden(this WireAnswer answer) =>
        $"{answer.Status}\n{string.Join('\n', answer.Headers.Where(header => header.Name != "Date").Select(header => $"{header.Name}: {header.Value}"))}\n\n{answer.Text}";

    /// <summary>The 403 of ARS-1.</summary>
    public static void ShouldBeHttpForbidden(this WireAnswer answer)
    {
        answer.Status.ShouldBe(403);
        answer.Text.ShouldBe(HttpForbidden);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("WWW-Authenticate").ShouldBeNull();
        answer.Header("Location").ShouldBeNull();
    }

    /// <summary>The 401 of ARS-41 (a name, as JSON) and ARS-70 (<c>null</c>), whole.</summary>
    public static void ShouldBe623(this WireAnswer answer, string appended = "null")
    {
        answer.Text.ShouldBe($$"""[{"messageType":"ERROR","messageText":"Authentication failed","messageAppendedText":{{appended}},"messageNumber":623}]""");
        answer.Status.ShouldBe(401);
        answer.Headers.Select(header => header.Name).Order(StringComparer.Ordinal).ShouldBe(["Cache-Control", "Content-Length", "Content-Type", "Date", "WWW-Authenticate"]);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Header("WWW-Authenticate").ShouldBe("AR-JWT");
    }

    /// <summary>Any other error of section 12.</summary>
    public static void ShouldBeError(this WireAnswer answer, int status, int number, string text, string appended = "null")
    {
        answer.Text.ShouldBe($$"""[{"messageType":"ERROR","messageText":"{{text}}","messageAppendedText":{{appended}},"messageNumber":{{number}}}]""");
        answer.Status.ShouldBe(status);
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("WWW-Authenticate").ShouldBeNull();
        answer.Header("X-AR-Messages").ShouldBeNull();
        answer.Header("Set-Cookie").ShouldBeNull();
        if (status is 429 or 503)
        {
            int.Parse(answer.Header("Retry-After")!).ShouldBeGreaterThanOrEqualTo(1);
        }
    }

    public static void ShouldBeMalformed(this WireAnswer answer, string at) => answer.ShouldBeError(400, 10400, "Malformed request", $"\"{at}\"");

    public static void ShouldBeTooMany(this WireAnswer answer) => answer.ShouldBeError(429, 10429, "Too many failed logins, try again later");

    public static void ShouldBeUnavailable(this WireAnswer answer) => answer.ShouldBeError(503, 8922, "Cannot connect to the authentication service");

    public static void ShouldBeNotAllowed(this WireAnswer answer) => answer.ShouldBeError(403, 10403, "Not allowed with this credential");

    public static void ShouldBeConnectedElsewhere(this WireAnswer answer, string account) =>
        answer.ShouldBeError(500, 9093, "User is currently connected from another machine or incompatible session", $"\"{account}\"");

    /// <summary>The echo upstream's answer for a user.</summary>
    public static void ShouldBeEchoOf(this WireAnswer answer, string user, string method = "ar-jwt", string? impersonator = null)
    {
        answer.Status.ShouldBe(200, answer.Text);
        var echo = Echo.Read(answer);
        (echo.User, echo.Dialect, echo.Method, echo.Tenant, echo.Scope, echo.Impersonator).ShouldBe((user, "ar-system", method, null, null, impersonator));
    }
}
