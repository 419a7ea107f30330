namespace Gatehouse.Dialects.OAuth;

/// <summary>Where things are.</summary>
internal static class OAuthPaths
{
    public const string Token = "/oauth/token";

    public const string Introspect = "/oauth/introspect";

    public const string Revoke = "/oauth/revoke";

    public const string Rest = "/oauth/{**path}";

    public const string Metadata = "/.well-known/oauth-authorization-server";

    public const string Keys = "/.well-known/jwks.json";
}
