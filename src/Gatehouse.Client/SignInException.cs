using System.Net;

namespace Gatehouse.Client;

/// <summary>
/// There is no credential for a request, and the request was not sent. An <see cref="HttpRequestException"/>, so that who
/// handles those handles this, too. Says which upstream and which name; never a password, a token or what the upstream wrote.
/// </summary>
public abstract class SignInException : HttpRequestException
{
    private protected SignInException(string message, Exception? inner, HttpStatusCode? status, TimeSpan retryAfter)
        : base(message, inner, status) => RetryAfter = retryAfter;

    /// <summary>How long no further sign-in is tried; until then every request fails like this one, without asking.</summary>
    public TimeSpan RetryAfter { get; }
}

/// <summary>The upstream refused name and password, or the request as such. Waiting does not mend that, an operator does.</summary>
public sealed class SignInRefusedException : SignInException
{
    internal SignInRefusedException(string message, Exception? inner, HttpStatusCode? status, TimeSpan retryAfter)
        : base(message, inner, status, retryAfter)
    {
    }
}

/// <summary>The upstream could not be asked, was busy (429, 5xx), or answered nothing that can be read. Nothing is known of the password.</summary>
public sealed class SignInUnavailableException : SignInException
{
    internal SignInUnavailableException(string message, Exception? inner, HttpStatusCode? status, TimeSpan retryAfter)
        : base(message, inner, status, retryAfter)
    {
    }
}
