using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Repositories;

/// <summary>HTTPS only, unless the operator said otherwise: the check that comes before everything else (REP-1 to REP-3).</summary>
internal sealed class RepositoriesTransport(RepositoriesOptions options)
{
    public bool Admits(HttpContext context) => options.AllowHttp || CallerLeg.Of(context).IsHttps;

    /// <summary>An endpoint behind that check.</summary>
    public RequestDelegate Guard(RequestDelegate endpoint) => context =>
        Admits(context) ? endpoint(context) : RepositoriesAnswers.WriteErrorAsync(context, RepositoriesError.HttpsRequired);
}
