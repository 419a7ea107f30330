using System.Security.Claims;
using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Routing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.ForwardAuth;

/// <summary>
/// Decides a proxy's question by what the route table says of the path: the dialect's own scheme where it is protected, the
/// endpoint itself where it is public, no everywhere else. Endpoints that sign in or out never run for a question. Each
/// question stands alone (ATK-41).
/// </summary>
public sealed class ForwardAuthDecision(RequestDelegate next, IEnumerable<IAnswerField> fields, IAuthenticationSchemeProvider schemes, IServiceProvider services)
{
    private readonly DialectSchemes _schemes = new(schemes, services);
    private readonly IAnswerField[] _fields = [.. fields];

    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<ForwardAuthQuestion>() is null ? next(context) : DecideAsync(context);
    }

    private Task DecideAsync(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<DialectEndpoint>() is not { } dialect)
        {
            return ForwardAuthAnswer.NotOursAsync(context);
        }

        return metadata.GetMetadata<OpenEndpoint>() is not { } open ? AskDialectAsync(context, dialect.Dialect)
            : open.IsPublic ? next(context)
            : ForwardAuthAnswer.NotOursAsync(context);
    }

    private async Task AskDialectAsync(HttpContext context, string dialect)
    {
        var handler = await _schemes.CreateAsync(context, dialect);
        var result = await handler.AuthenticateAsync();
        if (result.Succeeded && context.Features.Get<Identity>() is { } identity)
        {
            if (context.Features.Get<MatchedRoute>()?.Route is { } route && !LetsIn(route, dialect, identity, result.Principal, context.Request.Method))
            {
                await handler.ForbidAsync(properties: null);
                await ForwardAuthAnswer.MakeSureOfNoAsync(context);
                return;
            }

            foreach (var field in _fields)
            {
                await field.ApplyAsync(context, identity);
            }

            ForwardAuthAnswer.LetIn(context);
            return;
        }

        await handler.ChallengeAsync(properties: null);
        await ForwardAuthAnswer.MakeSureOfNoAsync(context);
    }

    /// <summary>Whether the operator's route takes the caller. A method that it has not is 403 here: proxies know no other no.</summary>
    private static bool LetsIn(GateRoute route, string dialect, Identity identity, ClaimsPrincipal principal, string method) =>
        route.Dialect == dialect && route.Requirement.Decide(identity, principal, method) is null;
}
