using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>What comes before anything is read, at every path: HTTPS, then the method (HTT-135).</summary>
internal sealed class OAuthFrontDoor(OAuthOptions options)
{
    public const string Post = "POST";

    public const string GetAndHead = "GET, HEAD";

    /// <summary>Puts the door before an endpoint.</summary>
    /// <param name="allow">The only methods that it has, as <c>Allow</c> lists them.</param>
    /// <param name="endpoint">The endpoint.</param>
    public RequestDelegate Before(string allow, RequestDelegate endpoint)
    {
        var methods = allow.Split(", ");
        return context =>
            !options.AllowHttp && !CallerLeg.Of(context).IsHttps ? OAuthAnswers.WriteErrorAsync(context, OAuthError.HttpsRequired)
            : !methods.Contains(context.Request.Method, StringComparer.Ordinal) ? OAuthAnswers.WriteErrorAsync(context, OAuthError.MethodNotAllowed(allow))
            : endpoint(context);
    }
}
