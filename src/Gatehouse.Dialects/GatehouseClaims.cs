using System.Security.Claims;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Dialects;

/// <summary>
/// Claims of an accepted caller beside <see cref="ClaimTypes.Name"/> (the account's name) and <see cref="ClaimTypes.Role"/>
/// (one for each role, with what it includes).
/// </summary>
public static class GatehouseClaims
{
    /// <summary>One for each tenant of this request: those of the credential's scope, or the account's where the dialect has no scopes.</summary>
    public const string Tenant = "gatehouse:tenant";

    /// <summary>How the caller proved it: one of <see cref="SignInMethods"/>.</summary>
    public const string Method = "gatehouse:method";

    /// <summary>Public id of the session; absent where each request proves itself.</summary>
    public const string Session = "gatehouse:session";

    /// <summary>Name of the account that acts as this one; absent where nobody does.</summary>
    public const string Impersonator = "gatehouse:impersonator";

    /// <summary>The caller as ASP.NET Core knows callers.</summary>
    /// <param name="identity">Who it is.</param>
    /// <param name="roles">The roles that hold, with what they include.</param>
    internal static ClaimsPrincipal Principal(Identity identity, Roles roles)
    {
        var claims = new ClaimsIdentity(identity.Dialect, ClaimTypes.Name, ClaimTypes.Role);
        claims.AddClaim(new Claim(ClaimTypes.Name, identity.User));
        claims.AddClaims(RoleNames.NamesOf(roles).Select(role => new Claim(ClaimTypes.Role, role)));
        claims.AddClaims(identity.Tenants.Select(tenant => new Claim(Tenant, tenant)));
        claims.AddClaim(new Claim(Method, identity.Method));
        if (identity.Session is { } session)
        {
            claims.AddClaim(new Claim(Session, session.ToString()));
        }

        if (identity.Impersonator is { } impersonator)
        {
            claims.AddClaim(new Claim(Impersonator, impersonator));
        }

        return new ClaimsPrincipal(claims);
    }
}
