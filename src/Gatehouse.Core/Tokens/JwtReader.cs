using System.Buffers;
using System.Text;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Core.Tokens;

/// <summary>
/// Reads the JSON Web Tokens that <see cref="JwtWriter"/> wrote (contract http-and-tokens, section 9). Every failure is one
/// and the same refusal; nothing that the token claims is believed before its signature is verified. In order:
/// <list type="number">
/// <item>size, then form: three parts of canonical base64url;</item>
/// <item>header: a closed list of members, our algorithm, the expected kind, a key of ours;</item>
/// <item>signature;</item>
/// <item>payload: each claim once and of its type; times; issuer; audience.</item>
/// </list>
/// Whether the session behind the token lives is for who asks to find out, by the hash.
/// </summary>
public sealed class JwtReader(SigningKeys keys, TimeProvider clock)
{
    /// <summary>Longest token that is looked at, in characters.</summary>
    public const int MaximumLength = 8 * 1024;

    private const int StackLimit = 1024;
    private const int SignatureCharacters = 86;

    /// <summary>Verifies a token.</summary>
    /// <param name="token">The text as it was shown.</param>
    /// <param name="expected">What it must say.</param>
    /// <param name="verified">What it says.</param>
    /// <param name="hash">Hash of the whole text: whether it is, byte for byte, one that was issued, its session says.</param>
    public bool TryRead(ReadOnlySpan<char> token, JwtExpectation expected, out VerifiedJwt verified, out TokenHash hash)
    {
        ArgumentNullException.ThrowIfNull(expected);
        (verified, hash) = (default, default);
        if (token.Length > MaximumLength || !Ascii.IsValid(token))
        {
            return false;
        }

        // One rented block for the text and for what is decoded from it.
        var rented = token.Length * 2 > StackLimit ? ArrayPool<byte>.Shared.Rent(token.Length * 2) : null;
        Span<byte> stack = stackalloc byte[StackLimit];
        var block = rented ?? stack;
        try
        {
            var text = block[..token.Length];
            Encoding.ASCII.GetBytes(token, text);
            if (!TryVerify(text, block.Slice(token.Length, token.Length), expected, out verified))
            {
                return false;
            }

            hash = TokenHash.Of(text);
            return true;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private bool TryVerify(ReadOnlySpan<byte> text, Span<byte> scratch, JwtExpectation expected, out VerifiedJwt verified)
    {
        verified = default;
        var first = text.IndexOf((byte)'.');
        var last = text.LastIndexOf((byte)'.');
        if (first <= 0 || last <= first + 1 || text[(first + 1)..last].Contains((byte)'.') || text.Length - last - 1 != SignatureCharacters)
        {
            return false;
        }

        Span<byte> signature = stackalloc byte[Es256Key.SignatureBytes];
        if (!StrictBase64Url.TryDecode(text[(last + 1)..], signature, out var length)
            || length != Es256Key.SignatureBytes
            || !StrictBase64Url.TryDecode(text[..first], scratch, out length)
            || !JwtHeader.TryReadKeyId(scratch[..length], expected.Type, out var keyId)
            || !keys.TryFind(keyId, out var key)
            || !key.Verify(text[..last], signature))
        {
            return false;
        }

        return StrictBase64Url.TryDecode(text[(first + 1)..last], scratch, out length)
            && JwtPayload.TryRead(scratch[..length], expected, out var payload)
            && payload.HoldsAt(clock.GetUtcNow())
            && PublicId.TryParse(payload.Id, out var id)
            && payload.ToVerified(id, out verified);
    }
}
