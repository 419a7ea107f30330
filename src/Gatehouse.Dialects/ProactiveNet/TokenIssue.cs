using System.Collections.Immutable;
using System.Security.Cryptography;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>A token on its way to the caller.</summary>
/// <param name="Value">The token.</param>
/// <param name="Issued">The second in which the answer says that it was made.</param>
/// <param name="Expires">Its end.</param>
internal sealed record IssuedToken(string Value, DateTimeOffset Issued, DateTimeOffset Expires)
{
    /// <summary>Nothing: a token has no business in logs.</summary>
    public override string ToString() => nameof(IssuedToken);
}

/// <summary>Puts a session under a token: one of ours, or the single sign-on's as it came (PN-92, PN-93).</summary>
internal sealed class TokenIssue(SessionDesk desk, SessionRegistry sessions, AuditTrail audit, SsoRule sso, TokenLife life) : IDisposable
{
    /// <summary>Longest token of a single sign-on that callers could send back: what a header takes, and clients hold in a variable.</summary>
    public const int MaximumTokenLength = 8 * 1024;

    private const int TokenBytes = 20;

    // Equal sign-ins at the same moment get one token of the single sign-on: who comes second must find the session of the first.
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Issues a token for credentials that are right.</summary>
    /// <returns>Null when there is none to be had; the audit says why.</returns>
    /// <exception cref="StoreUnavailableException">The store does not confirm.</exception>
    public async ValueTask<IssuedToken?> IssueAsync(SignInRecord record, CredentialVerdict verdict, CancellationToken cancellationToken)
    {
        // The end that is written has whole seconds, and is the end (PN-35): counted from the second that is written, too.
        var issued = DateTimeOffset.FromUnixTimeSeconds(record.Time.ToUnixTimeSeconds());
        if (!sso.IsIssuer)
        {
            var own = new IssuedToken(Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenBytes)), issued, issued + life.Value);
            return await AddAsync(record, verdict, own, ImmutableSortedDictionary<string, string>.Empty, cancellationToken) == SessionAdmission.Added ? own : null;
        }

        if (verdict.Token is not { } external || !ExternalTokens.IsUsable(external, MaximumTokenLength))
        {
            audit.Post(record.Event(AuditOutcomes.Refused, verdict.Account, AuditReasons.UnusableToken, verdict.Tenant));
            return null;
        }

        var expires = external.Expires is { } end ? DateTimeOffset.FromUnixTimeSeconds(end.ToUnixTimeSeconds()) : issued + life.Value;
        return await HandOnAsync(record, verdict, new IssuedToken(external.Value, issued, expires), external, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<IssuedToken?> HandOnAsync(SignInRecord record, CredentialVerdict verdict, IssuedToken token, ExternalToken external, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // A single sign-on may give the same token again: it opens what it opened before, and nothing else.
            if (await FindSameAsync(verdict, token, cancellationToken) is { } same)
            {
                audit.Post(record.Event(AuditOutcomes.Accepted, verdict.Account, null, verdict.Tenant, same.Id));
                return token with { Expires = same.Expires!.Value };
            }

            return await AddAsync(record, verdict, token, ExternalTokens.AttributesOf(external), cancellationToken) == SessionAdmission.Added ? token : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<LiveSession?> FindSameAsync(CredentialVerdict verdict, IssuedToken token, CancellationToken cancellationToken)
    {
        var check = await sessions.CheckAsync(TokenHash.Of(token.Value), cancellationToken);
        var isSame = check is { IsLive: true, Live: { Kind: SessionKind.Session, Dialect: ProactiveNetDialect.Id } session }
            && session.AccountId == verdict.Account!.Id
            && ExternalTokens.IsExternal(session)
            && (verdict.Tenant is { } tenant ? session.Tenants is [var bound] && bound == tenant.Id : session.Tenants.IsEmpty);
        return isSame ? check.Live : null;
    }

    private async ValueTask<SessionAdmission> AddAsync(
        SignInRecord record, CredentialVerdict verdict, IssuedToken token, ImmutableSortedDictionary<string, string> attributes, CancellationToken cancellationToken)
    {
        var account = verdict.Account!;
        var session = new Session
        {
            Id = PublicId.New(record.Time),
            Token = TokenHash.Of(token.Value),
            Kind = SessionKind.Session,
            AccountId = account.Id,
            Dialect = ProactiveNetDialect.Id,
            Issued = record.Time,
            LastUsed = record.Time,
            Expires = token.Expires,
            Source = CallerSource.TextOf(record.Source),
            Tenants = TenantsOf(verdict),
            Attributes = attributes,
            Retention = life.Retention,
        };
        return await desk.IssueAsync(
            session,
            new SessionConditions { PasswordVersion = account.PasswordVersion },
            admission => admission switch
            {
                SessionAdmission.Added => record.Event(AuditOutcomes.Accepted, account, null, verdict.Tenant, session.Id),
                SessionAdmission.TokenTaken => record.Event(AuditOutcomes.Refused, account, AuditReasons.TokenTaken, verdict.Tenant),
                _ => record.Event(AuditOutcomes.Refused, account, AuditReasons.Disabled, verdict.Tenant),
            },
            cancellationToken);
    }

    private static ImmutableArray<long> TenantsOf(CredentialVerdict verdict) => verdict.Tenant is { } tenant ? [tenant.Id] : [];
}
