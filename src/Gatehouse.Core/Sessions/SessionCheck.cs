using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.Sessions;

/// <summary>What became of a token.</summary>
public enum SessionState
{
    /// <summary>It opens.</summary>
    Live,

    /// <summary>No session has it, or none that is still remembered.</summary>
    Unknown,

    /// <summary>Signed out, revoked, expired, or its account or tenant is gone.</summary>
    Ended,

    /// <summary>Not used for longer than its idle time-out.</summary>
    Idle,

    /// <summary>Its account is locked, and it is of a kind that stops then.</summary>
    Locked,

    /// <summary>Nobody could say.</summary>
    Unavailable,
}

/// <summary>The answer to a token. Not counted as a use until <see cref="SessionRegistry.Use"/>.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Live">The session; null when unknown or unavailable.</param>
/// <param name="Account">Its account as it was when asked; null unless live, idle or locked.</param>
public readonly record struct SessionCheck(SessionState State, LiveSession? Live, Account? Account)
{
    /// <summary>Whether it opens.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Live), nameof(Account))]
    public bool IsLive => State == SessionState.Live;
}
