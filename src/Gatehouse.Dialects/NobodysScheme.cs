using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects;

/// <summary>
/// A scheme that knows nobody. ASP.NET Core makes the only scheme of an application its default and then runs it on
/// every request: with a single dialect, passwords would be checked, and guesses counted, on its open paths, too
/// (HTT-36). Two schemes have no default.
/// </summary>
internal sealed class NobodysScheme(IOptionsMonitor<AuthenticationSchemeOptions> monitor, ILoggerFactory loggerFactory, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(monitor, loggerFactory, encoder)
{
    public const string Name = "gatehouse-nobody";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
}
