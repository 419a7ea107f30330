using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Repositories;

/// <summary>
/// <c>GET /api/repositories/{repository}/login</c>: whether a credential would be accepted, for login pages; no answer
/// of it makes a browser open its own dialog (contract section 6).
/// </summary>
internal sealed class RepositoryLogin(RepositoriesAuthenticator authenticator)
{
    private const string Methods = "GET, HEAD";

    /// <summary>Answers a login check.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await RepositoriesAnswers.WriteErrorAsync(context, RepositoriesError.MethodNotAllowed(Methods));
            return;
        }

        var (caller, error) = await authenticator.FindCallerAsync(context);
        await (caller is not null
            ? RepositoriesAnswers.WriteLoginAcceptedAsync(context)
            : RepositoriesAnswers.WriteErrorAsync(context, AsLoginAnswer(error!)));
    }

    /// <summary>Wait and try again is said as it is (REP-76); everything else is one 400 (REP-73, REP-79).</summary>
    private static RepositoriesError AsLoginAnswer(RepositoriesError error) =>
        error.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable ? error : RepositoriesError.LoginFailed;
}
