using System.Net;
using Gatehouse.Client;
using Gatehouse.Gateway.Forwarding;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Gateway.Upstreams;

/// <summary>
/// Sends requests under an account of the gate's own. All requests share one sign-in; a refused token is renewed once,
/// and the request sent again where it has no body (a caller's body streams through, and is gone). What the upstream says
/// about that account stays here: its refusals become 502, its cookies are not passed on (ATK-76).
/// </summary>
internal sealed class SignedInSender(string route, SignedInCredential credential, string account, HttpMessageInvoker inner, TimeProvider clock, ILogger logger) : HttpMessageHandler
{
    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(1);
    private static readonly string[] Cookies = ["Set-Cookie", "Set-Cookie2"];
    private long _warned;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!credential.AppliesTo(request.RequestUri))
        {
            return WithoutCookies(await inner.SendAsync(request, cancellationToken));
        }

        var (answer, isWorthAnother) = await TryAsync(request, cancellationToken);
        if (isWorthAnother && request.Content is null or NoBody)
        {
            answer.Dispose();
            (answer, _) = await TryAsync(request, cancellationToken);
        }

        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            answer.Dispose();
            if (IsDue())
            {
                GatewayLog.CredentialRefused(logger, route, account);
            }

            throw new HttpRequestException(HttpRequestError.InvalidResponse, "The upstream refused the gate's own account.");
        }

        return WithoutCookies(answer);
    }

    private async Task<(HttpResponseMessage Answer, bool IsWorthAnother)> TryAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var grant = await GrantAsync(cancellationToken);
        request.Headers.Authorization = grant.Authorization;
        var answer = await inner.SendAsync(request, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            return (answer, credential.Refused(grant));
        }

        credential.Accepted(grant);
        return (answer, false);
    }

    private async ValueTask<Grant> GrantAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await credential.GetAsync(cancellationToken);
        }
        catch (SignInException exception)
        {
            if (IsDue())
            {
                GatewayLog.NotSignedIn(logger, route, (int)Math.Ceiling(exception.RetryAfter.TotalSeconds), exception.Message);
            }

            throw;
        }
    }

    /// <summary>A thousand requests in a minute are one warning.</summary>
    private bool IsDue()
    {
        var (now, last) = (clock.GetTimestamp(), Volatile.Read(ref _warned));
        return (last == 0 || clock.GetElapsedTime(last, now) >= WarnEvery) && Interlocked.CompareExchange(ref _warned, now, last) == last;
    }

    private static HttpResponseMessage WithoutCookies(HttpResponseMessage answer)
    {
        foreach (var name in Cookies)
        {
            answer.Headers.Remove(name);
        }

        return answer;
    }
}
