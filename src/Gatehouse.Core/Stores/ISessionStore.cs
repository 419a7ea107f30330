using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Core.Stores;

/// <summary>What must hold, in the transaction that adds a session, beside the account being enabled.</summary>
public sealed record SessionConditions
{
    /// <summary>The password that was checked must still be the account's (<see cref="Accounts.Account.PasswordVersion"/>). Null: none was checked.</summary>
    public long? PasswordVersion { get; init; }

    /// <summary>Most live sessions of kind <see cref="SessionKind.Session"/> that the account may have in the dialect. Null: any number.</summary>
    public int? MaximumPerAccount { get; init; }

    /// <summary>What happens when live sessions of the account in the dialect have another <see cref="Session.Seat"/>.</summary>
    public SeatRule SeatRule { get; init; } = SeatRule.None;

    /// <summary>Shortest time between two take-overs of an account's seat in a dialect.</summary>
    public TimeSpan TakeOverInterval { get; init; }
}

/// <summary>What a taken seat means for a newcomer.</summary>
public enum SeatRule
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The newcomer is sent away.</summary>
    FirstComeFirstServed,

    /// <summary>The newcomer gets in and the others' sessions end.</summary>
    TakeOver,
}

/// <summary>Outcome of adding a session.</summary>
public enum SessionAdmission
{
    /// <summary>The session is in the store.</summary>
    Added,

    /// <summary>Added, and the sessions of other seats have ended.</summary>
    AddedByTakeOver,

    /// <summary>The account was removed or disabled, or got a new password meanwhile.</summary>
    AccountChanged,

    /// <summary>Another seat is taken.</summary>
    SeatTaken,

    /// <summary>Another seat is taken, and the last take-over is too short ago.</summary>
    TakeOverTooSoon,

    /// <summary>The account has its maximum of live sessions.</summary>
    TooMany,

    /// <summary>A session stands on this token already: an external single sign-on handed it out before.</summary>
    TokenTaken,
}

/// <summary>Which sessions are meant; all given members must agree.</summary>
public sealed record SessionFilter
{
    /// <summary>This one alone, whatever family it belongs to.</summary>
    public PublicId? Id { get; init; }

    /// <summary>Of this account.</summary>
    public long? AccountId { get; init; }

    /// <summary>Of this dialect.</summary>
    public string? Dialect { get; init; }

    /// <summary>Bound to this tenant.</summary>
    public long? TenantId { get; init; }

    /// <summary>Of this kind.</summary>
    public SessionKind? Kind { get; init; }
}

/// <summary>A session as the operator sees it, with the names behind the numbers.</summary>
/// <param name="Session">The session.</param>
/// <param name="Account">Its account's name.</param>
/// <param name="Tenants">Names of its tenants, in ordinal order.</param>
public sealed record ListedSession(Session Session, string Account, IReadOnlyList<string> Tenants);

/// <summary>Use of a refresh token: what it turns into when it is its first.</summary>
/// <param name="Used">Hash of the refresh token that was shown.</param>
/// <param name="Successors">The next tokens of the family, the next refresh token among them.</param>
/// <param name="Sealed">The next tokens, sealed under a key that only the holder of the used token can make.</param>
/// <param name="Now">The moment.</param>
/// <param name="Grace">How long a used token is answered with its successor.</param>
public sealed record Rotation(TokenHash Used, IReadOnlyList<Session> Successors, byte[] Sealed, DateTimeOffset Now, TimeSpan Grace);

/// <summary>Outcome of using a refresh token.</summary>
public enum RotationOutcome
{
    /// <summary>The successors are in the store; the access tokens before them have ended.</summary>
    Rotated,

    /// <summary>Used before, within the grace, successor unused: here it is again, sealed.</summary>
    Repeated,

    /// <summary>Used before, and too late or too often: the family has ended.</summary>
    Reused,

    /// <summary>Unknown, expired, revoked, or its account was removed or disabled.</summary>
    Refused,
}

