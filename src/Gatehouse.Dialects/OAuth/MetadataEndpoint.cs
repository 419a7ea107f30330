using Gatehouse.Core.Tokens;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>What everybody may know: where the endpoints are, what they take, and the keys (HTT-167 to HTT-170).</summary>
internal sealed class MetadataEndpoint(ServerIssuer issuer, SigningKeys keys, OAuthOptions options)
{
    /// <summary>Where the metadata stand: the issuer's path is appended (RFC 8414 section 3). Known before the server listens: a path comes from a configured issuer only.</summary>
    public static string PathFor(OAuthOptions options) => OAuthPaths.Metadata + (options.Issuer is null ? "" : new Uri(options.Issuer).AbsolutePath.TrimEnd('/'));

    /// <summary>Answers with the metadata.</summary>
    public Task WriteMetadataAsync(HttpContext context) => OAuthAnswers.WriteMetadataAsync(context, issuer.Name, issuer.Origin, TokenEndpoint.GrantTypes(options));

    /// <summary>Answers with the keys.</summary>
    public Task WriteKeysAsync(HttpContext context) => OAuthAnswers.WriteKeysAsync(context, keys.Published);
}
