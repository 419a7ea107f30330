using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>Sends a request to one place, and its answer back. The shape is that of YARP's forwarder, which could stand in its place.</summary>
public interface IHttpForwarder
{
    /// <summary>Forwards a request.</summary>
    /// <param name="context">The request; its path in normal form and still escaped, as <see cref="Routing.RequestTargetMiddleware"/> leaves it.</param>
    /// <param name="destination">Scheme, authority and base path, without slash at its end.</param>
    /// <param name="client">Sends it; follows no redirects, keeps no cookies, decompresses nothing.</param>
    /// <param name="limits">How long to wait, and which HTTP to speak.</param>
    /// <param name="transform">Changes the head before it is sent: the last word about it.</param>
    /// <returns>How it ended; with <see cref="ForwardError.None"/> and <see cref="ForwardError.Cut"/> there is nothing left to answer.</returns>
    /// <exception cref="BadHttpRequestException">The caller's body breaks the rules of HTTP.</exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    ValueTask<ForwardError> SendAsync(HttpContext context, string destination, HttpMessageInvoker client, ForwardLimits limits, Func<HttpRequestMessage, ValueTask> transform);
}

/// <summary>How long to wait for an upstream, and which HTTP to speak to it.</summary>
/// <param name="HeadTimeout">Longest time from the request, or from the last piece of its body that moved, to the head of the answer.</param>
/// <param name="ActivityTimeout">Longest time without a byte either way once the head is there.</param>
/// <param name="Version">The HTTP version to ask for.</param>
/// <param name="VersionPolicy">Whether an older one will do.</param>
public sealed record ForwardLimits(TimeSpan HeadTimeout, TimeSpan ActivityTimeout, Version Version, HttpVersionPolicy VersionPolicy);
