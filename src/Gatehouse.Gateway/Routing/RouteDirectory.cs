using Gatehouse.Dialects.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Gateway.Routing;

/// <summary>
/// The routes that are served now. A new table takes the old one's place at once: a request sees one of the two, whole.
/// Routes that are in both go on, with their connections and sign-ins; those that left end after their last request.
/// </summary>
public sealed class RouteDirectory(IServiceProvider services, TimeProvider clock, ILogger<RouteDirectory> logger) : IAsyncDisposable
{
    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private RouteTable _current = new([], PathPlan.Empty);

    /// <summary>The table of this moment.</summary>
    public RouteTable Current => Volatile.Read(ref _current);

    /// <summary>Puts other routes in the place of those that are served.</summary>
    /// <param name="routes">The routes, without faults (<see cref="RouteFaults"/>).</param>
    /// <param name="plan">The paths that are there already.</param>
    public void Load(IEnumerable<GateRouteOptions> routes, PathPlan plan)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(plan);
        lock (_gate)
        {
            var old = _current;
            var table = new RouteTable([.. routes.Select(options => (options.Path!, KeptOrNew(options, plan, old)))], plan);
            Volatile.Write(ref _current, table);
            foreach (var route in old.Routes)
            {
                route.Release();
            }

            if (old.Routes.Count + table.Routes.Count > 0)
            {
                GatewayLog.RoutesServed(logger, table.Routes.Count);
            }
        }
    }

    /// <summary>Finds the route of a path and keeps it open until it is released.</summary>
    /// <returns>False: the path has two readings; it must be answered 404.</returns>
    internal bool TryUse(string path, out GateRoute? route)
    {
        while (Current.TryFind(path, out route))
        {
            // One that closed in between has left the table.
            if (route is null || route.TryUse())
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var routes = Current.Routes;
        Volatile.Write(ref _current, new RouteTable([], PathPlan.Empty));
        foreach (var route in routes)
        {
            route.Release();
        }

        using var limit = new CancellationTokenSource(LongestClose, clock);
        try
        {
            await Task.WhenAll(routes.Select(route => route.Closed)).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A request that never ends holds one open; the program ends all the same.
        }
    }

    private GateRoute KeptOrNew(GateRouteOptions options, PathPlan plan, RouteTable old)
    {
        var fingerprint = options.Fingerprint();
        if (old.Routes.FirstOrDefault(route => route.Fingerprint == fingerprint) is { } same && same.TryUse())
        {
            return same;
        }

        var owner = plan.DialectOf(options.Path!);
        var dialect = owner ?? options.Dialect!;
        return new GateRoute(options, dialect, isOutside: owner is null, services.GetRequiredKeyedService<DialectDoor>(dialect), services);
    }
}
