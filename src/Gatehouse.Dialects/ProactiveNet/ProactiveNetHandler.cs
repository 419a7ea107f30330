using System.Security.Claims;
using System.Text.Encodings.Web;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>The dialect as an authentication scheme.</summary>
internal sealed class ProactiveNetHandler(
    IOptionsMonitor<ProactiveNetOptions> monitor,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    ProactiveNetAuthenticator authenticator,
    ProactiveNetAnswers answers,
    SessionRegistry sessions) : AuthenticationHandler<ProactiveNetOptions>(monitor, loggerFactory, encoder)
{
    private const string TenantScope = "tenant";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);
    private ProactiveNetError _error = ProactiveNetError.AuthenticationFailed;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        try
        {
            var (entry, error) = await authenticator.DecideAsync(Context);
            return entry is null ? Refuse(error!) : Accept(entry);
        }
        catch (StoreUnavailableException exception)
        {
            DialectLog.StoreUnavailable(Logger, Context.TraceIdentifier, exception.Message);
            return Refuse(ProactiveNetError.Unavailable(RetryStore));
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => answers.WriteErrorAsync(Context, _error);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => answers.WriteErrorAsync(Context, ProactiveNetError.AccessDenied);

    private AuthenticateResult Refuse(ProactiveNetError error)
    {
        _error = error;
        return AuthenticateResult.Fail(error.Message);
    }

    private AuthenticateResult Accept(ProactiveNetEntry entry)
    {
        var (caller, tenant) = entry;
        if (caller.Live is { } live)
        {
            sessions.Use(live);
        }

        var identity = new Identity
        {
            User = caller.Account.Name,
            Dialect = ProactiveNetDialect.Id,
            Method = caller.Method,
            Tenant = tenant,
            Scope = tenant is null ? null : TenantScope,
            Tenants = tenant is null ? [] : [tenant],
            Session = caller.Live?.Id,
        };
        Context.Features.Set(new AcceptedProactiveNetRequest(identity));
        Context.Features.Set(identity);

        var principal = GatehouseClaims.Principal(identity, RoleNames.Effective(caller.Account.Roles));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
    }
}

/// <summary>What the scheme found, for the endpoint.</summary>
/// <param name="Identity">Who it is.</param>
internal sealed record AcceptedProactiveNetRequest(Identity Identity);
