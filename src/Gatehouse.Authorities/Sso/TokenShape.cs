using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Authorities.Sso;

/// <summary>
/// The shape of a JSON Web Token, looked at before a library reads it: what two readers could read differently is refused
/// (HTT-123 to HTT-129). Says nothing about its signature.
/// </summary>
/// <param name="KeyId">The header's <c>kid</c>.</param>
/// <param name="Claims">The payload; not to be believed before the signature is verified.</param>
internal sealed record TokenShape(string KeyId, JsonElement Claims)
{
    /// <summary>Longest token that is read, in characters.</summary>
    public const int MaximumLength = 8 * 1024;

    private const int MaximumKeyIdLength = 256;
    private const long LargestNumber = 1L << 53;

    /// <summary>Reads a token.</summary>
    /// <returns>Null when it is not of the one shape that is taken.</returns>
    public static TokenShape? Read(string token)
    {
        // The size first, then the number of parts: nothing grows with the number of dots (ATK-47).
        if (token.Length > MaximumLength || token.AsSpan().Count('.') != 2)
        {
            return null;
        }

        var parts = token.Split('.');
        if (Decode(parts[0]) is not { } head || Decode(parts[1]) is not { } body || Decode(parts[2]) is not { Length: > 0 })
        {
            return null;
        }

        return SsoReply.ReadObject(head) is { } header && SsoReply.ReadObject(body) is { } claims && KeyIdOf(header) is { } keyId && HasWholeTimes(claims)
            ? new TokenShape(keyId, claims)
            : null;
    }

    /// <summary>Nothing of the token.</summary>
    public override string ToString() => nameof(TokenShape);

    private static string? KeyIdOf(JsonElement header)
    {
        var refused = header.TryGetProperty("crit", out _) || header.TryGetProperty("b64", out _) || header.TryGetProperty("zip", out _) || SsoReply.TextOf(header, "alg") is null;
        return !refused && SsoReply.TextOf(header, "kid") is { Length: > 0 and <= MaximumKeyIdLength } keyId ? keyId : null;
    }

    private static bool HasWholeTimes(JsonElement claims) =>
        IsTime(claims, "exp", mayBeMissing: false) && IsTime(claims, "nbf", mayBeMissing: true) && IsTime(claims, "iat", mayBeMissing: true);

    private static bool IsTime(JsonElement claims, string name, bool mayBeMissing) =>
        claims.TryGetProperty(name, out var value)
            ? value.ValueKind == JsonValueKind.Number && value.GetRawText().AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 && value.TryGetInt64(out var number) && number is >= 0 and <= LargestNumber
            : mayBeMissing;

    /// <summary>One spelling only: no padding, no loose bits, no other characters.</summary>
    private static byte[]? Decode(string part)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(part.Length)];
        return Base64Url.IsValid(part) && Base64Url.TryDecodeFromChars(part, bytes, out var written) && Base64Url.EncodeToString(bytes.AsSpan(0, written)) == part
            ? bytes[..written]
            : null;
    }
}
