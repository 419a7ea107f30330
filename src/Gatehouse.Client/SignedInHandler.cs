using System.Net;

namespace Gatehouse.Client;

/// <summary>
/// Puts a credential on each request to the configured address, and signs in anew, once, when it is refused. Requests to
/// other addresses, and those that bring their own <c>Authorization</c>, pass untouched. Redirects are not followed: a 3xx
/// is the caller's.
/// </summary>
public abstract class SignedInHandler : DelegatingHandler, IAsyncDisposable
{
    private static readonly HttpRequestOptionsKey<bool> OwnRequest = new("Gatehouse.Client.SignIn");
    private readonly bool _ownsCredential;
    private bool _isChecked;

    private protected SignedInHandler(SignedInCredential credential) => Credential = credential;

    private protected SignedInHandler(ISignIn dialect, SignInOptions options, TimeProvider? clock)
    {
        Credential = new SignedInCredential(dialect, options, SendInsideAsync, clock);
        _ownsCredential = true;
    }

    /// <summary>The credential that this handler uses.</summary>
    public SignedInCredential Credential { get; }

    /// <summary>Signs out, then disposes of the handlers inside. A handler of a registered client leaves the sign-out to its container.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ownsCredential)
        {
            await Credential.DisposeAsync();
        }

        Dispose();
        GC.SuppressFinalize(this);
    }

    internal static void MarkAsOwn(HttpRequestMessage request) => request.Options.Set(OwnRequest, value: true);

    /// <inheritdoc/>
    protected sealed override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        RefuseToFollowRedirects();
        if (request.Options.TryGetValue(OwnRequest, out _) || request.Headers.Contains("Authorization") || !Credential.AppliesTo(request.RequestUri))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var grant = await Credential.GetAsync(cancellationToken);
        var answer = await SendWithAsync(request, grant, cancellationToken);
        if (Judge(answer, grant) || !ReplayableBody.Has(request))
        {
            return answer;
        }

        answer.Dispose();
        grant = await Credential.GetAsync(cancellationToken);
        answer = await SendWithAsync(request, grant, cancellationToken);
        Judge(answer, grant);
        return answer;
    }

    /// <summary>Not supported: a sign-in waits, and waiting is asynchronous.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    protected sealed override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Requests that sign in are asynchronous; use SendAsync.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _ownsCredential)
        {
            Credential.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Adds what else the dialect sends beside the credential.</summary>
    private protected virtual void Complete(HttpRequestMessage request)
    {
    }

    /// <summary>Removes what <see cref="Complete"/> added.</summary>
    private protected virtual void Restore(HttpRequestMessage request)
    {
    }

    private Task<HttpResponseMessage> SendInsideAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendWithAsync(HttpRequestMessage request, Grant grant, CancellationToken cancellationToken)
    {
        try
        {
            Complete(request);
            request.Headers.Authorization = grant.Authorization;
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            // The message goes back to the caller, into logs, or through here again; the token does not go with it.
            request.Headers.Authorization = null;
            Restore(request);
        }
    }

    /// <summary>Tells the credential what the upstream made of it; false when the request is worth another try.</summary>
    private bool Judge(HttpResponseMessage answer, Grant grant)
    {
        if (answer.StatusCode == HttpStatusCode.Unauthorized && IsAbout(grant, answer))
        {
            return !Credential.Refused(grant);
        }

        if ((int)answer.StatusCode < 400)
        {
            Credential.Accepted(grant);
        }

        return true;
    }

    // A 401 that asks for other schemes only is not about this credential.
    private static bool IsAbout(Grant grant, HttpResponseMessage answer) =>
        answer.Headers.WwwAuthenticate.Count == 0
        || answer.Headers.WwwAuthenticate.Any(challenge => string.Equals(challenge.Scheme, grant.Authorization.Scheme, StringComparison.OrdinalIgnoreCase));

    /// <summary>A redirect that is followed below this handler would carry the form with the password to wherever it points.</summary>
    private void RefuseToFollowRedirects()
    {
        if (_isChecked)
        {
            return;
        }

        var inside = InnerHandler;
        while (inside is DelegatingHandler delegating)
        {
            inside = delegating.InnerHandler;
        }

        if (inside is SocketsHttpHandler { AllowAutoRedirect: true } or HttpClientHandler { AllowAutoRedirect: true })
        {
            throw new InvalidOperationException("The primary handler follows redirects, which would carry credentials to other hosts; set its AllowAutoRedirect to false.");
        }

        _isChecked = true;
    }
}
