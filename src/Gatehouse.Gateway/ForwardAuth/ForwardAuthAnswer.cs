using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.ForwardAuth;

/// <summary>The answers to questions that are not a dialect's own refusal.</summary>
internal static class ForwardAuthAnswer
{
    private const string NoStore = "no-store";

    /// <summary>Yes. Who it is stands in the header fields already.</summary>
    public static void LetIn(HttpContext context)
    {
        context.Response.Headers.CacheControl = NoStore;
        context.Response.ContentLength = 0;
    }

    /// <summary>No, without a reason: who asks may not, or the question has no one meaning (ATK-35, ATK-37).</summary>
    public static Task DenyAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status403Forbidden);

    /// <summary>No: the path is nobody's, or answered by Gatehouse itself only.</summary>
    public static Task NotOursAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status404NotFound);

    /// <summary>A dialect that answers a request by itself, a browser's preflight, say, has not let it in: what it says must not look like a yes.</summary>
    public static Task MakeSureOfNoAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.StatusCode is < StatusCodes.Status200OK or >= StatusCodes.Status300MultipleChoices)
        {
            return Task.CompletedTask;
        }

        if (response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        response.Clear();
        return DenyAsync(context);
    }

    private static Task WriteAsync(HttpContext context, int status)
    {
        context.Response.Headers.CacheControl = NoStore;
        return ProblemDetails.WriteAsync(context, status);
    }
}
