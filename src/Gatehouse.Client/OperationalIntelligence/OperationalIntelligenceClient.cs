using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Client.OperationalIntelligence;

/// <summary>Signs in at DX Operational Intelligence. Stands alone: set an inner handler that does not follow redirects.</summary>
public sealed class OperationalIntelligenceHandler : SignedInHandler
{
    /// <summary>A handler with a sign-in of its own, which ends with <see cref="SignedInHandler.DisposeAsync"/>.</summary>
    /// <param name="options">Where, and who.</param>
    /// <param name="clock">The time; default the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong in the options.</exception>
    public OperationalIntelligenceHandler(OperationalIntelligenceClientOptions options, TimeProvider? clock = null)
        : base(new OperationalIntelligenceSignIn(options), options, clock)
    {
    }

    internal OperationalIntelligenceHandler(SignedInCredential credential)
        : base(credential)
    {
    }
}

/// <summary>Registers clients of DX Operational Intelligence.</summary>
public static class OperationalIntelligenceClient
{
    /// <summary>Adds a named client that signs in at DX Operational Intelligence.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The client's name, for <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddOperationalIntelligenceClient(this IServiceCollection services, string name, Action<OperationalIntelligenceClientOptions> configure) =>
        services.AddHttpClient(name).AddOperationalIntelligenceSignIn(configure);

    /// <summary>Makes a named or typed client sign in at DX Operational Intelligence.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddOperationalIntelligenceSignIn(this IHttpClientBuilder builder, Action<OperationalIntelligenceClientOptions> configure) =>
        builder.AddSignIn(configure, options => new OperationalIntelligenceSignIn(options), credential => new OperationalIntelligenceHandler(credential));
}
