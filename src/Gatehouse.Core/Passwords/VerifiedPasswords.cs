using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Core.Passwords;

/// <summary>
/// Remembers for a short while that a password was right (HTT-84). The key is an HMAC under a key of this process over
/// everything that the answer depends on; the entry holds only for the account as it was, so that any cut-off,
/// new password, lock or removal ends it.
/// </summary>
public sealed class VerifiedPasswords(PasswordOptions options, TimeProvider clock) : IDisposable
{
    private const int MaximumEntries = 10_000;
    private const int StackLimit = 1_024;
    private readonly HmacKey _key = new(RandomNumberGenerator.GetBytes(SealingKey.ByteLength));
    private readonly ConcurrentDictionary<TokenHash, RememberedPassword> _entries = new();

    /// <summary>The key of a check: equal for equal checks only.</summary>
    /// <param name="parts">Everything that the answer depends on, in a fixed order.</param>
    public TokenHash KeyOf(params ReadOnlySpan<string> parts)
    {
        var size = 0;
        foreach (var part in parts)
        {
            size += sizeof(int) + part.Length * sizeof(char);
        }

        // In one piece: each call into the hash costs more than the bytes it takes.
        var rented = size > StackLimit ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> stack = stackalloc byte[StackLimit];
        var text = (rented ?? stack)[..size];
        var rest = text;
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, part.Length);
            MemoryMarshal.AsBytes(part.AsSpan()).CopyTo(rest[sizeof(int)..]);
            rest = rest[(sizeof(int) + part.Length * sizeof(char))..];
        }

        Span<byte> digest = stackalloc byte[TokenHash.ByteLength];
        _key.Compute(text, digest);
        CryptographicOperations.ZeroMemory(text);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return TokenHash.FromBytes(digest);
    }

    /// <summary>What is remembered under a key, if it has not run out.</summary>
    public RememberedPassword? Recall(TokenHash key) =>
        _entries.TryGetValue(key, out var entry) && clock.GetUtcNow() < entry.Until ? entry : null;

    /// <summary>Remembers a right password.</summary>
    /// <param name="key">The key of the check.</param>
    /// <param name="accountEntry">Where the account's state is kept current.</param>
    /// <param name="account">The account as it was when the password was checked.</param>
    /// <param name="globalCutOff">Sequence number up to which everything was dead then.</param>
    public void Remember(TokenHash key, AccountEntry accountEntry, Account account, long globalCutOff)
    {
        ArgumentNullException.ThrowIfNull(account);
        if (options.CacheSeconds == 0)
        {
            return;
        }

        if (_entries.Count >= MaximumEntries)
        {
            Sweep();
        }

        if (_entries.Count < MaximumEntries)
        {
            _entries[key] = new RememberedPassword(accountEntry, account.CutOff, account.PasswordVersion, globalCutOff, clock.GetUtcNow().AddSeconds(options.CacheSeconds));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>Drops what has run out.</summary>
    public void Sweep()
    {
        var now = clock.GetUtcNow();
        foreach (var (key, entry) in _entries)
        {
            if (entry.Until <= now)
            {
                _entries.TryRemove(key, out _);
            }
        }
    }
}

/// <summary>A password that was right for an account as it was.</summary>
/// <param name="Account">Where the account's state is kept current.</param>
/// <param name="CutOff">Its cut-off then.</param>
/// <param name="PasswordVersion">Its password then.</param>
/// <param name="GlobalCutOff">The cut-off of all accounts then.</param>
/// <param name="Until">When it is forgotten.</param>
public sealed record RememberedPassword(AccountEntry Account, long CutOff, long PasswordVersion, long GlobalCutOff, DateTimeOffset Until)
{
    /// <summary>Whether it holds for the account as it is now.</summary>
    public bool HoldsFor(Account? now, long globalCutOff) =>
        now is { Enabled: true } && now.CutOff == CutOff && now.PasswordVersion == PasswordVersion && globalCutOff == GlobalCutOff;
}
