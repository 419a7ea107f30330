namespace Gatehouse.Core.SignIn;

/// <summary>A token that an external single sign-on gave for a password. A class, so that nothing prints its value by accident.</summary>
/// <param name="authority">The authority that gave it.</param>
/// <param name="value">The token as it came.</param>
/// <param name="expires">When the authority says that it ends; null where it does not say.</param>
public sealed class ExternalToken(string authority, string value, DateTimeOffset? expires)
{
    /// <summary>The authority that gave it.</summary>
    public string Authority { get; } = authority;

    /// <summary>The token as it came, unread.</summary>
    public string Value { get; } = value;

    /// <summary>When it ends, by the authority's word; null where it does not say.</summary>
    public DateTimeOffset? Expires { get; } = expires;
}

/// <summary>What an external single sign-on says to one of its tokens.</summary>
public enum ExternalTokenState
{
    /// <summary>It holds.</summary>
    Live,

    /// <summary>It has ended.</summary>
    Ended,

    /// <summary>Nobody could say.</summary>
    Unavailable,
}

/// <summary>An external authority that gives tokens for passwords, and knows which of them still hold.</summary>
public interface ITokenAuthority : IExternalAuthority
{
    /// <summary>Whether a token that it gave still holds.</summary>
    ValueTask<ExternalTokenState> CheckTokenAsync(string token, CancellationToken cancellationToken);

    /// <summary>Ends a token, where the authority has a way to.</summary>
    /// <returns>False when the authority could not be asked.</returns>
    ValueTask<bool> EndTokenAsync(string token, CancellationToken cancellationToken);
}
