using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>
/// The dialect as an authentication scheme. The order of its checks is the contract's: transport, method, token,
/// headers, impersonation; the first that fails is the answer, and nothing after it is done.
/// </summary>
internal sealed class ArSystemHandler(
    IOptionsMonitor<ArSystemOptions> monitor,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    ArSystemTransport transport,
    ArSystemAuthenticator authenticator,
    Impersonation impersonation,
    SessionRegistry sessions) : AuthenticationHandler<ArSystemOptions>(monitor, loggerFactory, encoder)
{
    private ArSystemError _error = ArSystemError.AuthenticationFailed;
    private bool _overHttp;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!transport.Admits(Context))
        {
            _overHttp = true;
            return Refuse(ArSystemError.AuthenticationFailed);
        }

        if (ForbiddenMethods.Contains(Request.Method))
        {
            return Refuse(ArSystemError.MethodNotAllowed(ForbiddenMethods.Allowed));
        }

        try
        {
            var (caller, error) = await authenticator.FindCallerAsync(Context);
            if (caller is null)
            {
                return Refuse(error!);
            }

            if ((error = ArSystemHeaders.Check(Request.Headers, out var timeout)) is not null)
            {
                return Refuse(error);
            }

            (var target, error) = await impersonation.ResolveAsync(Context, caller);
            return error is null ? Accept(caller, target, timeout) : Refuse(error);
        }
        catch (StoreUnavailableException exception)
        {
            DialectLog.StoreUnavailable(Logger, Context.TraceIdentifier, exception.Message);
            return Refuse(ArSystemError.Unavailable(TimeSpan.FromSeconds(5)));
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        _overHttp ? transport.RefuseAsync(Context) : ArSystemAnswers.WriteErrorAsync(Context, _error);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ArSystemAnswers.WriteErrorAsync(Context, ArSystemError.NotWithThisCredential);

    private AuthenticateResult Refuse(ArSystemError error)
    {
        _error = error;
        return AuthenticateResult.Fail(error.Text);
    }

    private AuthenticateResult Accept(ArSystemCaller caller, Account? target, TimeSpan? timeout)
    {
        sessions.Use(caller.Live);
        var account = target ?? caller.Account;
        var identity = new Identity
        {
            User = account.Name,
            Dialect = ArSystemDialect.Id,
            Method = caller.IsApiToken ? SignInMethods.ApiToken : SignInMethods.ArJwt,
            Tenants = account.Memberships.Select(membership => membership.Name).ToImmutableArray(),
            Impersonator = target is null ? null : caller.Account.Name,
            Session = caller.Live.Id,
        };
        Context.Features.Set(new AcceptedArSystemRequest(identity, timeout));
        Context.Features.Set(identity);

        var roles = target is null ? caller.Roles : RoleNames.Effective(target.Roles);
        return AuthenticateResult.Success(new AuthenticationTicket(GatehouseClaims.Principal(identity, roles), Scheme.Name));
    }
}

/// <summary>What the scheme found, for the endpoint.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Timeout">What <c>X-AR-Timeout</c> asks for, or null.</param>
internal sealed record AcceptedArSystemRequest(Identity Identity, TimeSpan? Timeout);
