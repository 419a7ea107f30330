using Gatehouse.Core;
using Gatehouse.Core.Tokens;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.ForwardAuth;

/// <summary>
/// Tells the upstream behind a proxy who calls in a JWT that it can check by itself. It is for the audience of the path's
/// route; on no route for the issuer, because the host in the question is what the caller made it.
/// </summary>
public sealed class AssertionField(AssertionSigner signer, IIssuer issuer) : IAnswerField
{
    /// <inheritdoc/>
    public ValueTask ApplyAsync(HttpContext context, Identity identity)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Response.Headers[AssertionTransform.Assertion] = signer.Sign(identity, context.Features.Get<MatchedRoute>()?.Route.Audience ?? issuer.Name);
        return ValueTask.CompletedTask;
    }
}
