using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Gatehouse.Dialects.Repositories;

/// <summary>The name of a repository, on its way into a path and out of it.</summary>
internal static class RepositoryName
{
    /// <summary>The parameter of the dialect's routes.</summary>
    public const string Parameter = "repository";

    private const string Prefix = "/api/repositories/";

    /// <summary>Whether a request's path names a repository.</summary>
    public static bool IsIn(HttpContext context) => context.GetRouteValue(Parameter) is string;

    /// <summary>The name in a request's path. The path is in normal form, still escaped: decoded here, and only here (REP-7).</summary>
    public static string Of(HttpContext context) => Uri.UnescapeDataString((string)context.GetRouteValue(Parameter)!);

    /// <summary>Percent-encoded UTF-8, but for the unreserved characters of RFC 3986 (REP-14).</summary>
    public static string Escape(string name) => Uri.EscapeDataString(name);

    /// <summary>The path of a repository.</summary>
    public static string UrlOf(string name) => Prefix + Escape(name);
}
