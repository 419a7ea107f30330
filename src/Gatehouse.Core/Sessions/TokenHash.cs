using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Core.Sessions;

/// <summary>
/// SHA-256 of a token: the only form in which a token is kept, in memory and in the store. Being a digest of 128 or
/// more random bits, it may be compared and indexed like any key.
/// </summary>
public readonly record struct TokenHash
{
    /// <summary>Length in bytes.</summary>
    public const int ByteLength = SHA256.HashSizeInBytes;

    private const int StackLimit = 1024;

    // Looking the algorithm up costs more than hashing a token does: each thread keeps a state of its own.
    [ThreadStatic]
    private static IncrementalHash? _sha256;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    private TokenHash(ReadOnlySpan<byte> digest)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(digest);
        (_a, _b, _c, _d) = (words[0], words[1], words[2], words[3]);
    }

    /// <summary>Hashes the bytes of a token.</summary>
    public static TokenHash Of(ReadOnlySpan<byte> token)
    {
        Span<byte> digest = stackalloc byte[ByteLength];
        var sha256 = _sha256 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(token);
        sha256.GetHashAndReset(digest);
        return new TokenHash(digest);
    }

    /// <summary>Hashes the UTF-8 form of a token.</summary>
    public static TokenHash Of(ReadOnlySpan<char> token)
    {
        if (token.Length > StackLimit)
        {
            return Of(Encoding.UTF8.GetBytes(token.ToArray()));
        }

        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(token.Length)];
        return Of(bytes[..Encoding.UTF8.GetBytes(token, bytes)]);
    }

    /// <summary>Reads 32 bytes that <see cref="ToByteArray"/> wrote.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static TokenHash FromBytes(ReadOnlySpan<byte> digest) =>
        digest.Length == ByteLength ? new TokenHash(digest) : throw new ArgumentException("A token hash has 32 bytes.", nameof(digest));

    /// <summary>The 32 bytes.</summary>
    public byte[] ToByteArray()
    {
        var bytes = new byte[ByteLength];
        var words = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
        (words[0], words[1], words[2], words[3]) = (_a, _b, _c, _d);
        return bytes;
    }

    /// <inheritdoc/>
    public override int GetHashCode() => (int)_a;

    /// <summary>Nothing of the digest: a hash has no business in logs.</summary>
    public override string ToString() => nameof(TokenHash);
}
