using Gatehouse.Core;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Http;

/// <summary>
/// Where an application has no upstream: its own endpoints answer under the dialect's paths, and what is left over is not
/// there, in the dialect's shape. Still only for who is signed in.
/// </summary>
internal sealed class NoUpstream : IUpstream
{
    public async ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout)
    {
        await (context.GetEndpoint()?.Metadata.GetMetadata<DialectEndpoint>() is { } dialect
            ? dialect.WriteFaultAsync(context, UnforeseenFault.NoSuchResource)
            : ProblemDetails.WriteAsync(context, StatusCodes.Status404NotFound));
        return ForwardOutcome.Answered;
    }
}
