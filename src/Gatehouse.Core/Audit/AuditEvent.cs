using System.Collections.Immutable;

namespace Gatehouse.Core.Audit;

/// <summary>Names of audit events (HTT-176).</summary>
public static class AuditEvents
{
    /// <summary>A sign-in was decided.</summary>
    public const string SignIn = "sign-in";

    /// <summary>A session was signed out by its holder.</summary>
    public const string SignOut = "sign-out";

    /// <summary>A refresh was decided.</summary>
    public const string Refresh = "refresh";

    /// <summary>A used refresh token came again too late; its family ended.</summary>
    public const string RefreshReuse = "refresh-reuse";

    /// <summary>A token exchange was decided.</summary>
    public const string TokenExchange = "token-exchange";

    /// <summary>An accepted credential, or the transport, did not open what was asked for.</summary>
    public const string Access = "access";

    /// <summary>One account acted, or tried to act, as another.</summary>
    public const string Impersonate = "impersonate";

    /// <summary>The operator ended sessions or tokens.</summary>
    public const string Revoke = "revoke";

    /// <summary>An account was locked by wrong passwords.</summary>
    public const string Lock = "lock";

    /// <summary>The operator ended a delay or a lock.</summary>
    public const string Unlock = "unlock";

    /// <summary>An account was made.</summary>
    public const string AccountAdd = "account-add";

    /// <summary>An account was changed; the reason says how.</summary>
    public const string AccountChange = "account-change";

    /// <summary>An account was removed.</summary>
    public const string AccountRemove = "account-remove";

    /// <summary>A tenant was made.</summary>
    public const string TenantAdd = "tenant-add";

    /// <summary>A tenant was removed.</summary>
    public const string TenantRemove = "tenant-remove";

    /// <summary>An API token was issued.</summary>
    public const string TokenIssue = "token-issue";

    /// <summary>A sign-in ended the sessions of another computer.</summary>
    public const string TakeOver = "take-over";

    /// <summary>The server started.</summary>
    public const string Start = "start";

    /// <summary>The server stopped in good order.</summary>
    public const string Stop = "stop";
}

/// <summary>Outcomes of audit events (HTT-176).</summary>
public static class AuditOutcomes
{
    /// <summary>Done, or let in.</summary>
    public const string Accepted = "accepted";

    /// <summary>Not let in.</summary>
    public const string Refused = "refused";

    /// <summary>Not looked at, because of earlier wrong passwords.</summary>
    public const string Throttled = "throttled";

    /// <summary>Could not be decided.</summary>
    public const string Unavailable = "unavailable";
}

/// <summary>Reasons that only the operator learns (HTT-178). Dialects add words of their own.</summary>
public static class AuditReasons
{
    /// <summary>No account has the name.</summary>
    public const string UnknownAccount = "unknown-account";

    /// <summary>The password is wrong, or the account has none.</summary>
    public const string BadCredentials = "bad-credentials";

    /// <summary>The account is disabled.</summary>
    public const string Disabled = "disabled";

    /// <summary>The account is locked.</summary>
    public const string Locked = "locked";

    /// <summary>A delay runs, or the source sent too many wrong passwords.</summary>
    public const string Throttled = "throttled";

    /// <summary>Authority or store could not be asked.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The account is not a member of the tenant.</summary>
    public const string NotAMember = "not-a-member";

    /// <summary>The token's life is over.</summary>
    public const string Expired = "expired";

    /// <summary>The credential could not be read.</summary>
    public const string Malformed = "malformed";

    /// <summary>The password is blank.</summary>
    public const string Blank = "blank";

    /// <summary>The directory wants a new password before anything else.</summary>
    public const string MustChange = "must-change";

    /// <summary>The name was typed with a domain or realm of an authority that is not the account's own.</summary>
    public const string ForeignDomain = "foreign-domain";

    /// <summary>The account's authority may not answer for this tenant, or another one answered for its name.</summary>
    public const string ForeignAuthority = "foreign-authority";

    /// <summary>A handshake failed, or came in pieces that do not belong together.</summary>
    public const string Handshake = "handshake";

    /// <summary>The authority let somebody in who is not the account's person.</summary>
    public const string ForeignPerson = "foreign-person";

    /// <summary>The single sign-on gave a token that callers of the dialect could not send back: too long, or with other characters than a header takes.</summary>
    public const string UnusableToken = "unusable-token";

    /// <summary>The single sign-on gave a token on which another session stands, or stood.</summary>
    public const string TokenTaken = "token-taken";

    /// <summary>The single sign-on said that its token has ended.</summary>
    public const string EndedByAuthority = "ended-by-authority";
}

/// <summary>One line of the audit trail (HTT-175). Never holds a password, a token or a part of one.</summary>
public sealed record AuditEvent
{
    /// <summary>Longest part of a typed name that is kept, in code points (HTT-179).</summary>
    public const int MaximumNameLength = 64;

    /// <summary>Number in the store; given by the store.</summary>
    public long Number { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>One of <see cref="AuditEvents"/>.</summary>
    public required string Event { get; init; }

    /// <summary>One of <see cref="AuditOutcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The account concerned, as created; null when there is none.</summary>
    public string? Account { get; init; }

    /// <summary>What was typed, or what the event is about, where that is no account of its own.</summary>
    public string? Name { get; init; }

    /// <summary>Dialect id.</summary>
    public string? Dialect { get; init; }

    /// <summary>Method word of the echo answer.</summary>
    public string? Method { get; init; }

    /// <summary>Tenant's name.</summary>
    public string? Tenant { get; init; }

    /// <summary>Address of the caller.</summary>
    public string? Source { get; init; }

    /// <summary>Public id of the session.</summary>
    public string? Session { get; init; }

    /// <summary>One of <see cref="AuditReasons"/>, or a word of the dialect.</summary>
    public string? Reason { get; init; }

    /// <summary>Members that a dialect adds. One that is there without a value (null) is kept and shown as null.</summary>
    public ImmutableSortedDictionary<string, string?> Details { get; init; } = ImmutableSortedDictionary<string, string?>.Empty;

    /// <summary>Members that a dialect adds, where they are whole numbers. No name stands here and in <see cref="Details"/>.</summary>
    public ImmutableSortedDictionary<string, long> Numbers { get; init; } = ImmutableSortedDictionary<string, long>.Empty;
}
