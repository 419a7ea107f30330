using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Client.Micetro;

/// <summary>Signs in at Micetro. Stands alone: set an inner handler that does not follow redirects.</summary>
public sealed class MicetroHandler : SignedInHandler
{
    /// <summary>A handler with a sign-in of its own, which ends with <see cref="SignedInHandler.DisposeAsync"/>.</summary>
    /// <param name="options">Where, and who.</param>
    /// <param name="clock">The time; default the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong in the options.</exception>
    public MicetroHandler(MicetroClientOptions options, TimeProvider? clock = null)
        : base(new MicetroSignIn(options), options, clock)
    {
    }

    internal MicetroHandler(SignedInCredential credential)
        : base(credential)
    {
    }
}

/// <summary>Registers clients of Micetro.</summary>
public static class MicetroClient
{
    /// <summary>Adds a named client that signs in at Micetro.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The client's name, for <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddMicetroClient(this IServiceCollection services, string name, Action<MicetroClientOptions> configure) =>
        services.AddHttpClient(name).AddMicetroSignIn(configure);

    /// <summary>Makes a named or typed client sign in at Micetro.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddMicetroSignIn(this IHttpClientBuilder builder, Action<MicetroClientOptions> configure) =>
        builder.AddSignIn(configure, options => new MicetroSignIn(options), credential => new MicetroHandler(credential));
}
