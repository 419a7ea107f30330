using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary><c>POST /api/jwt/logout</c>: releases the token it comes with (ARS-79 to ARS-84).</summary>
internal sealed class ArSystemLogout(ArSystemAuthenticator authenticator, SessionDesk desk, ArSystemOptions options, TimeProvider clock)
{
    /// <summary>Answers a logout. The 204 goes out when the store has confirmed, and not before.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (await RequestBody.ReadAsync(context.Request, context.RequestAborted) is null)
        {
            await ArSystemAnswers.WriteErrorAsync(context, ArSystemError.TooLarge);
            return;
        }

        var (caller, error) = await authenticator.FindCallerAsync(context);
        if (caller is { IsApiToken: true })
        {
            // A script that tidies up must not kill a permanent token (ARS-84).
            error = ArSystemError.NotWithThisCredential;
        }

        if (error is null && !await desk.EndAsync(caller!.Live.Id, EventOf(context, caller), CancellationToken.None))
        {
            error = ArSystemError.AuthenticationFailed;
        }

        if (error is not null)
        {
            await ArSystemAnswers.WriteErrorAsync(context, error);
            return;
        }

        if (options.UseCookie)
        {
            context.Response.Headers.SetCookie = "AR-JWT=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private AuditEvent EventOf(HttpContext context, ArSystemCaller caller) => new()
    {
        Time = clock.GetUtcNow(),
        Event = AuditEvents.SignOut,
        Outcome = AuditOutcomes.Accepted,
        Account = caller.Account.Name,
        Dialect = ArSystemDialect.Id,
        Method = SignInMethods.ArJwt,
        Source = CallerSource.TextOf(CallerLeg.Of(context).Source),
        Session = caller.Live.Id.ToString(),
    };
}
