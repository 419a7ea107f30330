using System.Runtime.ExceptionServices;
using Gatehouse.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// Forwards one request to one place:
/// <list type="number">
/// <item>Look at the beginning of the body: what is broken is refused before anything is sent.</item>
/// <item>Build the head from what was decided upon, then let the gate have its last word about it.</item>
/// <item>Send it, with the caller's body behind it, and wait for the head of the answer.</item>
/// <item>Refuse an answer that says two things.</item>
/// <item>Where both sides agreed to leave HTTP, pass on bytes.</item>
/// <item>Else pass on the head, the body as it comes, and the trailers.</item>
/// <item>Let go of the caller's body.</item>
/// </list>
/// Before the answer has begun, a failure is a value, which the dialect writes in its own shape. After that, the caller's
/// connection is aborted: an answer is whole, or it is seen to be broken.
/// </summary>
public sealed class HttpForwarder(TimeProvider clock, ILogger<HttpForwarder> logger) : IHttpForwarder
{
    /// <inheritdoc/>
    public async ValueTask<ForwardError> SendAsync(HttpContext context, string destination, HttpMessageInvoker client, ForwardLimits limits, Func<HttpRequestMessage, ValueTask> transform)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(transform);

        // 1
        LiftLimits(context);
        await CallerBody.LookAtBeginningAsync(context.Request, clock);

        using var timer = new ActivityTimer(limits.HeadTimeout, clock, context.RequestAborted);
        var body = CallerBody.IsIn(context.Request) ? new CallerBody(context.Request, timer) : null;
        try
        {
            // 2
            using var message = OutgoingHead.Create(context, destination, limits, body, Tunnel.IsAskedFor(context));
            await transform(message);

            // 3
            var (answer, error) = await AskAsync(context, client, message, body, timer);
            using (answer)
            {
                return answer is null ? error : await PassOnAsync(context, answer, timer, limits);
            }
        }
        finally
        {
            // 7
            if (body is not null)
            {
                await body.LetGoAsync();
            }
        }
    }

    private async ValueTask<(HttpResponseMessage? Answer, ForwardError Error)> AskAsync(
        HttpContext context, HttpMessageInvoker client, HttpRequestMessage message, CallerBody? body, ActivityTimer timer)
    {
        try
        {
            return (await client.SendAsync(message, timer.Token), ForwardError.None);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            if (body?.Fault is { } fault)
            {
                ExceptionDispatchInfo.Throw(fault);
            }

            GatewayLog.AttemptFailed(logger, context.TraceIdentifier, (exception as HttpRequestException)?.HttpRequestError.ToString() ?? exception.GetType().Name);
            return (null, timer.HasExpired ? ForwardError.TimedOut : ErrorOf(exception));
        }
    }

    private async ValueTask<ForwardError> PassOnAsync(HttpContext context, HttpResponseMessage answer, ActivityTimer timer, ForwardLimits limits)
    {
        // 4
        var switches = (int)answer.StatusCode == StatusCodes.Status101SwitchingProtocols;
        if (!AnswerHead.CanBePassedOn(answer) || (switches && !Tunnel.IsAgreed(context, answer)))
        {
            return ForwardError.BadAnswer;
        }

        timer.Restart(limits.ActivityTimeout);
        AnswerHead.CopyTo(context.Response, answer);
        try
        {
            // 5
            if (switches)
            {
                await Tunnel.RunAsync(context, answer, timer);
                return ForwardError.None;
            }

            // 6
            await AnswerBody.CopyAsync(await answer.Content.ReadAsStreamAsync(timer.Token), context.Response, timer);
            if (AnswerBody.TryCopyTrailers(answer, context.Response))
            {
                return ForwardError.None;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            GatewayLog.AnswerBrokeOff(logger, context.TraceIdentifier, exception.GetType().Name);
        }

        context.Abort();
        return ForwardError.Cut;
    }

    /// <summary>Without a connection or a credential nothing was sent; in every other case nobody knows.</summary>
    private static ForwardError ErrorOf(Exception exception) => exception switch
    {
        SignInException => ForwardError.NotSignedIn,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError } => ForwardError.NotConnected,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } => ForwardError.BadAnswer,

        // Neither the caller nor the timer: the client's own time-out for connecting.
        OperationCanceledException => ForwardError.NotConnected,
        _ => ForwardError.NoAnswer,
    };

    /// <summary>How large a body may be is the upstream's affair; that something moves is watched by the timer.</summary>
    private static void LiftLimits(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }
}
