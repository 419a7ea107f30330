using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>
/// The dialect's token: a JWS in compact form, HS256, over a session (ARS-29 to ARS-36). Its claims are for the
/// reader's eyes; the session decides. Checking one allocates nothing.
/// </summary>
public sealed class ArJwt(KeyRings keys, ArSystemOptions options)
{
    /// <summary>Purpose of the dialect's key ring.</summary>
    public const string KeyPurpose = "ar-system-hs256";

    /// <summary>Longest token that is read, in characters.</summary>
    public const int MaximumLength = 8 * 1024;

    private const string Header = "eyJhbGciOiJIUzI1NiJ9"; // {"alg":"HS256"}
    private const int KeyBytes = 32;
    private const int SignatureLength = 43;
    private const int SlowClockSeconds = 120;
    private const int StackLimit = 1024;
    private const string JtiPrefix = "IDGAA";
    private const string JtiAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int JtiRandomCharacters = 25;

    private readonly KeyRing _ring = (keys ?? throw new ArgumentNullException(nameof(keys)))[KeyPurpose];

    /// <summary>32 random bytes of the dialect's own. A retired key verifies until the last token that it can have signed is dead.</summary>
    public static KeyPolicy Policy { get; } = new()
    {
        Purpose = KeyPurpose,
        Make = () => RandomNumberGenerator.GetBytes(KeyBytes),
        VerifyAfter = TimeSpan.FromDays(1),
    };

    /// <summary>Makes a token.</summary>
    /// <param name="account">Whose it is.</param>
    /// <param name="issued">The moment, in whole seconds.</param>
    public string Issue(Account account, DateTimeOffset issued)
    {
        ArgumentNullException.ThrowIfNull(account);
        var iat = issued.ToUnixTimeSeconds();
        var cacheId = ((account.Id - 1) % int.MaxValue) + 1;
        var payload = new StringBuilder();
        payload.Append(CultureInfo.InvariantCulture, $$"""{"exp":{{iat + options.TokenLifetimeSeconds}},"sub":""");
        WireJson.AppendString(payload, account.Name);
        payload.Append(CultureInfo.InvariantCulture, $$""","nbf":{{iat - SlowClockSeconds}},"iss":"{{options.Issuer}}","jti":"{{JtiPrefix}}""");
        payload.Append(RandomNumberGenerator.GetString(JtiAlphabet, JtiRandomCharacters));
        payload.Append(CultureInfo.InvariantCulture, $"\",\"_cacheId\":{cacheId},\"iat\":{iat}}}");

        var signed = Encoding.ASCII.GetBytes($"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload.ToString()))}");
        var signature = HMACSHA256.HashData(_ring.Signing.Material.Span, signed);
        return $"{Encoding.ASCII.GetString(signed)}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>
    /// Verifies the signature, in fixed time and before anything in the token is believed or any store asked (ARS-71).
    /// </summary>
    /// <param name="token">The text as it was shown.</param>
    /// <param name="hash">Hash of the whole text: whether it is, byte for byte, one that was issued, its session says.</param>
    public bool TryVerify(ReadOnlySpan<char> token, out TokenHash hash)
    {
        hash = default;
        if (token.Length > MaximumLength || !token.StartsWith(Header, StringComparison.Ordinal) || !Ascii.IsValid(token))
        {
            return false;
        }

        var rented = token.Length > StackLimit ? ArrayPool<byte>.Shared.Rent(token.Length) : null;
        Span<byte> stack = stackalloc byte[StackLimit];
        var bytes = rented ?? stack;
        try
        {
            bytes = bytes[..Encoding.ASCII.GetBytes(token, bytes)];
            if (!HasGoodSignature(bytes))
            {
                return false;
            }

            hash = TokenHash.Of(bytes);
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

    private bool HasGoodSignature(ReadOnlySpan<byte> token)
    {
        var dot = token.LastIndexOf((byte)'.');
        if (dot < 0 || token.Length - dot - 1 != SignatureLength)
        {
            return false;
        }

        // White space is skipped by the decoder: a short result is no signature.
        Span<byte> shown = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (Base64Url.DecodeFromUtf8(token[(dot + 1)..], shown, out _, out var written) != OperationStatus.Done || written != shown.Length)
        {
            return false;
        }

        Span<byte> good = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in _ring.Keys)
        {
            key.Hmac.Compute(token[..dot], good);
            if (CryptographicOperations.FixedTimeEquals(shown, good))
            {
                return true;
            }
        }

        return false;
    }
}
