using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>What every own endpoint looks at before it reads anything: method, transport, two credentials, the query (PN-30).</summary>
internal sealed class OwnEndpoint(ProactiveNetOptions options, ProactiveNetAnswers answers)
{
    /// <summary>Puts the checks before an endpoint.</summary>
    /// <param name="allow">Its methods, as they stand in <c>Allow</c>.</param>
    /// <param name="handler">The endpoint.</param>
    public RequestDelegate Guard(string allow, RequestDelegate handler)
    {
        var methods = allow.Split(", ");
        return context => FaultOf(context, methods, allow) is { } fault ? answers.WriteErrorAsync(context, fault) : handler(context);
    }

    /// <summary>PN-7: paths of the dialect that nobody ever had, and that no upstream shall see.</summary>
    public Task RefuseUnknownAsync(HttpContext context) => answers.WriteErrorAsync(
        context,
        ForbiddenMethods.Contains(context.Request.Method) ? ProactiveNetError.MethodNotAllowed(ForbiddenMethods.Allowed)
        : IsRefusedHttp(context) ? ProactiveNetError.HttpsRequired
        : ProactiveNetError.NotFound);

    private ProactiveNetError? FaultOf(HttpContext context, string[] methods, string allow) =>
        !methods.Contains(context.Request.Method, StringComparer.Ordinal) ? ProactiveNetError.MethodNotAllowed(allow)
        : IsRefusedHttp(context) ? ProactiveNetError.HttpsRequired
        : context.Request.Headers.Authorization.Count > 1 ? ProactiveNetError.MoreThanOneCredential
        : ProactiveNetQuery.HoldsSignInField(context.Request) ? ProactiveNetError.NotAllowedInUrl
        : null;

    private bool IsRefusedHttp(HttpContext context) => !options.AllowHttp && !CallerLeg.Of(context).IsHttps;
}
