using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tenants;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Who calls, as the bearer says: the session, its account, and what the request covers.</summary>
internal sealed record OperationalIntelligenceCaller(LiveSession Live, Account Account, TenantScope Scope)
{
    /// <summary>Issued by the operator, not by a sign-in.</summary>
    public bool IsApiToken => Live.Kind == SessionKind.ApiToken;

    /// <summary>Method word of the echo answer.</summary>
    public string Method => IsApiToken ? SignInMethods.ApiToken : SignInMethods.Bearer;
}

/// <summary>Decides about the bearer of a request: first the token, then the scope (contract sections 6 and 7).</summary>
internal sealed class OperationalIntelligenceAuthenticator(
    SessionRegistry sessions, ExternalTokens externals, TenantNames tenants, AuditTrail audit, TimeProvider clock, ILogger<OperationalIntelligenceAuthenticator> logger)
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ExternalTokenBelieved = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryOfEndlessLock = TimeSpan.FromHours(1);

    /// <summary>Finds the caller, or the error that the request is answered with.</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">The tenants must be read, and the store cannot be asked.</exception>
    public async ValueTask<(OperationalIntelligenceCaller? Caller, OperationalIntelligenceError? Error)> FindCallerAsync(HttpContext context)
    {
        var (bearer, error) = ReadBearer(context.Request);
        if (bearer is null)
        {
            return (null, error);
        }

        var check = await sessions.CheckAsync(TokenHash.Of(bearer.Token), context.RequestAborted);
        if ((error = ErrorOf(check, bearer)) is not null)
        {
            return (null, error);
        }

        if ((error = await ConfirmAsync(check.Live!, bearer.Token, context.RequestAborted)) is not null)
        {
            return (null, error);
        }

        if (bearer.IsAmbiguous)
        {
            return (null, OperationalIntelligenceError.AmbiguousScope);
        }

        var (live, account) = (check.Live!, check.Account!);
        (var scope, error) = TenantScope.Resolve(bearer, live, account);
        if (scope is not null)
        {
            return (new OperationalIntelligenceCaller(live, account, scope), null);
        }

        var named = bearer.Tenant is null ? null : await tenants.FindAsync(bearer.Tenant, context.RequestAborted);
        PostRefusal(context, live, account, named, error!);
        return (null, error);
    }

    /// <summary>Step 1: the header.</summary>
    private (WrappedBearer? Bearer, OperationalIntelligenceError? Error) ReadBearer(HttpRequest request)
    {
        var fields = request.Headers.Authorization;
        if (fields.Count > 1)
        {
            return (null, OperationalIntelligenceError.DuplicateAuthorization);
        }

        if (fields.Count == 0 || WrappedBearer.ValueOf(fields[0]!) is not { } value)
        {
            return (null, OperationalIntelligenceError.InvalidAuthorization);
        }

        if (WrappedBearer.Read(value) is { } bearer)
        {
            return (bearer, null);
        }

        Hint(BearerHint.OfMalformed(value));
        return (null, OperationalIntelligenceError.InvalidAuthorization);
    }

    /// <summary>Step 2: the token.</summary>
    private OperationalIntelligenceError? ErrorOf(SessionCheck check, WrappedBearer bearer)
    {
        if (check.State == SessionState.Unavailable)
        {
            return OperationalIntelligenceError.Unavailable(RetryStore);
        }

        if (check.State == SessionState.Unknown)
        {
            Hint(BearerHint.OfUnknown(bearer.Token));
        }

        var isMine = check.Live is { Kind: SessionKind.Session, Dialect: OperationalIntelligenceDialect.Id } or { Kind: SessionKind.ApiToken };
        return check.State switch
        {
            SessionState.Live when isMine => null,
            SessionState.Idle when isMine => OperationalIntelligenceError.IdleTimeout with { IsRefusedBearer = true },
            SessionState.Locked when isMine => OperationalIntelligenceError.TooManyAttempts(UntilUnlocked(check.Account!)),
            _ => OperationalIntelligenceError.InvalidToken with { IsRefusedBearer = true },
        };
    }

    /// <summary>A token of a single sign-on is as dead as it is there; it is asked about once a minute.</summary>
    private async ValueTask<OperationalIntelligenceError?> ConfirmAsync(LiveSession live, string token, CancellationToken cancellationToken) =>
        await externals.CheckAsync(live, token, ExternalTokenBelieved, cancellationToken) switch
        {
            ExternalTokenState.Live => null,
            ExternalTokenState.Ended => OperationalIntelligenceError.InvalidToken with { IsRefusedBearer = true },
            _ => OperationalIntelligenceError.Unavailable(RetryStore),
        };

    private TimeSpan UntilUnlocked(Account account) =>
        account.LockedUntil is { } until && until != DateTimeOffset.MaxValue ? until - clock.GetUtcNow() : RetryOfEndlessLock;

    private void Hint(string? hint)
    {
        if (hint is not null)
        {
            OperationalIntelligenceLog.BearerHint(logger, hint);
        }
    }

    /// <summary>OI-117</summary>
    private void PostRefusal(HttpContext context, LiveSession session, Account account, Tenant? named, OperationalIntelligenceError error) => audit.Post(new AuditEvent
    {
        Time = clock.GetUtcNow(),
        Event = AuditEvents.Access,
        Outcome = AuditOutcomes.Refused,
        Account = account.Name,
        Dialect = OperationalIntelligenceDialect.Id,
        Method = session.Kind == SessionKind.ApiToken ? SignInMethods.ApiToken : SignInMethods.Bearer,
        Tenant = named?.Name,
        Source = CallerSource.TextOf(CallerLeg.Of(context).Source),
        Session = session.Id.ToString(),
        Reason = error.Code,
    });
}
