using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>A real upstream: forwards to one server of a cluster, and to another one where that is safe.</summary>
/// <param name="cluster">The servers.</param>
/// <param name="transforms">Who has a word in the head.</param>
/// <param name="forwarder">Forwards to one of them.</param>
/// <param name="client">Its client.</param>
/// <param name="options">How.</param>
/// <param name="logger">Where failures are told.</param>
public sealed class ForwardingUpstream(
    UpstreamCluster cluster, IEnumerable<IRequestTransform> transforms, IHttpForwarder forwarder, HttpMessageInvoker client, GatewayOptions options, ILogger<ForwardingUpstream> logger) : IUpstream
{
    private readonly IRequestTransform[] _transforms = [.. transforms];
    private readonly HashSet<string> _ours = new(transforms.SelectMany(transform => transform.Headers), StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public async ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout)
    {
        ArgumentNullException.ThrowIfNull(context);
        var limits = options.LimitsWith(headTimeout);
        var outcome = ForwardOutcome.Unreachable;
        foreach (var target in cluster.InOrder())
        {
            var error = await forwarder.SendAsync(context, target.Prefix, target.Client ?? client, limits, message => TransformAsync(new OutgoingRequest(context, identity, target, message)));
            target.Note(error);
            if (error is ForwardError.None or ForwardError.Cut)
            {
                return ForwardOutcome.Answered;
            }

            GatewayLog.NotForwarded(logger, context.TraceIdentifier, target.Name, error);
            outcome = error == ForwardError.TimedOut ? ForwardOutcome.TimedOut : ForwardOutcome.Unreachable;
            if (!MayTryAnother(error, context.Request))
            {
                break;
            }
        }

        return outcome;
    }

    /// <summary>Nothing was sent; or nothing is lost by doing it twice, and there is no body that is gone.</summary>
    private static bool MayTryAnother(ForwardError error, HttpRequest request) =>
        error is ForwardError.NotConnected or ForwardError.NotSignedIn || (error == ForwardError.NoAnswer && OutgoingHead.IsIdempotent(request.Method) && !CallerBody.IsIn(request));

    private async ValueTask TransformAsync(OutgoingRequest request)
    {
        RemoveOurs(request.Message);
        foreach (var transform in _transforms)
        {
            await transform.ApplyAsync(request);
        }
    }

    /// <summary>What the gate sets, nobody else has set before it, in whatever spelling (ATK-36).</summary>
    private void RemoveOurs(HttpRequestMessage message)
    {
        List<string>? spelled = null;
        foreach (var header in message.Headers.NonValidated)
        {
            if (_ours.Contains(HeaderRules.AsUpstreamsRead(header.Key)))
            {
                (spelled ??= []).Add(header.Key);
            }
        }

        spelled?.ForEach(name => message.Headers.Remove(name));
    }
}
