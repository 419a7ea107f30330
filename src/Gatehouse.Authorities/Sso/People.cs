using System.Text.Json;
using Gatehouse.Core.SignIn;

namespace Gatehouse.Authorities.Sso;

/// <summary>Finds out whom the single sign-on has let in.</summary>
internal sealed class People(SsoOptions options, SsoClient client, SignedTokens tokens)
{
    /// <summary>Reads the person behind a grant.</summary>
    /// <returns>The person, or why the answer cannot be used.</returns>
    /// <exception cref="SsoUnavailableException">Nobody could say.</exception>
    public async Task<(ExternalPerson? Person, string? Fault)> ReadAsync(GrantOutcome.Granted grant, CancellationToken cancellationToken)
    {
        var (claims, fault) = options.PersonFrom switch
        {
            PersonSource.UserInfo => await ReadUserInfoAsync(grant, cancellationToken),
            PersonSource.IdToken => await ReadIdTokenAsync(grant, cancellationToken),
            _ => (await client.IntrospectAsync(grant.AccessToken, cancellationToken), "introspection does not know the token that was just given"),
        };
        return claims is { } said ? Read(said) : (null, fault);
    }

    private async Task<(JsonElement? Claims, string? Fault)> ReadUserInfoAsync(GrantOutcome.Granted grant, CancellationToken cancellationToken)
    {
        var said = await client.GetUserInfoAsync(grant.AccessToken, cancellationToken);
        if (grant.IdToken is null)
        {
            return (said, null);
        }

        // Where an ID token came along, both must be about the same person (OpenID Connect Core 1.0, section 5.3.2).
        var (claims, fault) = await ReadIdTokenAsync(grant, cancellationToken);
        return claims is { } signed && SsoReply.TextOf(signed, "sub") == SsoReply.TextOf(said, "sub") ? (said, null) : (null, fault ?? "userinfo and ID token are about different persons");
    }

    private async Task<(JsonElement? Claims, string? Fault)> ReadIdTokenAsync(GrantOutcome.Granted grant, CancellationToken cancellationToken) => grant.IdToken is { } token
        ? (await tokens.ReadIdTokenAsync(token, cancellationToken), "the ID token is not of this issuer, for this client and in time")
        : (null, "no ID token came; ask for the scope openid");

    private (ExternalPerson? Person, string? Fault) Read(JsonElement claims)
    {
        if (SsoReply.TextOf(claims, "sub") is not { Length: > 0 } subject)
        {
            return (null, "there is no sub");
        }

        if (SsoReply.TextOf(claims, options.NameClaim) is not { Length: > 0 } name)
        {
            return (null, $"there is no {options.NameClaim}");
        }

        var (roles, tenants) = options.GroupRules.Apply(ClaimRules.ValuesOf(claims, options.GroupsClaim));

        // sub is unique within its issuer only.
        return (new ExternalPerson(name) { Id = $"{options.IssuerText} {subject}", Roles = roles, Tenants = tenants }, null);
    }
}
