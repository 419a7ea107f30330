using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Client.OAuth;

/// <summary>Signs in at an OAuth 2.0 token endpoint. Stands alone: set an inner handler that does not follow redirects.</summary>
public sealed class OAuthHandler : SignedInHandler
{
    /// <summary>A handler with a sign-in of its own, which ends with <see cref="SignedInHandler.DisposeAsync"/>.</summary>
    /// <param name="options">Where, and who.</param>
    /// <param name="clock">The time; default the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong in the options.</exception>
    public OAuthHandler(OAuthClientOptions options, TimeProvider? clock = null)
        : base(new OAuthSignIn(options), options, clock)
    {
    }

    internal OAuthHandler(SignedInCredential credential)
        : base(credential)
    {
    }
}

/// <summary>Registers clients of an OAuth 2.0 token endpoint.</summary>
public static class OAuthClient
{
    /// <summary>Adds a named client that signs in at an OAuth 2.0 token endpoint.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The client's name, for <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddOAuthClient(this IServiceCollection services, string name, Action<OAuthClientOptions> configure) =>
        services.AddHttpClient(name).AddOAuthSignIn(configure);

    /// <summary>Makes a named or typed client sign in at an OAuth 2.0 token endpoint.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddOAuthSignIn(this IHttpClientBuilder builder, Action<OAuthClientOptions> configure) =>
        builder.AddSignIn(configure, options => new OAuthSignIn(options), credential => new OAuthHandler(credential));
}
