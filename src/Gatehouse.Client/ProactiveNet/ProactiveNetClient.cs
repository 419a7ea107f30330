using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Client.ProactiveNet;

/// <summary>Signs in at ProactiveNet or TrueSight. Stands alone: set an inner handler that does not follow redirects.</summary>
public sealed class ProactiveNetHandler : SignedInHandler
{
    /// <summary>A handler with a sign-in of its own, which ends with <see cref="SignedInHandler.DisposeAsync"/>.</summary>
    /// <param name="options">Where, and who.</param>
    /// <param name="clock">The time; default the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong in the options.</exception>
    public ProactiveNetHandler(ProactiveNetClientOptions options, TimeProvider? clock = null)
        : base(new ProactiveNetSignIn(options), options, clock)
    {
    }

    internal ProactiveNetHandler(SignedInCredential credential)
        : base(credential)
    {
    }
}

/// <summary>Registers clients of ProactiveNet or TrueSight.</summary>
public static class ProactiveNetClient
{
    /// <summary>Adds a named client that signs in at ProactiveNet or TrueSight.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The client's name, for <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddProactiveNetClient(this IServiceCollection services, string name, Action<ProactiveNetClientOptions> configure) =>
        services.AddHttpClient(name).AddProactiveNetSignIn(configure);

    /// <summary>Makes a named or typed client sign in at ProactiveNet or TrueSight.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddProactiveNetSignIn(this IHttpClientBuilder builder, Action<ProactiveNetClientOptions> configure) =>
        builder.AddSignIn(configure, options => new ProactiveNetSignIn(options), credential => new ProactiveNetHandler(credential));
}
