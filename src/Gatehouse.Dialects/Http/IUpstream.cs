using Gatehouse.Core;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Http;

/// <summary>How forwarding a request ended.</summary>
public enum ForwardOutcome
{
    /// <summary>The upstream's answer was passed on.</summary>
    Answered,

    /// <summary>The upstream could not be reached; nothing was written yet.</summary>
    Unreachable,

    /// <summary>The upstream did not answer in time; nothing was written yet.</summary>
    TimedOut,

    /// <summary>The path asks for more than this caller has: 403 (HTT-29). Nothing was sent, nothing was written yet.</summary>
    Forbidden,

    /// <summary>The path does not have this method: 405. Nothing was sent; <c>Allow</c> of the answer is set already.</summary>
    MethodNotAllowed,
}

/// <summary>The real API behind a dialect, registered under the dialect's id. Errors are the dialect's to write.</summary>
public interface IUpstream
{
    /// <summary>Passes an accepted request on, and its answer back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="identity">Who it is.</param>
    /// <param name="headTimeout">Longest time to the head of the answer.</param>
    ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout);
}
