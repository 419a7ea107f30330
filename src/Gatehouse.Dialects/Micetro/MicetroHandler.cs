using System.Text.Encodings.Web;
using Gatehouse.Core;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.Micetro.Rest;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.Micetro;

/// <summary>
/// The dialect as an authentication scheme, for calls whose credential stands in the header, the query or a JSON body:
/// REST. JSON-RPC and SOAP name their command in the body; their endpoints ask the same authenticator.
/// </summary>
internal sealed class MicetroHandler(
    IOptionsMonitor<MicetroOptions> monitor,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    MicetroTransport transport,
    MicetroAuthenticator authenticator) : AuthenticationHandler<MicetroOptions>(monitor, loggerFactory, encoder)
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);
    private MicetroError _error = MicetroError.MissingSession;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (transport.Check(Context) is { } notAdmitted)
        {
            return Refuse(notAdmitted);
        }

        if (ForbiddenMethods.Contains(Request.Method))
        {
            return Refuse(MicetroError.MethodNotAllowed(ForbiddenMethods.Allowed));
        }

        try
        {
            var query = MicetroQuery.Of(Request);
            var (session, error) = await SessionParameter.ReadAsync(Context, query, Options);
            if (error is not null)
            {
                return Refuse(error);
            }

            (var caller, error) = await authenticator.FindCallerAsync(Context, RestWrapping.Path, session, sessionInQuery: false);
            if (caller is null)
            {
                return Refuse(error!);
            }

            var identity = authenticator.Accept(Context, caller);
            Context.Features.Set(new AcceptedMicetroRequest(identity));
            Context.Features.Set(identity);
            return AuthenticateResult.Success(new AuthenticationTicket(Context.User, Scheme.Name));
        }
        catch (StoreUnavailableException exception)
        {
            DialectLog.StoreUnavailable(Logger, Context.TraceIdentifier, exception.Message);
            return Refuse(MicetroError.Unavailable(RetryStore));
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => RestWrapping.Path.WriteErrorAsync(Context, _error);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => RestWrapping.Path.WriteErrorAsync(Context, MicetroError.Forbidden);

    private AuthenticateResult Refuse(MicetroError error)
    {
        _error = error;
        return AuthenticateResult.Fail(error.Text);
    }
}

/// <summary>What the scheme found, for the endpoint.</summary>
/// <param name="Identity">Who it is.</param>
internal sealed record AcceptedMicetroRequest(Identity Identity);
