using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Authorities.Tests.Servers;

namespace Gatehouse.Authorities.Tests.Sso;

/// <summary>Makes tokens that a <see cref="CrookedSso"/> could have signed, and such that it never would.</summary>
internal sealed class TokenMint(CrookedSso sso)
{
    public JsonObject Header() => new() { ["alg"] = "RS256", ["typ"] = "at+jwt", ["kid"] = sso.KeyId };

    public JsonObject Claims()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new JsonObject { ["iss"] = sso.Issuer, ["aud"] = "gate", ["sub"] = "4711", ["iat"] = now, ["exp"] = now + 300 };
    }

    public string Good() => Sign(Header().ToJsonString(), Claims().ToJsonString());

    public string IdToken(string subject)
    {
        var (header, claims) = (Header(), Claims());
        (header["typ"], claims["sub"]) = ("JWT", subject);
        return Sign(header.ToJsonString(), claims.ToJsonString());
    }

    public string With(Action<JsonObject> header, Action<JsonObject>? claims = null)
    {
        var (head, body) = (Header(), Claims());
        header(head);
        claims?.Invoke(body);
        return Sign(head.ToJsonString(), body.ToJsonString());
    }

    public string WithClaims(Action<JsonObject> claims) => With(_ => { }, claims);

    /// <summary>The claims with one value written as it is.</summary>
    public string WithRaw(string member, string value)
    {
        var claims = Claims();
        claims.Remove(member);
        return claims.ToJsonString()[..^1] + $",\"{member}\":{value}}}";
    }

    public string Sign(string header, string claims) => Sign(header, claims, text => sso.Key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Sign(string header, string claims, Func<byte[], byte[]> sign)
    {
        var text = $"{Encode(header)}.{Encode(claims)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
