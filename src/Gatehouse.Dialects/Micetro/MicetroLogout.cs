using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>The command <c>Logout</c>, and DELETE <c>micetro/sessions</c>: ends the session that it comes with (MIC-78, MIC-79).</summary>
internal sealed class MicetroLogout(MicetroAuthenticator authenticator, SessionDesk desk, MicetroOptions options, TimeProvider clock)
{
    /// <summary>Answers a Logout. Success goes out when the store has confirmed, and not before.</summary>
    public async Task HandleAsync(CommandCall call)
    {
        var sessionInQuery = call.Query.Has(ParameterNames.Session);
        if (call.Fault is { } fault)
        {
            await call.RefuseAsync(fault);
            return;
        }

        if (sessionInQuery && !options.AllowSessionInUrl)
        {
            await call.RefuseAsync(MicetroError.SessionInUrl);
            return;
        }

        var (caller, error) = await authenticator.FindCallerAsync(call.Context, call.Wrapping, call.Parameters[ParameterNames.Session], sessionInQuery);
        if (caller?.Live is { } live && !await desk.EndAsync(live.Id, EventOf(call.Context, caller), CancellationToken.None))
        {
            // Somebody else was quicker.
            error = MicetroError.InvalidSession;
        }

        if (caller?.Method == SignInMethods.NegotiateNtlm)
        {
            HandshakeDoor.Forget(call.Context);
        }

        // With a Basic header there is nothing to end, and that is fine.
        await (error is null ? call.Wrapping.WriteSignedOutAsync(call.Context) : call.RefuseAsync(error));
    }

    private AuditEvent EventOf(HttpContext context, MicetroCaller caller) => new()
    {
        Time = clock.GetUtcNow(),
        Event = AuditEvents.SignOut,
        Outcome = AuditOutcomes.Accepted,
        Account = caller.Account.Name,
        Dialect = MicetroDialect.Id,
        Method = caller.Method,
        Source = CallerSource.TextOf(CallerLeg.Of(context).Source),
        Session = caller.Live?.Id.ToString(),
    };
}
