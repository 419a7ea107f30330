using Gatehouse.Dialects.ArSystem;
using Gatehouse.Dialects.Micetro;
using Gatehouse.Dialects.OperationalIntelligence;
using Gatehouse.Dialects.ProactiveNet;
using Gatehouse.Dialects.Repositories;
using Gatehouse.Gateway.Routing;

namespace Gatehouse.Server.Configuration;

/// <summary>
/// The paths that are there before any route: what each dialect protects, and what is answered here. A test holds this
/// list against the endpoints that are mapped: to add an endpoint, add its path here.
/// </summary>
internal static class DialectPaths
{
    private static readonly string[] OfTheProgram = ["/health", "/metrics", "/oauth", "/.well-known", "/auth"];

    private static readonly Paths[] OfTheDialects =
    [
        new(
            MicetroDialect.Id,
            ["/mmws", "/_mmwebext"],
            [
                "/mmws/json", "/mmws/soap", "/mmws/wsdl", "/_mmwebext/mmwebext.dll",
                .. new[] { "/mmws/api", "/mmws/api/v2" }.SelectMany(at => (string[])
                [
                    $"{at}/json", $"{at}/micetro/sessions",
                    .. new[] { "command", "commands" }.SelectMany(word => new[] { $"{at}/{word}/Login", $"{at}/{word}/Logout", $"{at}/{word}/web_getPreLoginInfo" }),
                ]),
            ],
            ["/mmws/api/command", "/mmws/api/commands", "/mmws/api/v2/command", "/mmws/api/v2/commands"]),
        new(RepositoriesDialect.Id, ["/api/repositories/*"], ["/api/repositories/*/login", "/api/repositories/*/sessions"], ["/api/repositories"]),
        new(ArSystemDialect.Id, ["/api/arsys", "/api/cmdb"], ["/api/jwt", "/api/about", "/api/version"], []),
        new(OperationalIntelligenceDialect.Id, ["/ess/security", "/mdo", "/oi"], ["/ess/security/v1"], []),
        new(
            ProactiveNetDialect.Id,
            ["/bppmws/api", "/tsws"],
            ["/bppmws/api/authenticate", "/tsws/10.0/api/authenticate", "/tsws/api/v10.1/token"],
            []),
    ];

    /// <summary>The plan for the dialects that are enabled.</summary>
    public static PathPlan PlanFor(Settings settings)
    {
        var enabled = new (string Dialect, bool IsEnabled)[]
        {
            (MicetroDialect.Id, settings.Micetro.Enabled),
            (RepositoriesDialect.Id, settings.Repositories.Enabled),
            (ArSystemDialect.Id, settings.ArSystem.Enabled),
            (OperationalIntelligenceDialect.Id, settings.OperationalIntelligence.Enabled),
            (ProactiveNetDialect.Id, settings.ProactiveNet.Enabled),
        }.Where(entry => entry.IsEnabled).Select(entry => entry.Dialect).ToArray();
        var there = OfTheDialects.Where(paths => enabled.Contains(paths.Dialect)).ToArray();
        return new PathPlan(
            [.. there.SelectMany(paths => paths.Protected.Select(prefix => (prefix, paths.Dialect)))],
            [.. OfTheProgram, .. there.SelectMany(paths => paths.Own)],
            [.. there.SelectMany(paths => paths.Exact)],
            enabled);
    }

    private sealed record Paths(string Dialect, string[] Protected, string[] Own, string[] Exact);
}
