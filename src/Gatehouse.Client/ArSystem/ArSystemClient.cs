using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Client.ArSystem;

/// <summary>Signs in at AR System. Stands alone: set an inner handler that does not follow redirects.</summary>
public sealed class ArSystemHandler : SignedInHandler
{
    internal const string ImpersonatedUser = "X-AR-Impersonated-User";

    /// <summary>A handler with a sign-in of its own, which ends with <see cref="SignedInHandler.DisposeAsync"/>.</summary>
    /// <param name="options">Where, and who.</param>
    /// <param name="clock">The time; default the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong in the options.</exception>
    public ArSystemHandler(ArSystemClientOptions options, TimeProvider? clock = null)
        : base(new ArSystemSignIn(options), options, clock)
    {
    }

    internal ArSystemHandler(SignedInCredential credential)
        : base(credential)
    {
    }

    private protected override void Complete(HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(ArSystemClient.Impersonated, out var name))
        {
            request.Headers.Remove(ImpersonatedUser);
            request.Headers.Add(ImpersonatedUser, Convert.ToBase64String(Encoding.UTF8.GetBytes(name)));
        }
    }

    private protected override void Restore(HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(ArSystemClient.Impersonated, out _))
        {
            request.Headers.Remove(ImpersonatedUser);
        }
    }
}

/// <summary>Registers clients of AR System.</summary>
public static class ArSystemClient
{
    internal static readonly HttpRequestOptionsKey<string> Impersonated = new("Gatehouse.Client.ArSystem.ImpersonatedUser");

    /// <summary>Adds a named client that signs in at AR System.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The client's name, for <see cref="IHttpClientFactory.CreateClient"/>.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddArSystemClient(this IServiceCollection services, string name, Action<ArSystemClientOptions> configure) =>
        services.AddHttpClient(name).AddArSystemSignIn(configure);

    /// <summary>Makes a named or typed client sign in at AR System.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets where, and who.</param>
    public static IHttpClientBuilder AddArSystemSignIn(this IHttpClientBuilder builder, Action<ArSystemClientOptions> configure) =>
        builder.AddSignIn(configure, options => new ArSystemSignIn(options), credential => new ArSystemHandler(credential));

    /// <summary>Lets this one request act as another user (<c>X-AR-Impersonated-User</c>); the signed-in account must have the right to.</summary>
    /// <param name="request">The request.</param>
    /// <param name="user">Name of the user; not empty: nobody is not somebody.</param>
    public static HttpRequestMessage ActingAs(this HttpRequestMessage request, string user)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        request.Options.Set(Impersonated, user);
        return request;
    }
}
