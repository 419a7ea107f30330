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

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>
/// The dialect as an authentication scheme: front door, bearer, scope; the first that fails is the answer. Only a
/// request that passes all of them re-arms the idle time-out (OI-50, OI-54).
/// </summary>
internal sealed class OperationalIntelligenceHandler(
    IOptionsMonitor<OperationalIntelligenceOptions> monitor,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    FrontDoor frontDoor,
    OperationalIntelligenceAuthenticator authenticator,
    SessionRegistry sessions) : AuthenticationHandler<OperationalIntelligenceOptions>(monitor, loggerFactory, encoder)
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);
    private RequestDelegate _answer = AnswerOf(OperationalIntelligenceError.InvalidAuthorization);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.GetEndpoint()?.Metadata.GetMetadata<OpenEndpoint>() is not null)
        {
            // Where this is an application's only scheme, it is asked at every path. Our own endpoints read their credentials themselves.
            return AuthenticateResult.NoResult();
        }

        var rules = Context.GetEndpoint()?.Metadata.GetMetadata<EndpointRules>() ?? EndpointRules.Other;
        if (frontDoor.Stop(Context, rules) is { } answer)
        {
            return Refuse(answer, "Answered at the front door.");
        }

        try
        {
            var (caller, error) = await authenticator.FindCallerAsync(Context);
            return caller is null ? Refuse(AnswerOf(error!), error!.Text) : Accept(caller);
        }
        catch (StoreUnavailableException exception)
        {
            DialectLog.StoreUnavailable(Logger, Context.TraceIdentifier, exception.Message);
            var error = OperationalIntelligenceError.Unavailable(RetryStore);
            return Refuse(AnswerOf(error), error.Text);
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => _answer(Context);

    // An application's own policy asked for more than the token gives.
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        OperationalIntelligenceAnswers.WriteErrorAsync(Context, OperationalIntelligenceError.TenantNotInScope);

    private static RequestDelegate AnswerOf(OperationalIntelligenceError error) => context => OperationalIntelligenceAnswers.WriteErrorAsync(context, error);

    private AuthenticateResult Refuse(RequestDelegate answer, string why)
    {
        _answer = answer;
        return AuthenticateResult.Fail(why);
    }

    private AuthenticateResult Accept(OperationalIntelligenceCaller caller)
    {
        sessions.Use(caller.Live);
        var identity = new Identity
        {
            User = caller.Account.Name,
            Dialect = OperationalIntelligenceDialect.Id,
            Method = caller.Method,
            Tenant = caller.Scope.Tenant,
            Scope = caller.Scope.Name,
            Tenants = caller.Scope.Tenants,
            Session = caller.Live.Id,
        };
        Context.Features.Set(new AcceptedOperationalIntelligenceRequest(identity, caller));
        Context.Features.Set(identity);

        var principal = GatehouseClaims.Principal(identity, RoleNames.Effective(caller.Account.Roles));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
    }
}

/// <summary>What the scheme found, for the endpoint.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Caller">By which session.</param>
internal sealed record AcceptedOperationalIntelligenceRequest(Identity Identity, OperationalIntelligenceCaller Caller);
