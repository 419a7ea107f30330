using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Repositories;

/// <summary>
/// Decides about the credential of a request, the same at every path: the header, the form of its password, then what
/// that form calls for, and in each of them the membership, on every use.
/// </summary>
internal sealed class RepositoriesAuthenticator(
    PasswordSignIn signIn, HandshakeDoor handshakes, SessionRegistry sessions, TenantDirectory tenants, AuditTrail audit, RepositoriesOptions options, TimeProvider clock)
{
    /// <summary>Attribute of a session: its sealed <c>sid</c>.</summary>
    public const string SidAttribute = "sid";

    private const string RealmPlaceholder = "{repository}";

    /// <summary>Finds the caller, or the error that the request is answered with.</summary>
    /// <param name="context">The request.</param>
    /// <param name="auditsAcceptance">False where whoever asks writes the row of an accepted password, with the session that it buys.</param>
    public async ValueTask<(RepositoryCaller? Caller, RepositoriesError? Error)> FindCallerAsync(HttpContext context, bool auditsAcceptance = true)
    {
        var repository = RepositoryName.Of(context);
        var header = context.Request.Headers.Authorization;
        if (header.Count > 1)
        {
            return (null, RepositoriesError.BadRequest);
        }

        if (header.Count == 0 || BasicCredentials.Read(header[0]!) is not { } credentials)
        {
            return (null, Unauthorized(repository));
        }

        var door = new Door(credentials, repository, context);
        var (caller, error) = PasswordForm.Of(credentials.Password) switch
        {
            PasswordForm.Literal => await CheckPasswordAsync(door, auditsAcceptance),
            PasswordForm.Api => await CheckApiTokenAsync(door),
            PasswordForm.Session session when options.SessionEndpoint => await CheckSessionAsync(door, session),
            _ => (null, Unauthorized(repository)),
        };
        if (caller?.Live is { } live)
        {
            sessions.Use(live);
        }

        return (caller, error);
    }

    /// <summary>REP-30, REP-82 to REP-86, REP-91, REP-92.</summary>
    private async ValueTask<(RepositoryCaller? Caller, RepositoriesError? Error)> CheckPasswordAsync(Door door, bool auditsAcceptance)
    {
        var record = new SignInRecord(door.Credentials.Name, door.Repository, CallerLeg.Of(door.Context).Source, clock.GetUtcNow());

        // Not given up when the caller goes away: what was checked is audited.
        var verdict = await signIn.CheckAsync(new PasswordAttempt(door.Credentials.Name, door.Credentials.Password, record.Source) { TenantKey = CanonicalName.KeyOf(door.Repository) }, CancellationToken.None);
        return await JudgeAsync(door.Context, record, verdict, auditsAcceptance);
    }

    /// <summary>A leg of a handshake (<see cref="RepositoriesOptions.WindowsSignIn"/>). Whoever asks writes the row of an accepted one, with the session that it buys.</summary>
    public async ValueTask<(RepositoryCaller? Caller, RepositoriesError? Error)> FindWindowsCallerAsync(HttpContext context, string header)
    {
        var repository = RepositoryName.Of(context);
        var step = await handshakes.StepAsync(
            context, RepositoriesDialect.Id, HandshakeMechanisms.Kerberos | HandshakeMechanisms.Ntlm, CanonicalName.KeyOf(repository), NegotiateToken.Read(header));
        if (step.Verdict is null)
        {
            return (null, RepositoriesError.ContinueHandshake(NegotiateToken.Challenge(step.Token)));
        }

        var record = new SignInRecord(step.Principal?.Text ?? "", repository, CallerLeg.Of(context).Source, clock.GetUtcNow())
        {
            Method = step.Principal?.Mechanism == HandshakeMechanisms.Ntlm ? SignInMethods.NegotiateNtlm : SignInMethods.NegotiateKerberos,
        };
        var (caller, error) = await JudgeAsync(context, record, step.Verdict, auditsAcceptance: false);
        if (caller is not null && step.Token is not null)
        {
            context.Response.Headers.WWWAuthenticate = NegotiateToken.Challenge(step.Token);
        }

        return (caller, error is { Status: StatusCodes.Status401Unauthorized } ? error with { Handshake = NegotiateToken.Scheme } : error);
    }

    private async ValueTask<(RepositoryCaller? Caller, RepositoriesError? Error)> JudgeAsync(HttpContext context, SignInRecord record, PasswordVerdict verdict, bool auditsAcceptance)
    {
        switch (verdict)
        {
            case PasswordVerdict.Accepted accepted:
                return await AdmitAsync(context, record, accepted, auditsAcceptance);
            case PasswordVerdict.Refused refused:
                audit.Post(record.Event(AuditOutcomes.Refused, refused.Account, refused.Reason));
                return (null, Unauthorized(record.Repository));
            case PasswordVerdict.Throttled throttled:
                audit.Post(record.Event(AuditOutcomes.Throttled, throttled.Account, throttled.Reason));
                return (null, RepositoriesError.TooManyAttempts(throttled.RetryAfter));
            case PasswordVerdict.Unavailable unavailable:
                audit.Post(record.Event(AuditOutcomes.Unavailable, null, AuditReasons.Unavailable));
                return (null, RepositoriesError.Unavailable(unavailable.RetryAfter));
            default:
                throw new InvalidOperationException($"A verdict that this dialect does not know: {verdict.GetType().Name}.");
        }
    }

    private async ValueTask<(RepositoryCaller? Caller, RepositoriesError? Error)> AdmitAsync(
        HttpContext context, SignInRecord record, PasswordVerdict.Accepted accepted, bool auditsAcceptance)
    {
        var account = accepted.Account;
        if (MembershipOf(account, record.Repository) is { } membership)
        {
            if (auditsAcceptance && !accepted.Remembered)
            {
                audit.Post(record.Event(AuditOutcomes.Accepted, account));
            }

            return (new RepositoryCaller(account, membership, record.Method) { SignIn = record }, null);
        }

        // The list is open: who has proved himself may know which names are not on it, and no more than that (REP-83, REP-84).
        var tenant = await FindTenantAsync(context, record.Repository);
        if (!accepted.Remembered)
        {
            audit.Post(record.Event(AuditOutcomes.Refused, account, tenant is null ? SignInRecord.UnknownRepository : AuditReasons.NotAMember));
        }

        return (null, tenant is { Hidden: false } ? Unauthorized(record.Repository) : RepositoriesError.NoSuchRepository);
    }

    /// <summary>REP-31, REP-32, REP-61, REP-62.</summary>
    private async ValueTask<(RepositoryCaller? Caller, RepositoriesError? Error)> CheckSessionAsync(Door door, PasswordForm.Session shown)
    {
        var check = await sessions.CheckAsync(TokenHash.Of(shown.Id), door.Context.RequestAborted);
        if (check.State == SessionState.Unavailable)
        {
            return (null, RepositoriesError.StoreUnavailable);
        }

        return check.IsLive
            && check.Live is { Kind: SessionKind.Session, Dialect: RepositoriesDialect.Id }
            && IsProven(check.Live, check.Account, shown)
            && IsOf(check.Account, door)
            && MembershipOf(check.Account, door.Repository) is { } membership
            && check.Live.Tenants.Contains(membership.TenantId)
                ? (new RepositoryCaller(check.Account, membership, SignInMethods.SessionBasic) { Live = check.Live }, null)
                : (null, Unauthorized(door.Repository));
    }

    /// <summary>Who leaves the <c>sid</c> out must be allowed to; who sends one must send the right one.</summary>
    internal bool IsProven(LiveSession session, Account account, PasswordForm.Session shown) => shown.Sid is null
        ? !options.RequireSid && account.Authority == Account.LocalAuthority
        : session.Attributes.TryGetValue(SidAttribute, out var seal) && SessionPair.IsSealed(shown.Id, shown.Sid, seal);

    /// <summary>REP-35, REP-36: of its own account only, and in its own tenants only.</summary>
    private async ValueTask<(RepositoryCaller? Caller, RepositoriesError? Error)> CheckApiTokenAsync(Door door)
    {
        var check = await sessions.CheckAsync(TokenHash.Of(door.Credentials.Password), door.Context.RequestAborted);
        if (check.State == SessionState.Unavailable)
        {
            return (null, RepositoriesError.StoreUnavailable);
        }

        if (check is not { State: SessionState.Live or SessionState.Locked, Live: { } live, Account: { } account }
            || live.Kind != SessionKind.ApiToken
            || !IsOf(account, door)
            || MembershipOf(account, door.Repository) is not { } membership
            || !(live.Tenants.IsEmpty || live.Tenants.Contains(membership.TenantId)))
        {
            return (null, Unauthorized(door.Repository));
        }

        // A lock stops API tokens, too (REP-91).
        return check.State == SessionState.Locked
            ? (null, RepositoriesError.TooManyAttempts(account.LockWait(clock.GetUtcNow())))
            : (new RepositoryCaller(account, membership, SignInMethods.ApiToken) { Live = live }, null);
    }

    private static bool IsOf(Account account, Door door) => CanonicalName.TryRead(door.Credentials.Name, out var name) && account.IsCalled(name);

    /// <summary>By the exact name (REP-7); asked on every use, whatever is remembered (ATK-17).</summary>
    private static Membership? MembershipOf(Account account, string repository)
    {
        foreach (var membership in account.Memberships)
        {
            if (membership.Name == repository)
            {
                return membership;
            }
        }

        return null;
    }

    private async ValueTask<Tenant?> FindTenantAsync(HttpContext context, string repository)
    {
        var tenant = await tenants.FindAsync(repository, context.RequestAborted);
        return tenant?.Name == repository ? tenant : null;
    }

    /// <summary>The 401, the same for existing, hidden and unknown names (REP-23, REP-28).</summary>
    public RepositoriesError Unauthorized(string repository) => RepositoriesError.Unauthorized(
        RepositoriesAnswers.Challenge(options.Realm.Replace(RealmPlaceholder, RepositoryName.Escape(repository), StringComparison.Ordinal)));

    /// <summary>Where somebody stands, with what in his hand.</summary>
    private readonly record struct Door(BasicCredentials Credentials, string Repository, HttpContext Context);
}
