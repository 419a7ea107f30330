using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Json;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Who calls.</summary>
/// <param name="Account">The account.</param>
/// <param name="Method">How it was proven.</param>
/// <param name="Live">The session; null where each request proves itself.</param>
internal sealed record MicetroCaller(Account Account, string Method, LiveSession? Live)
{
    /// <summary>The name that a handshake proved, as the mechanism spells it.</summary>
    public string? Principal { get; init; }

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
internal sealed class MicetroAuthenticator(
    SessionRegistry sessions, PasswordDoor passwords, HandshakeDoor handshakes, AuditTrail audit, MicetroOptions options, TimeProvider clock)
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
            MicetroCredential.Negotiate leg => await CheckHandshakeAsync(context, wrapping, leg.Token),
            MicetroCredential.None when session is { } parameter => await FindSessionAsync(context, parameter.Kind == JsonValueKind.String ? parameter.Text : null, SignInMethods.SessionParameter),
            MicetroCredential.None => await RecallAsync(context),
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
    /// A leg of a handshake (MIC-95 to MIC-101): it needs another one, or it decides. What was accepted carries the server's last
    /// token, and says whether the connection is believed further on.
    /// </summary>
    public async ValueTask<(MicetroCaller? Caller, MicetroError? Error)> CheckHandshakeAsync(
        HttpContext context, MicetroWrapping wrapping, byte[]? token, string? server = null, bool isLogin = false)
    {
        var now = clock.GetUtcNow();
        var step = await handshakes.StepAsync(context, MicetroDialect.Id, options.Preferences.Handshakes, tenantKey: null, token);
        if (step.Verdict is null)
        {
            return (null, MicetroError.ContinueHandshake(step.Token));
        }

        var method = step.Principal?.Mechanism == HandshakeMechanisms.Ntlm ? SignInMethods.NegotiateNtlm : SignInMethods.NegotiateKerberos;
        var record = SignInRecord.Of(context, now, wrapping, method) with { Name = step.Principal?.Text, Server = server };
        var (accepted, error) = passwords.Judge(record, step.Verdict, MicetroError.HandshakeRefused);
        if (accepted is null)
        {
            return (null, error);
        }

        if (!isLogin)
        {
            passwords.NoteFirstUse(record, accepted);
        }

        if (IsCrossSite(context.Request))
        {
            return (null, MicetroError.CrossSite);
        }

        var persists = method == SignInMethods.NegotiateNtlm && options.PersistNtlm && handshakes.TryPersist(context, MicetroDialect.Id, step);
        context.Response.OnStarting(() =>
        {
            MicetroAnswers.EndHandshake(context, step.Token, persists);
            return Task.CompletedTask;
        });
        return (new MicetroCaller(accepted.Account, method, null) { Principal = step.Principal?.Text }, null);
    }

    /// <summary>A connection that an NTLM handshake proved (MIC-99), for the times of MIC-76.</summary>
    private async ValueTask<(MicetroCaller? Caller, MicetroError? Error)> RecallAsync(HttpContext context) =>
        !options.PersistNtlm || await handshakes.RecallAsync(
            context, MicetroDialect.Id, TimeSpan.FromSeconds(options.SessionIdleSeconds), TimeSpan.FromSeconds(options.SessionLifetimeSeconds)) is not { } account
            ? (null, MicetroError.MissingSession)
            : IsCrossSite(context.Request) ? (null, MicetroError.CrossSite)
            : (new MicetroCaller(account, SignInMethods.NegotiateNtlm, null), null);

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
