using System.Collections.Immutable;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary><c>POST /api/jwt/login</c>: a name and a password for a token (contract sections 2 to 6).</summary>
internal sealed class ArSystemLogin(PasswordSignIn signIn, SessionDesk desk, IStore store, AuditTrail audit, ArJwt jwt, ArSystemOptions options, TimeProvider clock)
{
    private const int MaximumAppendedName = 256;
    private const string GuestReason = "guest";
    private const string OtherComputer = "other-computer";

    /// <summary>Answers a login.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (login, error) = await LoginRequest.ReadAsync(context);
        if (login is null)
        {
            await ArSystemAnswers.WriteErrorAsync(context, error!);
            return;
        }

        var attempt = new SignInRecord(login, CallerLeg.Of(context).Source, clock.GetUtcNow());
        try
        {
            await DecideAsync(context, attempt);
        }
        catch (StoreUnavailableException)
        {
            audit.Post(attempt.Event(AuditOutcomes.Unavailable, null, AuditReasons.Unavailable));
            throw;
        }
    }

    /// <summary>Decides to the end even if the caller hangs up: what was counted is audited.</summary>
    private async Task DecideAsync(HttpContext context, SignInRecord attempt)
    {
        var login = attempt.Login;
        var verdict = await signIn.CheckAsync(
            new PasswordAttempt(login.UserName, login.Password, attempt.Source) { AdditionalText = login.AuthString, UnknownIsGuest = options.AllowGuests },
            CancellationToken.None);
        switch (verdict)
        {
            case PasswordVerdict.Accepted accepted:
                await AdmitAsync(context, attempt, accepted.Account);
                return;
            case PasswordVerdict.Refused { Reason: AuditReasons.UnknownAccount } when options.AllowGuests:
                await AdmitGuestAsync(context, attempt);
                return;
            case PasswordVerdict.Refused refused:
                await RefuseAsync(context, attempt, refused.Account, refused.Reason);
                return;
            case PasswordVerdict.Throttled throttled:
                audit.Post(attempt.Event(AuditOutcomes.Throttled, throttled.Account, throttled.Reason));
                await ArSystemAnswers.WriteErrorAsync(context, ArSystemError.TooManyFailedLogins(throttled.RetryAfter));
                return;
            case PasswordVerdict.Unavailable unavailable:
                audit.Post(attempt.Event(AuditOutcomes.Unavailable, null, AuditReasons.Unavailable));
                await ArSystemAnswers.WriteErrorAsync(context, ArSystemError.Unavailable(unavailable.RetryAfter));
                return;
            default:
                throw new InvalidOperationException($"A verdict that this dialect does not know: {verdict.GetType().Name}.");
        }
    }

    private async Task AdmitAsync(HttpContext context, SignInRecord attempt, Account account)
    {
        var (token, session) = Issue(attempt, account, isGuest: false);
        var conditions = new SessionConditions
        {
            PasswordVersion = account.PasswordVersion,
            SeatRule = !options.SingleComputer || account.Has(Roles.Administrator) ? SeatRule.None : options.AllowTakeOver ? SeatRule.TakeOver : SeatRule.FirstComeFirstServed,
            TakeOverInterval = TimeSpan.FromSeconds(options.TakeOverIntervalSeconds),
        };
        var outcome = await desk.IssueAsync(
            session,
            conditions,
            admission => admission switch
            {
                SessionAdmission.Added or SessionAdmission.AddedByTakeOver => attempt.Event(AuditOutcomes.Accepted, account, null, session.Id),
                SessionAdmission.AccountChanged => attempt.Event(AuditOutcomes.Refused, account, AuditReasons.Disabled),
                _ => attempt.Event(AuditOutcomes.Refused, account, OtherComputer),
            },
            CancellationToken.None);
        await (outcome switch
        {
            SessionAdmission.Added or SessionAdmission.AddedByTakeOver => WriteTokenAsync(context, token),
            SessionAdmission.SeatTaken => ArSystemAnswers.WriteErrorAsync(context, ArSystemError.ConnectedElsewhere(account.Name)),
            SessionAdmission.TakeOverTooSoon => ArSystemAnswers.WriteErrorAsync(context, ArSystemError.TakenOverRecently(account.Name)),
            _ => WriteRefusalAsync(context, attempt),
        });
    }

    /// <summary>ARS-64: a name that no authority knows, where guests are welcome.</summary>
    private async Task AdmitGuestAsync(HttpContext context, SignInRecord attempt)
    {
        var guest = (await store.Accounts.FindAsync(CanonicalName.KeyOf(options.GuestAccount), CancellationToken.None))?.Account;
        if (guest is not { Enabled: true })
        {
            await RefuseAsync(context, attempt, null, AuditReasons.UnknownAccount);
            return;
        }

        var (token, session) = Issue(attempt, guest, isGuest: true);
        var outcome = await desk.IssueAsync(
            session,
            new SessionConditions(),
            admission => admission == SessionAdmission.Added
                ? attempt.Event(AuditOutcomes.Accepted, guest, GuestReason, session.Id)
                : attempt.Event(AuditOutcomes.Refused, null, AuditReasons.UnknownAccount),
            CancellationToken.None);
        if (outcome != SessionAdmission.Added)
        {
            await WriteRefusalAsync(context, attempt);
            return;
        }

        ArSystemAnswers.AddGuestWarning(context, attempt.Login.UserName);
        await WriteTokenAsync(context, token);
    }

    private (string Token, Session Session) Issue(SignInRecord attempt, Account account, bool isGuest)
    {
        // The session's life is the token's, to the second.
        var issued = DateTimeOffset.FromUnixTimeSeconds(attempt.Time.ToUnixTimeSeconds());
        var token = jwt.Issue(account, issued);
        var attributes = ImmutableSortedDictionary<string, string>.Empty;
        if (isGuest)
        {
            attributes = attributes.Add(ArSystemAuthenticator.GuestAttribute, attempt.ShortName);
        }

        if (attempt.Login.ClientType is { } clientType)
        {
            attributes = attributes.Add(SignInRecord.ClientType, clientType);
        }

        return (token, new Session
        {
            Id = PublicId.New(attempt.Time),
            Token = TokenHash.Of(token),
            Kind = SessionKind.Session,
            AccountId = account.Id,
            Dialect = ArSystemDialect.Id,
            Issued = attempt.Time,
            LastUsed = attempt.Time,
            Expires = issued.AddSeconds(options.TokenLifetimeSeconds),
            Source = CallerSource.TextOf(attempt.Source),
            Seat = isGuest ? null : CallerSource.KeyOf(attempt.Source),
            Attributes = attributes,
        });
    }

    private Task RefuseAsync(HttpContext context, SignInRecord attempt, Account? account, string reason)
    {
        audit.Post(attempt.Event(AuditOutcomes.Refused, account, reason));
        return WriteRefusalAsync(context, attempt);
    }

    private static Task WriteRefusalAsync(HttpContext context, SignInRecord attempt) =>
        ArSystemAnswers.WriteErrorAsync(context, ArSystemError.AuthenticationFailed with { Appended = TypedText.Cut(attempt.Login.UserName, MaximumAppendedName) });

    private Task WriteTokenAsync(HttpContext context, string token)
    {
        if (options.UseCookie)
        {
            context.Response.Headers.SetCookie = $"AR-JWT={token}; Path=/api; HttpOnly; Secure; SameSite=Strict";
        }

        return ArSystemAnswers.WriteTokenAsync(context, token);
    }
}
