using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Sessions;

/// <summary>
/// Refresh tokens and what descends from them. A refresh token is good once; its successors are kept sealed under a
/// key derived from it, so that within the grace whoever still holds it, and nobody else, gets them again (HTT-110);
/// after the grace its return ends the family (HTT-111).
/// </summary>
public sealed class RefreshFamilies(IStore store, SessionRegistry registry, AuditTrail audit, TimeProvider clock)
{
    private static readonly byte[] KeyInfo = "gatehouse refresh successor"u8.ToArray();

    /// <summary>Issues the first tokens of a family.</summary>
    /// <exception cref="StoreUnavailableException">The store does not confirm; nothing changed.</exception>
    public async ValueTask<SessionAdmission> BeginAsync(
        IReadOnlyList<Session> family, SessionConditions conditions, Func<SessionAdmission, AuditEvent> auditOf, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(auditOf);
        var outcome = await store.Sessions.AddFamilyAsync(family, conditions, auditOf, cancellationToken);
        audit.Log(auditOf(outcome));
        return outcome;
    }

    /// <summary>Uses a refresh token.</summary>
    /// <param name="token">The token as it was shown.</param>
    /// <param name="successors">The next sessions, made for the case that this is the token's first use.</param>
    /// <param name="answer">What the caller shall get: the next tokens in the clear, in a form of the dialect.</param>
    /// <param name="grace">How long a used token is answered with its successor.</param>
    /// <param name="auditOf">Makes the audit row of an outcome.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The outcome, and what the caller shall get: the given answer, or the one of the first use.</returns>
    /// <exception cref="StoreUnavailableException">The store does not confirm; nothing changed.</exception>
    public async ValueTask<(RotationOutcome Outcome, byte[]? Answer)> UseAsync(
        string token,
        IReadOnlyList<Session> successors,
        byte[] answer,
        TimeSpan grace,
        Func<RotationOutcome, AuditEvent> auditOf,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(auditOf);
        var rotation = new Rotation(TokenHash.Of(token), successors, Seal(token, answer), clock.GetUtcNow(), grace);
        var result = await store.Sessions.RotateAsync(rotation, auditOf, cancellationToken);
        registry.Forget(result.Ended);
        audit.Log(auditOf(result.Outcome));
        return result.Outcome switch
        {
            RotationOutcome.Rotated => (result.Outcome, answer),
            RotationOutcome.Repeated => (result.Outcome, Open(token, result.Sealed!)),
            _ => (result.Outcome, null),
        };
    }

    /// <summary>Whether a refresh token is alive and was never used. A used one still brings its successor within the grace, but is worth nothing by itself.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<bool> IsUnusedAsync(PublicId id, CancellationToken cancellationToken) =>
        (await store.Sessions.ListAsync(new SessionFilter { Id = id, Kind = SessionKind.Refresh }, clock.GetUtcNow(), cancellationToken)).Count > 0;

    private static byte[] Seal(string token, byte[] answer)
    {
        using var box = BoxFor(token);
        return box.Seal(answer, nameof(RefreshFamilies));
    }

    private static byte[] Open(string token, byte[] answer)
    {
        using var box = BoxFor(token);
        return box.Open(answer, nameof(RefreshFamilies));
    }

    private static SealingKey BoxFor(string token)
    {
        Span<byte> key = stackalloc byte[SealingKey.ByteLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(token), key, salt: default, KeyInfo);
        return new SealingKey(key);
    }
}
