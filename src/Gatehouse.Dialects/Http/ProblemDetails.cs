using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Gatehouse.Dialects.Http;

/// <summary>Errors outside every dialect: problem details of RFC 9457 (HTT-118).</summary>
public static class ProblemDetails
{
    private const int RetryAfterSeconds = 5;

    /// <summary>Writes a status as a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status)
    {
        ArgumentNullException.ThrowIfNull(context);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"type":"about:blank","title":"{{ReasonPhrases.GetReasonPhrase(status)}}","status":{{status}}}""");
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.WriteAsync(body);
    }

    /// <summary>Writes a fault that no endpoint foresaw.</summary>
    public static Task WriteFaultAsync(HttpContext context, UnforeseenFault fault)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (fault == UnforeseenFault.StoreUnavailable)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, fault switch
        {
            UnforeseenFault.MalformedRequest => StatusCodes.Status400BadRequest,
            UnforeseenFault.TooLarge => StatusCodes.Status413PayloadTooLarge,
            UnforeseenFault.NoSuchResource => StatusCodes.Status404NotFound,
            UnforeseenFault.StoreUnavailable => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        });
    }
}
