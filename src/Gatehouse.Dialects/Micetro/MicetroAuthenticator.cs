using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Json;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Who calls.</summary>
/// <param name="Account">The account.</param>
/// <param name="Method">How it was proven.</param>
/// <param name="Live">The session; null where each request proves itself.</param>
internal sealed record MicetroCaller(Account Account, string Method, LiveSession? Live)
{
    public Identity ToIdentity() => new()
    {
        User = Account.Name,
        Dialect = MicetroDialect.Id,
        Method = Method,
        Tenants = Account.Memberships.Select(membership => membership.Name).ToImmutableArray(),
        Session = Live?.Id,
    };

    public ClaimsPrincipal ToPrincipal() => GatehouseClaims.Principal(ToIdentity(), RoleNames.Effective(Account.Roles));
}

/// <summary>Decides about the credential of a call and of a Logout: a header, or the session parameter, never both (contract sections 6 and 7).</summary>
internal sealed class MicetroAuthenticator(SessionRegistry sessions, PasswordDoor passwords, AuditTrail audit, MicetroOptions options, TimeProvider clock)
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);
    private readonly OncePerMinute _deadTokens = new(clock);

    /// <summary>Finds the caller, or the error that the request is answered with.</summary>
    /// <param name="context">The request.</param>
    /// <param name="wrapping">Its wrapping.</param>
    /// <param name="session">The session parameter; null when absent.</param>
    /// <param name="sessionInQuery">Whether the query names it, too, read or not.</param>
    public async ValueTask<(MicetroCaller? Caller, MicetroError? Error)> FindCallerAsync(
        HttpContext context, MicetroWrapping wrapping, ParameterValue? session, bool sessionInQuery)
    {
        var credential = MicetroCredential.Read(context.Request, options.Preferences);
        if (credential is not MicetroCredential.None && (session is not null || sessionInQuery))
        {
            return (null, MicetroError.HeaderAndSession);
        }

        return credential switch
        {
            MicetroCredential.Bearer bearer => await FindSessionAsync(context, bearer.Token, SignInMethods.Bearer),
            MicetroCredential.Basic basic => await CheckBasicAsync(context, wrapping, basic.Credentials),
            MicetroCredential.Negotiate => (null, HandshakeImpossible(context, wrapping)),
            MicetroCredential.None when session is { } parameter => await FindSessionAsync(context, parameter.Kind == JsonValueKind.String ? parameter.Text : null, SignInMethods.SessionParameter),
            _ => (null, MicetroError.MissingSession),
        };
    }

    /// <summary>Lets a caller in: its session's idle time starts anew (MIC-76).</summary>
    public Identity Accept(HttpContext context, MicetroCaller caller)
    {
        if (caller.Live is not null)
        {
            sessions.Use(caller.Live);
        }

        context.User = caller.ToPrincipal();
        return caller.ToIdentity();
    }

    /// <summary>A user of the Basic header (MIC-90); a page of another site cannot make a browser use it (MIC-94).</summary>
    public async ValueTask<(MicetroCaller? Caller, MicetroError? Error)> CheckBasicAsync(
        HttpContext context, MicetroWrapping wrapping, BasicCredentials? credentials, string? server = null, bool isLogin = false)
    {
        var record = SignInRecord.Of(context, clock.GetUtcNow(), wrapping, SignInMethods.PasswordBasic) with { Name = credentials?.Name, Server = server };
        if (credentials is null)
        {
            return (null, passwords.RefuseMalformed(record));
        }

        var (accepted, error) = await passwords.CheckAsync(context, record, credentials.Name, credentials.Password, Challenges.All);
        if (accepted is null)
        {
            return (null, error);
        }

        if (!isLogin)
        {
            passwords.NoteFirstUse(record, accepted);
        }

        return IsCrossSite(context.Request) ? (null, MicetroError.CrossSite) : (new MicetroCaller(accepted.Account, SignInMethods.PasswordBasic, null), null);
    }

    /// <summary>
    /// The place of the handshake. This build has no authority for Kerberos or NTLM: with either in the list, a token is
    /// answered as where no acceptor key can be opened (MIC-132), never as if it had been looked at.
    /// </summary>
    public MicetroError HandshakeImpossible(HttpContext context, MicetroWrapping wrapping) =>
        passwords.Unavailable(SignInRecord.Of(context, clock.GetUtcNow(), wrapping, SignInMethods.NegotiateKerberos), RetryStore);

    private async ValueTask<(MicetroCaller? Caller, MicetroError? Error)> FindSessionAsync(HttpContext context, string? id, string method)
    {
        if (!SessionId.HasShape(id))
        {
            return (null, MicetroError.InvalidSession);
        }

        var check = await sessions.CheckAsync(TokenHash.Of(id), context.RequestAborted);
        if (check.State == SessionState.Unavailable)
        {
            return (null, MicetroError.Unavailable(RetryStore));
        }

        // A token of another dialect or kind is unknown here (MIC-81).
        if (check.Live is not { Kind: SessionKind.Session, Dialect: MicetroDialect.Id })
        {
            return (null, MicetroError.InvalidSession);
        }

        if (!check.IsLive)
        {
            AuditDeadToken(context, check, method);
            return (null, MicetroError.InvalidSession);
        }

        return (new MicetroCaller(check.Account, method, check.Live), null);
    }

    private void AuditDeadToken(HttpContext context, SessionCheck check, string method)
    {
        var id = check.Live!.Id.ToString();
        if (_deadTokens.IsDue(id))
        {
            audit.Post(new AuditEvent
            {
                Time = clock.GetUtcNow(),
                Event = AuditEvents.Access,
                Outcome = AuditOutcomes.Refused,
                Account = check.Account?.Name,
                Dialect = MicetroDialect.Id,
                Method = method,
                Source = CallerSource.TextOf(CallerLeg.Of(context).Source),
                Session = id,
                Reason = AuditReasons.Expired,
            });
        }
    }

    private static bool IsCrossSite(HttpRequest request)
    {
        foreach (var site in request.Headers["Sec-Fetch-Site"])
        {
            if (site is not null && site.Contains("cross-site", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