/// <summary>Outcome of using a refresh token.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Sealed">The successors, for <see cref="RotationOutcome.Repeated"/>.</param>
/// <param name="Ended">Tokens that ended with it.</param>
public sealed record RotationResult(RotationOutcome Outcome, byte[]? Sealed, IReadOnlyList<TokenHash> Ended);

/// <summary>Sessions, refresh tokens and API tokens.</summary>
public interface ISessionStore
{
    /// <summary>Adds a session, unless a condition fails. The audit row is written in both cases, with its outcome and reason set by <paramref name="audit"/>.</summary>
    /// <param name="session">The session; its sequence number is given here.</param>
    /// <param name="conditions">What must hold.</param>
    /// <param name="audit">Makes the audit row of an outcome.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The outcome, the session with its number, and the tokens that a take-over ended.</returns>
    ValueTask<(SessionAdmission Outcome, Session Session, IReadOnlyList<TokenHash> Ended)> AddAsync(
        Session session, SessionConditions conditions, Func<SessionAdmission, AuditEvent> audit, CancellationToken cancellationToken);

    /// <summary>Adds the first tokens of a refresh family together; conditions as for <see cref="AddAsync"/>.</summary>
    ValueTask<SessionAdmission> AddFamilyAsync(
        IReadOnlyList<Session> family, SessionConditions conditions, Func<SessionAdmission, AuditEvent> audit, CancellationToken cancellationToken);

    /// <summary>Finds a session by its token, ended or expired ones included while they are remembered.</summary>
    ValueTask<Session?> FindAsync(TokenHash token, CancellationToken cancellationToken);

    /// <summary>Finds a session by its public id.</summary>
    ValueTask<ListedSession?> FindAsync(PublicId id, CancellationToken cancellationToken);

    /// <summary>
    /// Ends one session and, if it belongs to a family, what is left of the family; idle ones too. Like every end of a
    /// session, it takes with it what was made from its token (<see cref="Session.Parent"/>), down the whole chain.
    /// </summary>
    /// <param name="id">Its public id; of a family, any record's, also an ended one's.</param>
    /// <param name="now">The moment.</param>
    /// <param name="audit">Its audit row; written only when something ended.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The tokens that ended; empty when there was nothing left to end.</returns>
    ValueTask<IReadOnlyList<TokenHash>> EndAsync(PublicId id, DateTimeOffset now, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Ends all sessions that a filter names and that have not ended, one by one. For everything of an account, a cut-off is cheaper.</summary>
    /// <returns>The tokens that ended.</returns>
    ValueTask<IReadOnlyList<TokenHash>> EndAsync(SessionFilter filter, DateTimeOffset now, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Ends everything that was issued before, for one account or for all.</summary>
    /// <param name="accountId">The account, or null for all.</param>
    /// <param name="audit">Its audit row.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>False when the account does not exist.</returns>
    ValueTask<bool> CutOffAsync(long? accountId, AuditEvent audit, CancellationToken cancellationToken);

    /// <summary>Sequence number up to which everything is dead, whoever it belongs to.</summary>
    ValueTask<long> GetCutOffAsync(CancellationToken cancellationToken);

    /// <summary>Uses a refresh token.</summary>
    ValueTask<RotationResult> RotateAsync(Rotation rotation, Func<RotationOutcome, AuditEvent> audit, CancellationToken cancellationToken);

    /// <summary>Live sessions that a filter names, oldest first; none whose parent or client is not live.</summary>
    ValueTask<IReadOnlyList<ListedSession>> ListAsync(SessionFilter filter, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Notes last uses; an earlier one than the store knows is ignored.</summary>
    ValueTask TouchAsync(IReadOnlyList<(PublicId Id, DateTimeOffset LastUsed)> uses, CancellationToken cancellationToken);

    /// <summary>Deletes what ended longer ago than its retention, at most <paramref name="limit"/> sessions.</summary>
    /// <returns>How many were deleted.</returns>
    ValueTask<int> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);
}
