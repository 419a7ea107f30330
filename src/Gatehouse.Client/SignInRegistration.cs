using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Gatehouse.Client;

/// <summary>What the registration of every dialect has in common.</summary>
internal static class SignInRegistration
{
    // A client lives as long as the application; the addresses behind a name do not.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    public static IHttpClientBuilder AddSignIn<TOptions>(
        this IHttpClientBuilder builder, Action<TOptions> configure, Func<TOptions, ISignIn> wire, Func<SignedInCredential, SignedInHandler> handler)
        where TOptions : SignInOptions
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var name = builder.Name;
        var services = builder.Services;
        services.AddOptions<TOptions>(name).Configure(configure).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new Validation<TOptions>(name));
        services.TryAddSingleton(TimeProvider.System);
        services.AddKeyedSingleton(name, (provider, _) => CredentialOf(provider, name, OptionsOf(provider), wire));
        builder.ConfigureHttpClient((provider, client) => client.BaseAddress ??= OptionsOf(provider).Base);
        builder.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = ConnectionLifetime,
        });
        return builder.AddHttpMessageHandler(provider => handler(provider.GetRequiredKeyedService<SignedInCredential>(name)));

        TOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name);
    }

    private static SignedInCredential CredentialOf<TOptions>(IServiceProvider provider, string name, TOptions options, Func<TOptions, ISignIn> wire)
        where TOptions : SignInOptions
    {
        var factory = provider.GetRequiredService<IHttpMessageHandlerFactory>();

        // The client's own handlers, so that its proxy and its trust hold for the sign-in, too; kept, so that the sign-out
        // still has them when the container closes.
        var invoker = new Lazy<HttpMessageInvoker>(() => new HttpMessageInvoker(factory.CreateHandler(name), disposeHandler: false));
        return new SignedInCredential(wire(options), options, SendAsync, provider.GetRequiredService<TimeProvider>());

        Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            SignedInHandler.MarkAsOwn(request);
            return invoker.Value.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Validation<TOptions>(string name) : IValidateOptions<TOptions>
        where TOptions : SignInOptions
    {
        public ValidateOptionsResult Validate(string? validated, TOptions options)
        {
            if (validated != name)
            {
                return ValidateOptionsResult.Skip;
            }

            var faults = options.Faults();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults.ConvertAll(fault => $"Client '{name}': {fault}"));
        }
    }
}
