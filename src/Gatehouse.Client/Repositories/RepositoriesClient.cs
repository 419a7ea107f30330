using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Client.Repositories;

/// <summary>Signs in at a repository. Stands alone: set an inner handler that does not follow redirects.</summary>
public sealed class RepositoriesHandler : SignedInHandler
{
    /// <summary>A handler with a sign-in of its own, which ends with <see cref="SignedInHandler.DisposeAsync"/>.</summary>
    /// <param name="options">Where, and who.</param>
    /// <param name="clock">The time; default the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong in the options.</exception>
    public RepositoriesHandler(RepositoriesClientOptions options, TimeProvider? clock = null)
        : base(new RepositoriesSignIn(options), options, clock)
    {
    }

    internal RepositoriesHandler(SignedInCredential credential)
        : base(credential)
    {
    }
}

/// <summary>Registers clients of a repository.</summary>
public static class RepositoriesClient
{
    /// <summary>Adds a named client that signs in at a repository.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The client's name, for <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddRepositoriesClient(this IServiceCollection services, string name, Action<RepositoriesClientOptions> configure) =>
        services.AddHttpClient(name).AddRepositoriesSignIn(configure);

    /// <summary>Makes a named or typed client sign in at a repository.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddRepositoriesSignIn(this IHttpClientBuilder builder, Action<RepositoriesClientOptions> configure) =>
        builder.AddSignIn(configure, options => new RepositoriesSignIn(options), credential => new RepositoriesHandler(credential));
}
