using Gatehouse.Core.Stores;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.Http;

/// <summary>Turns exceptions into answers: in the shape of the dialect that owns the path, with no detail in them (HTT-38).</summary>
public sealed class FaultMiddleware(RequestDelegate next, ILogger<FaultMiddleware> logger)
{
    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went away.
        }
        catch (Exception exception)
        {
            await AnswerAsync(context, exception);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var fault = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => UnforeseenFault.TooLarge,
            BadHttpRequestException => UnforeseenFault.MalformedRequest,

            // How Kestrel reports a chunk size that no number holds.
            IOException { InnerException: OverflowException } => UnforeseenFault.MalformedRequest,
            StoreUnavailableException => UnforeseenFault.StoreUnavailable,
            _ => UnforeseenFault.Internal,
        };
        if (fault == UnforeseenFault.Internal)
        {
            DialectLog.UnforeseenException(logger, context.TraceIdentifier, exception);
        }
        else if (fault == UnforeseenFault.StoreUnavailable)
        {
            DialectLog.StoreUnavailable(logger, context.TraceIdentifier, exception.Message);
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        if (fault is UnforeseenFault.MalformedRequest or UnforeseenFault.TooLarge)
        {
            context.Response.Headers.Connection = "close";
        }

        await (context.GetEndpoint()?.Metadata.GetMetadata<DialectEndpoint>() is { } dialect
            ? dialect.WriteFaultAsync(context, fault)
            : ProblemDetails.WriteFaultAsync(context, fault));
    }
}
