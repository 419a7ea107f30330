using System.Security.Claims;
using System.Text.Encodings.Web;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.Repositories;

/// <summary>
/// The dialect as an authentication scheme, for protected paths: transport, method, credential, in this order. Each
/// request stands alone; nothing is kept with a connection (REP-27).
/// </summary>
internal sealed class RepositoriesHandler(
    IOptionsMonitor<RepositoriesOptions> monitor,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    RepositoriesTransport transport,
    RepositoriesAuthenticator authenticator) : AuthenticationHandler<RepositoriesOptions>(monitor, loggerFactory, encoder)
{
    private RepositoriesError _error = RepositoriesError.Internal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!transport.Admits(Context))
        {
            return Refuse(RepositoriesError.HttpsRequired);
        }

        if (ForbiddenMethods.Contains(Request.Method))
        {
            return Refuse(RepositoriesError.MethodNotAllowed(ForbiddenMethods.Allowed));
        }

        if (!RepositoryName.IsIn(Context))
        {
            // An application's own endpoint that names no repository: nobody is a member there.
            return AuthenticateResult.NoResult();
        }

        try
        {
            var (caller, error) = await authenticator.FindCallerAsync(Context);
            return caller is null ? Refuse(error!) : Accept(caller);
        }
        catch (StoreUnavailableException exception)
        {
            DialectLog.StoreUnavailable(Logger, Context.TraceIdentifier, exception.Message);
            return Refuse(RepositoriesError.StoreUnavailable);
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => RepositoriesAnswers.WriteErrorAsync(Context, _error);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => RepositoriesAnswers.WriteErrorAsync(Context, RepositoriesError.Forbidden);

    private AuthenticateResult Refuse(RepositoriesError error)
    {
        _error = error;
        return AuthenticateResult.Fail(error.Message);
    }

    private AuthenticateResult Accept(RepositoryCaller caller)
    {
        var identity = caller.ToIdentity();
        Context.Features.Set(new AcceptedRepositoryRequest(identity));
        Context.Features.Set(identity);
        var principal = GatehouseClaims.Principal(identity, RoleNames.Effective(caller.Account.Roles));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
    }
}

/// <summary>What the scheme found, for the endpoint.</summary>
/// <param name="Identity">Who it is.</param>
internal sealed record AcceptedRepositoryRequest(Core.Identity Identity);
