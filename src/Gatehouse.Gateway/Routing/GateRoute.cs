using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Upstreams;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Routing;

/// <summary>
/// A route that is served. It lives as long as a table holds it or a request is on its way through it; then its sign-ins
/// end and its connections are closed.
/// </summary>
public sealed class GateRoute
{
    private readonly RouteUpstream _behind;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _upstreamPath;
    private readonly string _path;

    // The table that made it is the first of its users.
    private int _users = 1;

    internal GateRoute(GateRouteOptions options, string dialect, bool isOutside, DialectDoor door, IServiceProvider services)
    {
        Name = options.Name;
        Dialect = dialect;
        Audience = options.Audience;
        Fingerprint = options.Fingerprint();
        Requirement = new RouteRequirement(options.Tenants, options.Roles, options.Methods);
        _path = options.Path!;
        _upstreamPath = options.UpstreamPath;
        _behind = RouteUpstream.Open(options, door, services);
        CredentialFields = options.Identity == IdentityForms.Credential ? door.CredentialFields : [];
        if (isOutside)
        {
            var policy = new AuthorizationPolicyBuilder(dialect).RequireAuthenticatedUser().Build();
            Endpoint = new Endpoint(door.CallAsync, new EndpointMetadataCollection(door.Endpoint, policy), $"route {Name}");
            Tenant = door.EnterTenant is null ? null : options.Tenants[0];
            EnterTenant = door.EnterTenant;
        }
    }

    /// <summary>The operator's name for it.</summary>
    public string Name { get; }

    /// <summary>Id of the dialect whose credential protects it.</summary>
    public string Dialect { get; }

    /// <summary>Whom an assertion is for; null where the route hands on none.</summary>
    public string? Audience { get; }

    /// <summary>What it asks for beyond a good credential.</summary>
    public RouteRequirement Requirement { get; }

    /// <summary>The endpoint of a path outside the dialects' prefixes; null: the dialect's own endpoint serves it.</summary>
    public Endpoint? Endpoint { get; }

    /// <summary>Ends when nobody uses it any more and everything is closed.</summary>
    internal Task Closed => _closed.Task;

    internal string Fingerprint { get; }

    internal IReadOnlyList<string> CredentialFields { get; }

    internal IUpstream Upstream => _behind.Upstream;

    private string? Tenant { get; }

    private Action<HttpContext, string>? EnterTenant { get; }

    /// <summary>The path as the upstream is asked for it. What stands behind the prefix stays as it was decided upon.</summary>
    internal string PathFor(string path) => _upstreamPath is null ? path : path.Length == _path.Length ? (_upstreamPath.Length == 0 ? "/" : _upstreamPath) : _upstreamPath + path[_path.Length..];

    /// <summary>Makes the request one of the route's.</summary>
    internal void Enter(HttpContext context)
    {
        if (Endpoint is not null)
        {
            context.SetEndpoint(Endpoint);
            EnterTenant?.Invoke(context, Tenant!);
        }
    }

    /// <summary>Becomes a user of it.</summary>
    /// <returns>False: it is closed.</returns>
    internal bool TryUse()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>Is no user of it any more; the last one closes it.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _ = CloseAsync();
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            await _behind.DisposeAsync();
        }
        finally
        {
            _closed.SetResult();
        }
    }
}
