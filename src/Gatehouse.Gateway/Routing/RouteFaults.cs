using Gatehouse.Core.Configuration;
using Gatehouse.Core.Text;
using Gatehouse.Gateway.Upstreams;
using Microsoft.Extensions.Options;

namespace Gatehouse.Gateway.Routing;

/// <summary>What is wrong with routes beyond single options: with their files, with each other, and with the paths that are there already.</summary>
public static class RouteFaults
{
    /// <summary>Reads the files of all routes and finds every fault.</summary>
    /// <param name="routes">The routes, their tables read.</param>
    /// <param name="plan">The paths that are there already.</param>
    /// <param name="baseDirectory">Where relative paths begin.</param>
    public static IReadOnlyList<OptionFault> Find(IReadOnlyCollection<GateRouteOptions> routes, PathPlan plan, string baseDirectory)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(plan);
        var faults = new List<OptionFault>();
        foreach (var route in routes)
        {
            if (route.SignIn.Load(route.Section, baseDirectory) is { } unreadable)
            {
                faults.Add(unreadable);
            }
            else if (route.Identity == IdentityForms.SignIn)
            {
                faults.AddRange(SignInFaults(route));
            }

            if (route.Path is not null && PlaceFault(route, route.Path, plan) is { } misplaced)
            {
                faults.Add(misplaced);
            }
        }

        faults.AddRange(routes.Where(route => route.Path is not null)
            .GroupBy(route => route.Path!, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .SelectMany(group => group.Skip(1), (group, route) => new OptionFault($"{route.Section}:Path", $"'{Shown(route.Path!)}' is the path of route {Shown(group.First().Name)}, too; give each its own.")));
        return faults;
    }

    private static OptionFault? PlaceFault(GateRouteOptions route, string path, PathPlan plan)
    {
        if (plan.OwnAbove(path) is { } own)
        {
            return new OptionFault($"{route.Section}:Path", $"'{Shown(path)}' is a path of Gatehouse's own ({own}), which no route may take; choose another.");
        }

        var owner = plan.DialectOf(path);
        if (owner is not null && route.Dialect is not null && route.Dialect != owner)
        {
            return new OptionFault($"{route.Section}:Dialect", $"'{Shown(route.Dialect)}' cannot protect '{Shown(path)}', which is {owner}'s; choose another path, or disable {owner}.");
        }

        var dialect = owner ?? route.Dialect;
        if (dialect is null)
        {
            return new OptionFault($"{route.Section}:Dialect", $"'{Shown(path)}' is below no dialect's prefix; name the dialect whose credential protects it: {string.Join(", ", plan.Enabled)}.");
        }

        if (!plan.Enabled.Contains(dialect) && GateRouteOptions.DialectIds.Contains(dialect))
        {
            return new OptionFault($"{route.Section}:Dialect", $"'{Shown(dialect)}' is not enabled; enable it, or name one of {string.Join(", ", plan.Enabled)}.");
        }

        return owner is null && dialect == "repositories" && route.Tenants.Count != 1
            ? new OptionFault($"{route.Section}:Tenants", $"a path outside /api/repositories names no repository; name the one that '{Shown(path)}' belongs to.")
            : null;
    }

    private static IEnumerable<OptionFault> SignInFaults(GateRouteOptions route)
    {
        if (route.SignIn.Dialect is null || route.IsEcho)
        {
            yield break;
        }

        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var upstream in route.Upstream.Where(text => Uri.TryCreate(text, UriKind.Absolute, out _)))
        {
            foreach (var fault in FaultsAt(route.SignIn, new Uri(upstream)).Where(found.Add))
            {
                yield return new OptionFault($"{route.Section}:SignIn", fault);
            }
        }
    }

    private static IEnumerable<string> FaultsAt(RouteSignIn signIn, Uri upstream)
    {
        try
        {
            SignIns.Create(signIn, upstream);
            return [];
        }
        catch (OptionsValidationException exception)
        {
            // Names of options and their remedies; no values.
            return exception.Failures;
        }
    }

    private static string Shown(string text) => TypedText.Escape(text.Length == 0 ? "/" : text);
}
