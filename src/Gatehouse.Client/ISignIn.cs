using System.Net.Http.Headers;

namespace Gatehouse.Client;

/// <summary>
/// One dialect's way in: its literal wire, and nothing of when it is used. To add a dialect: 1. options, 2. this, 3. a
/// handler and its registration, each a few lines; see <c>ArSystem/</c>.
/// </summary>
public interface ISignIn
{
    /// <summary>Id of the dialect, for messages.</summary>
    string Dialect { get; }

    /// <summary>Whom the sign-in is for, for messages.</summary>
    string Name { get; }

    /// <summary>The credential goes to this address and below it, with a final slash; nowhere else.</summary>
    Uri Scope { get; }

    /// <summary>
    /// Header fields by which a request could claim to be somebody at this upstream. Who sends requests of others under this
    /// sign-in removes them first: under a powerful account, a stranger's word would count.
    /// </summary>
    IReadOnlyCollection<string> IdentityFields => ["Authorization", "Cookie"];

    /// <summary>Lets a request act as another user, where the dialect has that.</summary>
    /// <param name="request">The request.</param>
    /// <param name="user">Name of the user; not empty.</param>
    /// <returns>False where the dialect has no such thing.</returns>
    bool TryActAs(HttpRequestMessage request, string user) => false;

    /// <summary>The request that signs in.</summary>
    HttpRequestMessage SignIn();

    /// <summary>The request that exchanges an old grant for a new one without the password; null where there is none.</summary>
    /// <param name="old">The grant that ended.</param>
    HttpRequestMessage? Renew(Grant old);

    /// <summary>The request that ends the session; null where the dialect has none.</summary>
    /// <param name="grant">The session's grant.</param>
    HttpRequestMessage? SignOut(Grant grant);

    /// <summary>Reads the body of a 2xx answer to <see cref="SignIn"/> or <see cref="Renew"/>; null when it is not this dialect's.</summary>
    /// <param name="answer">At most 64 KiB.</param>
    Grant? Read(ReadOnlyMemory<byte> answer);
}

/// <summary>What a sign-in gave: the header of the next requests, and how long it holds by the answer's own numbers.</summary>
/// <param name="scheme">Scheme of the <c>Authorization</c> field.</param>
/// <param name="parameter">What stands behind the scheme: a secret.</param>
public sealed class Grant(string scheme, string parameter)
{
    /// <summary>The <c>Authorization</c> field. Its text is a secret.</summary>
    public AuthenticationHeaderValue Authorization { get; } = new(scheme, parameter);

    /// <summary>How long it lives from the sign-in on; null when the answer does not say.</summary>
    public TimeSpan? Life { get; init; }

    /// <summary>How long it lives unused; null when the answer does not say.</summary>
    public TimeSpan? IdleLife { get; init; }

    /// <summary>The dialect's own secret for <see cref="ISignIn.Renew"/> or <see cref="ISignIn.SignOut"/>.</summary>
    internal string? Secret { get; init; }

    /// <summary>The scheme only.</summary>
    public override string ToString() => $"{Authorization.Scheme} (hidden)";
}
