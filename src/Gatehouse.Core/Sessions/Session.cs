using System.Collections.Immutable;

namespace Gatehouse.Core.Sessions;

/// <summary>What a session's token is good for.</summary>
public enum SessionKind
{
    /// <summary>A sign-in through a dialect.</summary>
    Session = 0,

    /// <summary>Buys the next token of its family, once.</summary>
    Refresh = 1,

    /// <summary>Issued by the operator, for programs.</summary>
    ApiToken = 2,

    /// <summary>Stands behind an access token of the OAuth face.</summary>
    OAuthAccess = 3,
}

/// <summary>One accepted sign-in and the token that stands for it.</summary>
public sealed record Session
{
    /// <summary>Public id: for lists, logs and revocation.</summary>
    public required PublicId Id { get; init; }

    /// <summary>Hash of the token. The token itself is never kept.</summary>
    public required TokenHash Token { get; init; }

    /// <summary>What the token is good for.</summary>
    public required SessionKind Kind { get; init; }

    /// <summary>Number of the account.</summary>
    public required long AccountId { get; init; }

    /// <summary>Id of the dialect that issued it; null for an API token.</summary>
    public string? Dialect { get; init; }

    /// <summary>Place in the order of all sign-ins and cut-offs of the store; given by the store.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset Issued { get; init; }

    /// <summary>End of its absolute life; at that instant it is over. Null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Longest time between two uses. Null: no limit.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Last use known to the store; coarse (<see cref="SessionRegistry"/>).</summary>
    public DateTimeOffset LastUsed { get; init; }

    /// <summary>Address of the caller who signed in; null for the operator's commands.</summary>
    public string? Source { get; init; }

    /// <summary>Place that only one holder at a time may have (AR System: the computer). Null: takes none.</summary>
    public string? Seat { get; init; }

    /// <summary>The refresh family; all of it ends together.</summary>
    public PublicId? Family { get; init; }

    /// <summary>Hash of the token that it was made from: dead as soon as that is, and never live for longer. Null: made from none.</summary>
    public TokenHash? Parent { get; init; }

    /// <summary>Number of the account of the OAuth client that it was issued to: dead as soon as that is disabled, removed or cut off. Null: to none.</summary>
    public long? ClientId { get; init; }

    /// <summary>Numbers of the tenants that it is bound to. Empty: not bound.</summary>
    public ImmutableArray<long> Tenants { get; init; } = [];

    /// <summary>The operator's own words.</summary>
    public string? Label { get; init; }

    /// <summary>Small facts that the dialect keeps with it.</summary>
    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>When it was signed out or revoked.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>How long after its end the store still knows that it existed.</summary>
    public TimeSpan Retention { get; init; }
}
