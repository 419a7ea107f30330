using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Core.Tokens;

/// <summary>
/// A key for ES256: ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4). Its id is its RFC 7638 thumbprint, so that equal
/// keys have equal ids wherever they are published. Each thread keeps a state of its own.
/// </summary>
public sealed class Es256Key : IDisposable
{
    /// <summary>Length of a signature, in bytes: r and s, each of 32.</summary>
    public const int SignatureBytes = 64;

    private readonly ThreadLocal<ECDsa> _state;

    /// <summary>Takes a key as <see cref="Draw"/> made it.</summary>
    /// <exception cref="CryptographicException">It is no such key.</exception>
    public Es256Key(ReadOnlyMemory<byte> material)
    {
        _state = new(() => Open(material.Span), trackAllValues: true);
        var point = _state.Value!.ExportParameters(includePrivateParameters: false).Q;
        X = Base64Url.EncodeToString(point.X);
        Y = Base64Url.EncodeToString(point.Y);
        Id = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{X}}","y":"{{Y}}"}""")));
    }

    /// <summary>Thumbprint of the public key: <c>kid</c>.</summary>
    public string Id { get; }

    /// <summary>The public point's x, in base64url.</summary>
    public string X { get; }

    /// <summary>The public point's y, in base64url.</summary>
    public string Y { get; }

    /// <summary>Draws a new private key: an <c>ECPrivateKey</c> (RFC 5915).</summary>
    public static byte[] Draw()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKey();
    }

    /// <summary>Signs a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="signature">Takes the 64 bytes.</param>
    public void Sign(ReadOnlySpan<byte> text, Span<byte> signature)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, digest);
        if (!_state.Value!.TrySignHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out var written) || written != SignatureBytes)
        {
            throw new CryptographicException("A signature of P-256 has 64 bytes.");
        }
    }

    /// <summary>Whether a signature is this key's over a text.</summary>
    public bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureBytes)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, digest);
        return _state.Value!.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var state in _state.Values)
        {
            state.Dispose();
        }

        _state.Dispose();
    }

    private static ECDsa Open(ReadOnlySpan<byte> material)
    {
        var key = ECDsa.Create();
        key.ImportECPrivateKey(material, out _);
        return key;
    }
}
