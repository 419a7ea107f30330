using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>The dialect's paths (contract sections 1 and 8). What stands below a protected prefix and is not an own endpoint is protected.</summary>
internal static class ProactiveNetPaths
{
    public const string Protected = "/bppmws/api";
    public const string Authenticate = "/bppmws/api/authenticate";

    public const string FrontProtected = "/tsws";
    public const string FrontAuthenticate = "/tsws/10.0/api/authenticate";
    public const string FrontToken = "/tsws/api/v10.1/token";

    public const string Login = "/login";
    public const string Logout = "/logout";
    public const string Groups = "/groups";

    /// <summary>Whether a path belongs to the later front server.</summary>
    public static bool IsFront(PathString path) => path.StartsWithSegments(FrontProtected, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a path would be an own endpoint, or be below one, for a server that drops matrix parameters
    /// (<c>/login;x=1</c>): such a server behind the gate must never see it (PN-7).
    /// </summary>
    public static bool ShadowsOwn(PathString path)
    {
        if (!path.HasValue || !path.Value.Contains(';', StringComparison.Ordinal))
        {
            return false;
        }

        var plain = new PathString(string.Join('/', path.Value.Split('/').Select(segment => segment.Split(';')[0])));
        return IsBelow(plain, Authenticate) || IsBelow(plain, FrontAuthenticate) || IsBelow(plain, FrontToken);
    }

    private static bool IsBelow(PathString path, string own) => path.StartsWithSegments(own, StringComparison.OrdinalIgnoreCase);
}
