using Gatehouse.Client;
using Gatehouse.Client.ArSystem;
using Gatehouse.Client.Micetro;
using Gatehouse.Client.OAuth;
using Gatehouse.Client.OperationalIntelligence;
using Gatehouse.Client.ProactiveNet;
using Gatehouse.Client.Repositories;
using Gatehouse.Gateway.Routing;

namespace Gatehouse.Gateway.Upstreams;

/// <summary>Makes the outbound half of a dialect from the options of a route.</summary>
internal static class SignIns
{
    /// <summary>The wire of a sign-in, and its limits.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong in the options: all faults at once.</exception>
    public static (ISignIn Wire, SignInOptions Options) Create(RouteSignIn signIn, Uri upstream) => signIn.Dialect switch
    {
        "micetro" => Of(With(new MicetroClientOptions(), signIn, upstream), options => new MicetroSignIn(options)),
        "repositories" => Of(With(new RepositoriesClientOptions { Repository = signIn.Tenant ?? "" }, signIn, upstream), options => new RepositoriesSignIn(options)),
        "ar-system" => Of(With(new ArSystemClientOptions(), signIn, upstream), options => new ArSystemSignIn(options)),
        "operational-intelligence" => Of(With(new OperationalIntelligenceClientOptions { Tenant = signIn.Tenant ?? "" }, signIn, upstream), options => new OperationalIntelligenceSignIn(options)),
        "proactivenet" => Of(With(new ProactiveNetClientOptions { TenantName = signIn.Tenant }, signIn, upstream), options => new ProactiveNetSignIn(options)),
        _ => Of(OAuth(signIn, upstream), options => new OAuthSignIn(options)),
    };

    private static (ISignIn Wire, SignInOptions Options) Of<T>(T options, Func<T, ISignIn> wire)
        where T : SignInOptions => (wire(options), options);

    private static T With<T>(T options, RouteSignIn signIn, Uri upstream)
        where T : PasswordSignInOptions
    {
        options.Name = signIn.Account ?? "";
        options.Password = signIn.Password ?? "";
        return At(options, signIn, upstream);
    }

    private static OAuthClientOptions OAuth(RouteSignIn signIn, Uri upstream) => At(
        new OAuthClientOptions
        {
            TokenEndpoint = signIn.TokenEndpoint is null ? null : new Uri(signIn.TokenEndpoint),
            ClientId = signIn.Account ?? "",
            ClientSecret = signIn.Password ?? "",
            Scope = signIn.Scope,
            Audience = signIn.Audience,
        },
        signIn,
        upstream);

    private static T At<T>(T options, RouteSignIn signIn, Uri upstream)
        where T : SignInOptions
    {
        options.Address = upstream;
        options.AllowHttp = signIn.AllowHttp;
        options.RefusedPause = TimeSpan.FromSeconds(signIn.RefusedPauseSeconds);
        return options;
    }
}
