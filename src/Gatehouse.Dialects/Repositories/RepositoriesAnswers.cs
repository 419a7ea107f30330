using System.Globalization;
using System.Text;
using Gatehouse.Core.Tenants;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Repositories;

/// <summary>Everything that the dialect writes, byte for byte, in the order of its contract.</summary>
internal static class RepositoriesAnswers
{
    private const string ListHead =
        """{"columns":{"humanisedName":"Repositories","columnisedName":"Repositories","description":"A list of all the repositories in the server"},"rows":""";

    private const string NoRows = "\"\"";

    private static readonly byte[] LoginAccepted = """{"message":"Client successfully authenticated"}"""u8.ToArray();

    /// <summary>REP-12 to REP-15: the body of the list.</summary>
    /// <param name="tenants">The tenants in their order, hidden ones included.</param>
    public static byte[] RenderList(IEnumerable<Tenant> tenants)
    {
        var rows = new StringBuilder();
        foreach (var tenant in tenants.Where(tenant => !tenant.Hidden))
        {
            rows.Append(rows.Length == 0 ? '[' : ',').Append("{\"dataRow\":");
            WireJson.AppendString(rows, tenant.Name).Append(",\"metadata\":{\"url\":");
            WireJson.AppendString(rows, RepositoryName.UrlOf(tenant.Name)).Append("}}");
        }

        // The API writes an empty list of rows as an empty string (REP-15).
        return Encoding.UTF8.GetBytes($"{ListHead}{(rows.Length == 0 ? NoRows : rows.Append(']').ToString())}}}");
    }

    /// <summary>REP-11, REP-16: the list, or 304 when the caller has it already.</summary>
    public static Task WriteListAsync(HttpContext context, byte[] body, string entityTag, bool isKnown)
    {
        context.Response.Headers.ETag = entityTag;
        if (isKnown)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return WriteAsync(context, StatusCodes.Status200OK, body);
    }

    /// <summary>REP-21, REP-23: the one challenge.</summary>
    /// <param name="realm">The realm, <c>{repository}</c> filled in.</param>
    public static string Challenge(string realm) =>
        $"Basic realm=\"{realm.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\", charset=\"UTF-8\"";

    /// <summary>REP-55.</summary>
    public static Task WriteSessionAsync(HttpContext context, SessionPair pair)
    {
        context.Response.Headers.CacheControl = "no-store";
        return WriteAsync(context, StatusCodes.Status201Created, Encoding.UTF8.GetBytes($$"""{"session":"{{pair.Session}}","sid":"{{pair.Sid}}"}"""));
    }

    /// <summary>REP-65, REP-66.</summary>
    public static Task WriteSessionEndedAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>REP-72.</summary>
    public static Task WriteLoginAcceptedAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return WriteAsync(context, StatusCodes.Status200OK, LoginAccepted);
    }

    /// <summary>The table at the end of section 8: one member, whatever went wrong.</summary>
    public static Task WriteErrorAsync(HttpContext context, RepositoriesError error)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (error.Challenge is not null)
        {
            headers.WWWAuthenticate = error.Handshake is null ? error.Challenge : new[] { error.Challenge, error.Handshake };
        }

        if (error.Allow is not null)
        {
            headers.Allow = error.Allow;
        }

        if (error.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, error.Status, Encoding.UTF8.GetBytes($$"""{"message":"{{error.Message}}"}"""));
    }

    /// <summary>Faults that no endpoint foresaw.</summary>
    public static Task WriteFaultAsync(HttpContext context, UnforeseenFault fault) => WriteErrorAsync(context, fault switch
    {
        UnforeseenFault.MalformedRequest => RepositoriesError.BadRequest,
        UnforeseenFault.TooLarge => RepositoriesError.TooLarge,
        UnforeseenFault.NoSuchResource => RepositoriesError.NotFound,
        UnforeseenFault.StoreUnavailable => RepositoriesError.StoreUnavailable,
        _ => RepositoriesError.Internal,
    });

    private static async Task WriteAsync(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
