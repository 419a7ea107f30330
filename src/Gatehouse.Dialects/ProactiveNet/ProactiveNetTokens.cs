using System.Collections.Immutable;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>Who calls, and by what.</summary>
/// <param name="Account">Whose credential it is.</param>
/// <param name="Live">The session behind a token; null for the Base64 format.</param>
internal sealed record ProactiveNetCaller(Account Account, LiveSession? Live)
{
    /// <summary>Issued by the operator, not by a login.</summary>
    public bool IsApiToken => Live?.Kind == SessionKind.ApiToken;

    /// <summary>Method word for echo and audit.</summary>
    public string Method => Live is null ? SignInMethods.AuthTokenBasic : IsApiToken ? SignInMethods.ApiToken : SignInMethods.AuthToken;

    /// <summary>Numbers of the tenants that the credential is bound to; empty: not bound.</summary>
    public ImmutableArray<long> Tenants => Live?.Tenants ?? [];

    /// <summary>The one tenant that the credential is bound to, by its name; null when there is none, or several.</summary>
    public string? OnlyTenant
    {
        get
        {
            var tenants = Tenants;
            return tenants.Length == 1 ? Account.Memberships.FirstOrDefault(membership => membership.TenantId == tenants[0]).Name : null;
        }
    }
}

/// <summary>What a value is worth as a token.</summary>
internal enum TokenStanding
{
    /// <summary>It opens.</summary>
    Live,

    /// <summary>It was one, or is one of another dialect: refused, and nobody's password (PN-49, PN-53).</summary>
    Dead,

    /// <summary>No token that anybody remembers.</summary>
    Unknown,

    /// <summary>An API token of a locked account, or nobody could say: the error is the answer.</summary>
    Undecided,
}

/// <summary>A token that was looked up.</summary>
/// <param name="Standing">What it is worth.</param>
/// <param name="Caller">Whose it is, when it lives.</param>
/// <param name="Error">The answer, when it was not decided.</param>
internal readonly record struct TokenFinding(TokenStanding Standing, ProactiveNetCaller? Caller = null, ProactiveNetError? Error = null);

/// <summary>Looks tokens up: those of this dialect, and API tokens (steps 1 and 2 of PN-48).</summary>
internal sealed class ProactiveNetTokens(SessionRegistry sessions, ExternalTokens externals, ProactiveNetOptions options, TimeProvider clock)
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetrySso = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryEndlessLock = TimeSpan.FromHours(1);

    /// <summary>Looks a value up, byte for byte as it was sent.</summary>
    public async ValueTask<TokenFinding> FindAsync(string value, CancellationToken cancellationToken)
    {
        var check = await sessions.CheckAsync(TokenHash.Of(value), cancellationToken);
        var isOurs = check.Live is { Kind: SessionKind.ApiToken } or { Kind: SessionKind.Session, Dialect: ProactiveNetDialect.Id };
        return check.State switch
        {
            SessionState.Live when isOurs => await ConfirmAsync(new ProactiveNetCaller(check.Account!, check.Live), value, cancellationToken),
            SessionState.Locked when isOurs => new TokenFinding(TokenStanding.Undecided, Error: ProactiveNetError.TooManyRequests(RetryAfterLock(check.Account!))),
            SessionState.Unavailable => new TokenFinding(TokenStanding.Undecided, Error: ProactiveNetError.Unavailable(RetryStore)),
            SessionState.Unknown => new TokenFinding(TokenStanding.Unknown),
            _ => new TokenFinding(TokenStanding.Dead),
        };
    }

    /// <summary>PN-94: a token of the single sign-on is believed for a while only.</summary>
    private async ValueTask<TokenFinding> ConfirmAsync(ProactiveNetCaller caller, string value, CancellationToken cancellationToken) =>
        await externals.CheckAsync(caller.Live!, value, TimeSpan.FromSeconds(options.SsoRecheckSeconds), cancellationToken) switch
        {
            ExternalTokenState.Live => new TokenFinding(TokenStanding.Live, caller),
            ExternalTokenState.Ended => new TokenFinding(TokenStanding.Dead),
            _ => new TokenFinding(TokenStanding.Undecided, Error: ProactiveNetError.Unavailable(RetrySso)),
        };

    // A lock without end is tried again in an hour (HTT-94).
    private TimeSpan RetryAfterLock(Account account) =>
        account.LockedUntil is { } until && until != DateTimeOffset.MaxValue ? until - clock.GetUtcNow() : RetryEndlessLock;
}
