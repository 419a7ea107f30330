using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Gateway.ForwardAuth;

/// <summary>
/// Makes the handler of a dialect's scheme, as the framework's authentication service would, but without a service scope
/// for each question: handlers of dialects need singletons only, and scope and look-ups cost as much as the decision itself.
/// </summary>
/// <param name="schemes">The registered schemes.</param>
/// <param name="services">The application's own services.</param>
internal sealed class DialectSchemes(IAuthenticationSchemeProvider schemes, IServiceProvider services)
{
    private readonly ConcurrentDictionary<Type, ObjectFactory> _factories = new();

    /// <summary>A handler for one request.</summary>
    /// <exception cref="InvalidOperationException">No such scheme: a route names a dialect that is not registered.</exception>
    public async ValueTask<IAuthenticationHandler> CreateAsync(HttpContext context, string dialect)
    {
        var scheme = await schemes.GetSchemeAsync(dialect) ?? throw new InvalidOperationException($"There is no scheme '{dialect}'.");
        var handler = (IAuthenticationHandler)_factories.GetOrAdd(scheme.HandlerType, static type => ActivatorUtilities.CreateFactory(type, Type.EmptyTypes))(services, null);
        await handler.InitializeAsync(scheme, context);
        return handler;
    }
}
