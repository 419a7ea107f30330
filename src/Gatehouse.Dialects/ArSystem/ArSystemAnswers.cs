using System.Globalization;
using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>Everything that the dialect writes, byte for byte, in the order of its contract.</summary>
internal static class ArSystemAnswers
{
    private const string Json = "application/json";
    private const string AccessForbidden = """{"message":"Access forbidden","code":403,"transient":false}""";
    private const string AboutMethodNotAllowed = """{"message":"Method not allowed","code":405,"transient":false}""";

    /// <summary>ARS-1: an object, where everything else is an array.</summary>
    public static Task WriteHttpForbiddenAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status403Forbidden, Json, AccessForbidden);

    /// <summary>ARS-11.</summary>
    public static Task WriteAboutAsync(HttpContext context, string version) =>
        WriteAsync(context, StatusCodes.Status200OK, Json, $$"""{"api_versions":["1.0"],"component":"REST API","product":"Gatehouse","version":"{{version}}"}""");

    /// <summary>ARS-12.</summary>
    public static Task WriteVersionAsync(HttpContext context, string version) => WriteAsync(context, StatusCodes.Status200OK, Json, $$"""{"version":"{{version}}"}""");

    /// <summary>ARS-14.</summary>
    public static Task WriteAboutMethodNotAllowedAsync(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, HEAD";
        return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, Json, AboutMethodNotAllowed);
    }

    /// <summary>ARS-27: the token and nothing else.</summary>
    public static Task WriteTokenAsync(HttpContext context, string token)
    {
        context.Response.Headers.CacheControl = "no-store";
        return WriteAsync(context, StatusCodes.Status200OK, "text/plain", token);
    }

    /// <summary>ARS-64: the warning that goes with a guest's token.</summary>
    public static void AddGuestWarning(HttpContext context, string typedName)
    {
        var warning = new StringBuilder("""[{"messageType":"WARNING","messageText":"User does not exist -- connected as guest user","messageAppendedText":""");
        WireJson.AppendString(warning, typedName, asciiOnly: true);
        context.Response.Headers["X-AR-Messages"] = warning.Append(""","messageNumber":59}]""").ToString();
    }

    /// <summary>Contract section 12: an array with one object of exactly four members.</summary>
    public static Task WriteErrorAsync(HttpContext context, ArSystemError error)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            headers.WWWAuthenticate = "AR-JWT";
        }

        if (error.Allow is not null)
        {
            headers.Allow = error.Allow;
        }

        if (error.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var body = new StringBuilder("""[{"messageType":"ERROR","messageText":""");
        WireJson.AppendString(body, error.Text).Append(""","messageAppendedText":""");
        WireJson.AppendStringOrNull(body, error.Appended).Append(CultureInfo.InvariantCulture, $$""","messageNumber":{{error.Number}}}]""");
        return WriteAsync(context, error.Status, Json, body.ToString());
    }

    /// <summary>Faults that no endpoint foresaw.</summary>
    public static Task WriteFaultAsync(HttpContext context, UnforeseenFault fault) => WriteErrorAsync(context, fault switch
    {
        UnforeseenFault.MalformedRequest => ArSystemError.Malformed("body"),
        UnforeseenFault.TooLarge => ArSystemError.TooLarge,
        UnforeseenFault.NoSuchResource => ArSystemError.NotFound,
        UnforeseenFault.StoreUnavailable => ArSystemError.Unavailable(TimeSpan.FromSeconds(5)),
        _ => ArSystemError.Internal,
    });

    // With its length and at once: a known client keeps only the last chunk of a chunked answer (ARS-27).
    private static async Task WriteAsync(HttpContext context, int status, string contentType, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }
}
