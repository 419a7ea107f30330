using System.Buffers.Text;
using System.Text;

namespace Gatehouse.Core.Tokens;

/// <summary>Writes JSON Web Tokens in compact form, signed with ES256 (RFC 7515, 7519).</summary>
public sealed class JwtWriter(SigningKeys keys)
{
    /// <summary>Signs a payload under the key that signs now.</summary>
    /// <param name="type">The kind of token: <c>typ</c>, plain ASCII without <c>"</c> and <c>\</c>.</param>
    /// <param name="payload">A JSON object in UTF-8.</param>
    public string Write(string type, ReadOnlySpan<byte> payload)
    {
        var key = keys.Signing;
        var header = Encoding.ASCII.GetBytes($$"""{"typ":"{{type}}","alg":"ES256","kid":"{{key.Id}}"}""");
        var headerLength = Base64Url.GetEncodedLength(header.Length);
        var signedLength = headerLength + 1 + Base64Url.GetEncodedLength(payload.Length);
        var token = new byte[signedLength + 1 + Base64Url.GetEncodedLength(Es256Key.SignatureBytes)];
        Base64Url.EncodeToUtf8(header, token);
        token[headerLength] = (byte)'.';
        Base64Url.EncodeToUtf8(payload, token.AsSpan(headerLength + 1));
        token[signedLength] = (byte)'.';
        Span<byte> signature = stackalloc byte[Es256Key.SignatureBytes];
        key.Sign(token.AsSpan(0, signedLength), signature);
        Base64Url.EncodeToUtf8(signature, token.AsSpan(signedLength + 1));
        return Encoding.ASCII.GetString(token);
    }
}
