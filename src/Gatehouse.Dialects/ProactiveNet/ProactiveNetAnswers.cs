using System.Globalization;
using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>
/// Everything that the dialect writes, in the order of its contract. The token stands in its answer as it is: shell
/// clients cut it out of the text (PN-14).
/// </summary>
internal sealed class ProactiveNetAnswers(TimeProvider clock)
{
    private const string Json = "application/json";
    private const string NoTenant = "*";
    private const string Challenge = "authtoken realm=\"proactivenet\"";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>PN-10 to PN-16. Both times come from one moment, so that their difference is the life of the token.</summary>
    public static Task WriteTokenAsync(HttpContext context, string token, DateTimeOffset issued, DateTimeOffset expires)
    {
        context.Response.Headers.Pragma = "no-cache";
        var body = new StringBuilder("""{"response":{"status":"OK","authToken":""");
        WireJson.AppendString(body, token).Append(""","authPassed":true,"expires":""");
        WireJson.AppendString(body, TextOf(expires)).Append("},");
        return WriteAsync(context, StatusCodes.Status200OK, AppendStatus(body, StatusCodes.Status200OK, "OK", issued));
    }

    /// <summary>PN-74.</summary>
    public Task WriteLoggedOutAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status200OK, AppendOk(new StringBuilder("""{"response":{"status":"OK","authPassed":true},""")));

    /// <summary>PN-88: the token lives.</summary>
    public Task WriteTokenLivesAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, AppendOk(new StringBuilder("{")));

    /// <summary>PN-89: and whose it is.</summary>
    public Task WriteTokenDetailsAsync(HttpContext context, string? tenant, string userName)
    {
        var body = new StringBuilder("""{"response":{"tenantName":""");
        WireJson.AppendString(body, tenant ?? NoTenant).Append(""","username":""");
        WireJson.AppendString(body, userName).Append("},");
        return WriteAsync(context, StatusCodes.Status200OK, AppendOk(body));
    }

    /// <summary>PN-91.</summary>
    public Task WriteGroupsAsync(HttpContext context, IReadOnlyList<string> groups)
    {
        var body = new StringBuilder("""{"usergroups":[""");
        for (var i = 0; i < groups.Count; i++)
        {
            WireJson.AppendString(i == 0 ? body : body.Append(','), groups[i]);
        }

        return WriteAsync(context, StatusCodes.Status200OK, AppendOk(body.Append("],")));
    }

    /// <summary>PN-98 to PN-107.</summary>
    public Task WriteErrorAsync(HttpContext context, ProactiveNetError error)
    {
        var headers = context.Response.Headers;
        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            headers.WWWAuthenticate = Challenge;
        }

        if (error.Allow is not null)
        {
            headers.Allow = error.Allow;
        }

        if (error.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var body = new StringBuilder("""{"response":{"status":"FAILED","authPassed":false},""");
        return WriteAsync(context, error.Status, AppendStatus(body, error.Status, error.Message, clock.GetUtcNow()));
    }

    /// <summary>Faults that no endpoint foresaw.</summary>
    public Task WriteFaultAsync(HttpContext context, UnforeseenFault fault) => WriteErrorAsync(context, fault switch
    {
        UnforeseenFault.MalformedRequest => ProactiveNetError.MalformedMessage,
        UnforeseenFault.TooLarge => ProactiveNetError.TooLarge,
        UnforeseenFault.NoSuchResource => ProactiveNetError.NotFound,
        UnforeseenFault.StoreUnavailable => ProactiveNetError.Unavailable(RetryStore),
        _ => ProactiveNetError.Internal,
    });

    /// <summary>PN-15: no zone, no fraction, UTC.</summary>
    private static string TextOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private StringBuilder AppendOk(StringBuilder body) => AppendStatus(body, StatusCodes.Status200OK, "OK", clock.GetUtcNow());

    private static StringBuilder AppendStatus(StringBuilder body, int status, string message, DateTimeOffset time)
    {
        body.Append(CultureInfo.InvariantCulture, $"\"statusCode\":\"{status}\",\"statusMsg\":");
        WireJson.AppendString(body, message).Append(",\"responseTimeStamp\":");
        return WireJson.AppendString(body, TextOf(time)).Append('}');
    }

    private static async Task WriteAsync(HttpContext context, int status, StringBuilder body)
    {
        var bytes = Encoding.UTF8.GetBytes(body.ToString());
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = Json;
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }
}
