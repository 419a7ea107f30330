using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Core.Keys;

/// <summary>
/// A key that seals small secrets: AES-256-GCM, a fresh nonce each time, bound to what the secret is. Layout of a
/// sealed box: 12 bytes nonce, ciphertext, 16 bytes tag.
/// </summary>
public class SealingKey : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int ByteLength = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private readonly AesGcm _cipher;

    /// <summary>Takes 32 bytes.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public SealingKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != ByteLength)
        {
            throw new ArgumentException("A sealing key has 32 bytes.", nameof(key));
        }

        _cipher = new AesGcm(key, TagBytes);
    }

    /// <summary>Seals a secret for one use.</summary>
    /// <param name="secret">What to seal.</param>
    /// <param name="context">What it is; needed again to open.</param>
    public byte[] Seal(ReadOnlySpan<byte> secret, string context)
    {
        var box = new byte[NonceBytes + secret.Length + TagBytes];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        lock (_cipher)
        {
            _cipher.Encrypt(nonce, secret, box.AsSpan(NonceBytes, secret.Length), box.AsSpan(NonceBytes + secret.Length), Encoding.UTF8.GetBytes(context));
        }

        return box;
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="CryptographicException">Another key, another context, or damaged.</exception>
    public byte[] Open(ReadOnlySpan<byte> box, string context)
    {
        if (box.Length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("The sealed box is too short.");
        }

        var secret = new byte[box.Length - NonceBytes - TagBytes];
        lock (_cipher)
        {
            _cipher.Decrypt(box[..NonceBytes], box[NonceBytes..^TagBytes], box[^TagBytes..], secret, Encoding.UTF8.GetBytes(context));
        }

        return secret;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the cipher.</summary>
    protected virtual void Dispose(bool disposing) => _cipher.Dispose();
}
