using System.Text.Encodings.Web;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Server.Hosting;

/// <summary>The scheme of routes that somebody forgot to protect or to declare open: nobody gets in, and nobody learns that they exist.</summary>
internal sealed class ClosedDoor(IOptionsMonitor<ClosedDoorOptions> monitor, ILoggerFactory loggerFactory, UrlEncoder encoder)
    : AuthenticationHandler<ClosedDoorOptions>(monitor, loggerFactory, encoder)
{
    public new const string Scheme = "closed";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => ProblemDetails.WriteAsync(Context, StatusCodes.Status404NotFound);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => ProblemDetails.WriteAsync(Context, StatusCodes.Status404NotFound);
}

/// <summary>Nothing to set.</summary>
internal sealed class ClosedDoorOptions : AuthenticationSchemeOptions;
