using System.Collections.Immutable;
using Gatehouse.Core;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Repositories;

/// <summary><c>/api/repositories/{repository}/sessions</c>: a password for a session, and the end of sessions (contract section 5).</summary>
internal sealed class RepositorySessions(RepositoriesAuthenticator authenticator, SessionDesk desk, RepositoriesOptions options, TimeProvider clock)
{
    private const string Methods = "POST, DELETE";

    /// <summary>Answers a request for a session, or for the end of some.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (await RequestBody.ReadAsync(context.Request, context.RequestAborted) is null)
        {
            await RepositoriesAnswers.WriteErrorAsync(context, RepositoriesError.TooLarge);
            return;
        }

        var issues = HttpMethods.IsPost(context.Request.Method);
        var offersHandshake = issues && options.WindowsSignIn;
        var header = context.Request.Headers.Authorization;
        var (caller, error) = offersHandshake && header is [{ } value] && NegotiateToken.HasScheme(value.AsSpan().Trim(' '))
            ? await authenticator.FindWindowsCallerAsync(context, value)
            : await authenticator.FindCallerAsync(context, auditsAcceptance: !issues);
        if (offersHandshake && header.Count == 0 && error is { Status: StatusCodes.Status401Unauthorized })
        {
            error = error with { Handshake = NegotiateToken.Scheme };
        }

        await (caller is null ? RepositoriesAnswers.WriteErrorAsync(context, error!)
            : issues ? IssueAsync(context, caller)
            : HttpMethods.IsDelete(context.Request.Method) ? EndAsync(context, caller)
            : RepositoriesAnswers.WriteErrorAsync(context, RepositoriesError.MethodNotAllowed(Methods)));
    }

    private async Task IssueAsync(HttpContext context, RepositoryCaller caller)
    {
        if (caller.SignIn is not { } record)
        {
            // A session cannot prolong itself (REP-59).
            await RepositoriesAnswers.WriteErrorAsync(context, RepositoriesError.PasswordRequired);
            return;
        }

        var pair = SessionPair.Draw();
        var session = Issue(record, caller, pair);
        var outcome = await desk.IssueAsync(
            session,
            new SessionConditions { PasswordVersion = caller.Account.PasswordVersion },
            admission => admission == SessionAdmission.Added
                ? record.Event(AuditOutcomes.Accepted, caller.Account, session: session.Id)
                : record.Event(AuditOutcomes.Refused, caller.Account, AuditReasons.Disabled),
            context.RequestAborted);
        await (outcome == SessionAdmission.Added
            ? RepositoriesAnswers.WriteSessionAsync(context, pair)
            : RepositoriesAnswers.WriteErrorAsync(context, authenticator.Unauthorized(record.Repository)));
    }

    private Session Issue(SignInRecord record, RepositoryCaller caller, SessionPair pair) => new()
    {
        Id = PublicId.New(record.Time),
        Token = TokenHash.Of(pair.Session),
        Kind = SessionKind.Session,
        AccountId = caller.Account.Id,
        Dialect = RepositoriesDialect.Id,
        Issued = record.Time,
        LastUsed = record.Time,
        Expires = record.Time.AddSeconds(options.SessionLifetimeSeconds),
        IdleTimeout = TimeSpan.FromSeconds(options.SessionIdleSeconds),
        Source = CallerSource.TextOf(record.Source),
        Tenants = [caller.Repository.TenantId],
        Attributes = ImmutableSortedDictionary<string, string>.Empty.Add(RepositoriesAuthenticator.SidAttribute, SessionPair.Seal(pair.Session, pair.Sid)),
    };

    /// <summary>Ends the session that was shown, or with a password all of the account's in this repository. Said when the store has confirmed, and not before.</summary>
    private async Task EndAsync(HttpContext context, RepositoryCaller caller)
    {
        switch (caller.Method)
        {
            case SignInMethods.SessionBasic:
                // Of several at once, one ends it; for the others it is dead (REP-65).
                var ended = await desk.EndAsync(caller.Live!.Id, EventOf(context, caller), CancellationToken.None);
                await (ended
                    ? RepositoriesAnswers.WriteSessionEndedAsync(context)
                    : RepositoriesAnswers.WriteErrorAsync(context, authenticator.Unauthorized(caller.Repository.Name)));
                return;
            case SignInMethods.PasswordBasic:
                var all = new SessionFilter { AccountId = caller.Account.Id, Dialect = RepositoriesDialect.Id, TenantId = caller.Repository.TenantId, Kind = SessionKind.Session };
                await desk.EndAsync(all, EventOf(context, caller), CancellationToken.None);
                await RepositoriesAnswers.WriteSessionEndedAsync(context);
                return;
            default:
                // A script that tidies up with its API token ends nobody's sessions.
                await RepositoriesAnswers.WriteErrorAsync(context, RepositoriesError.PasswordRequired);
                return;
        }
    }

    private AuditEvent EventOf(HttpContext context, RepositoryCaller caller) => new()
    {
        Time = clock.GetUtcNow(),
        Event = AuditEvents.SignOut,
        Outcome = AuditOutcomes.Accepted,
        Account = caller.Account.Name,
        Dialect = RepositoriesDialect.Id,
        Method = caller.Method,
        Tenant = caller.Repository.Name,
        Source = CallerSource.TextOf(CallerLeg.Of(context).Source),
        Session = caller.Live?.Id.ToString(),
    };
}
