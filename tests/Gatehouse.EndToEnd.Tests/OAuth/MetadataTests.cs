using System.Diagnostics;
using System.Text.Json;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>What everybody may read, and whether others can do with it what it is for.</summary>
public sealed class MetadataTests(OAuthGates gates)
{
    [Fact]
    [Contract("HTT-167", "HTT-168", "HTT-36", "HTT-1")]
    public async Task Metadata_name_the_endpoints_and_never_the_host_of_the_request()
    {
        var gate = await gates.Default;
        var expected = $$"""
            {"issuer":"{{gate.Issuer}}","token_endpoint":"{{gate.Issuer}}/oauth/token","introspection_endpoint":"{{gate.Issuer}}/oauth/introspect","revocation_endpoint":"{{gate.Issuer}}/oauth/revoke","jwks_uri":"{{gate.Issuer}}/.well-known/jwks.json","grant_types_supported":["client_credentials","refresh_token","urn:ietf:params:oauth:grant-type:token-exchange"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"introspection_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"revocation_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"]}
            """;
        foreach (var headers in new string[][] { [], ["Authorization: Basic x"], ["Authorization: x", "Authorization: y"], ["X-Forwarded-Host: evil.example"], ["Accept: text/html"] })
        {
            var answer = await gate.SendAsync(OAuthRequests.Get("/.well-known/oauth-authorization-server", "GET", headers));
            (answer.Status, answer.Header("Content-Type"), answer.Text).ShouldBe((200, "application/json", expected));
            answer.Header("Cache-Control").ShouldBeNull();
        }

        var withPasswords = await (await gates.Passwords).SendAsync(OAuthRequests.Get("/.well-known/oauth-authorization-server"));
        withPasswords.Text.ShouldContain("token-exchange\",\"password\"]");
    }

    [Fact]
    [Contract("HTT-167", "HTT-168")]
    public async Task Path_of_the_issuer_is_appended()
    {
        var gate = await gates.Named;
        var answer = await WireClient.ExchangeAsync(gate.Server.Http, OAuthRequests.Get("/.well-known/oauth-authorization-server/north"));
        answer.Text.ShouldStartWith("""{"issuer":"https://gate.example/north","token_endpoint":"https://gate.example/oauth/token",""");
        (await gate.SendAsync(OAuthRequests.Get("/.well-known/oauth-authorization-server"))).Status.ShouldBe(404);
        (await gate.SendAsync(OAuthRequests.Get("/.well-known/oauth-authorization-server/south"))).Status.ShouldBe(404);
        OAuthGate.Claims(await gate.OwnTokenAsync()).GetProperty("iss").GetString().ShouldBe("https://gate.example/north");
    }

    [Fact]
    [Contract("HTT-169", "HTT-18", "HTT-17")]
    public async Task Keys_are_public_and_nothing_private_is_among_them()
    {
        var gate = await gates.Default;
        var answer = await gate.SendAsync(OAuthRequests.Get("/.well-known/jwks.json"));
        (answer.Status, answer.Header("Content-Type"), answer.Header("Cache-Control")).ShouldBe((200, "application/json", "public, max-age=300"));
        answer.Text.ShouldMatch("""^\{"keys":\[\{"kty":"EC","crv":"P-256","x":"[A-Za-z0-9_-]{43}","y":"[A-Za-z0-9_-]{43}","kid":"[A-Za-z0-9_-]{43}","use":"sig","alg":"ES256"\}\]\}$""");
        var head = await gate.SendAsync(OAuthRequests.Get("/.well-known/jwks.json", "HEAD"));
        (head.Status, head.Text, head.Header("Content-Length")).ShouldBe((200, "", answer.Header("Content-Length")));
        var post = await gate.SendAsync(OAuthRequests.Get("/.well-known/jwks.json", "POST"));
        (post.Status, post.Header("Allow")).ShouldBe((405, "GET, HEAD"));
    }

    [Fact]
    [Contract("HTT-158", "HTT-169")]
    public async Task Another_library_verifies_our_tokens_with_our_published_keys()
    {
        var gate = await gates.Default;
        await gate.AddAsync("elsewhere");
        var token = await gate.ExchangeAsync((await gate.Inner.SignInAsync("elsewhere")).Tkn, more: [("audience", "https://orders.example"), ("scope", "reports")]);
        var published = new JsonWebKeySet((await gate.SendAsync(OAuthRequests.Get("/.well-known/jwks.json"))).Text);
        var parameters = new TokenValidationParameters
        {
            ValidIssuer = gate.Issuer,
            ValidAudience = "https://orders.example",
            IssuerSigningKeys = published.GetSigningKeys(),
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = ["at+jwt"],
            ClockSkew = TimeSpan.Zero,
        };

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, parameters);

        result.IsValid.ShouldBeTrue(result.Exception?.Message);
        (result.Claims["sub"], result.Claims["scope"], result.Claims["client_id"], result.Claims["dialect"]).ShouldBe(("elsewhere", "reports", "service", "operational-intelligence"));
        var key = published.Keys.Single();
        key.KeyId.ShouldBe(Base64UrlEncoder.Encode(key.ComputeJwkThumbprint()));
        (await new JsonWebTokenHandler().ValidateTokenAsync(token[..^4] + "AAAA", parameters)).IsValid.ShouldBeFalse();
        parameters.ValidAudience = gate.Issuer;
        (await new JsonWebTokenHandler().ValidateTokenAsync(token, parameters)).IsValid.ShouldBeFalse();
    }

    [Fact]
    [Contract("HTT-158", "HTT-169")]
    public async Task Openssl_verifies_the_signature()
    {
        var gate = await gates.Default;
        var token = await gate.OwnTokenAsync();
        var jwk = JsonDocument.Parse((await gate.SendAsync(OAuthRequests.Get("/.well-known/jwks.json"))).Text).RootElement.GetProperty("keys")[0];
        using var directory = new TemporaryDirectory();
        using var key = System.Security.Cryptography.ECDsa.Create(new System.Security.Cryptography.ECParameters
        {
            Curve = System.Security.Cryptography.ECCurve.NamedCurves.nistP256,
            Q = new() { X = Base64UrlEncoder.DecodeBytes(jwk.GetProperty("x").GetString()), Y = Base64UrlEncoder.DecodeBytes(jwk.GetProperty("y").GetString()) },
        });
        await File.WriteAllTextAsync(directory.File("key.pem"), key.ExportSubjectPublicKeyInfoPem());
        await File.WriteAllTextAsync(directory.File("text"), token[..token.LastIndexOf('.')]);
        await File.WriteAllBytesAsync(directory.File("signature"), DerOf(Base64UrlEncoder.DecodeBytes(token[(token.LastIndexOf('.') + 1)..])));

        using var openssl = Process.Start(new ProcessStartInfo("openssl", ["dgst", "-sha256", "-verify", directory.File("key.pem"), "-signature", directory.File("signature"), directory.File("text")]) { RedirectStandardOutput = true })!;
        (await openssl.StandardOutput.ReadToEndAsync()).Trim().ShouldBe("Verified OK");
        await openssl.WaitForExitAsync();
        openssl.ExitCode.ShouldBe(0);
    }

    private static byte[] DerOf(byte[] signature)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new System.Numerics.BigInteger(signature.AsSpan(0, 32), isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new System.Numerics.BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }
}
