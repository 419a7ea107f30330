using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Names and passwords, as parameters of a Login or in a Basic header: one decision, one audit row where it is refused.</summary>
internal sealed class PasswordDoor(PasswordSignIn signIn, AuditTrail audit)
{
    /// <summary>Decides, and notes in the audit what was not accepted.</summary>
    /// <param name="context">The request.</param>
    /// <param name="record">The sign-in.</param>
    /// <param name="name">As typed.</param>
    /// <param name="password">As typed.</param>
    /// <param name="challenges">What goes with a refusal.</param>
    public async ValueTask<(PasswordVerdict.Accepted? Accepted, MicetroError? Error)> CheckAsync(
        HttpContext context, SignInRecord record, string name, string password, Challenges challenges)
    {
        var verdict = await signIn.CheckAsync(new PasswordAttempt(name, password, record.Source), context.RequestAborted);
        return Judge(record, verdict, MicetroError.BadCredentials(challenges));
    }

    /// <summary>What a verdict means at this door; what was not accepted is noted in the audit.</summary>
    /// <param name="record">The sign-in.</param>
    /// <param name="verdict">What the core decided.</param>
    /// <param name="refusal">How a refusal is answered.</param>
    public (PasswordVerdict.Accepted? Accepted, MicetroError? Error) Judge(SignInRecord record, PasswordVerdict verdict, MicetroError refusal)
    {
        switch (verdict)
        {
            case PasswordVerdict.Accepted accepted:
                return (accepted, null);
            case PasswordVerdict.Refused refused:
                // Blank is wrong, not missing (MIC-25).
                audit.Post(record.Event(AuditOutcomes.Refused, refused.Account, refused.Reason == AuditReasons.Blank ? AuditReasons.BadCredentials : refused.Reason));
                return (null, refusal);
            case PasswordVerdict.Throttled throttled:
                audit.Post(record.Event(AuditOutcomes.Throttled, throttled.Account, throttled.Reason));

                // A locked account is told what a wrong password is told (MIC-24); a delay says so (MIC-124).
                return (null, throttled.Reason == AuditReasons.Locked ? refusal : MicetroError.Throttled(throttled.RetryAfter));
            case PasswordVerdict.Unavailable unavailable:
                return (null, Unavailable(record, unavailable.RetryAfter));
            default:
                throw new InvalidOperationException($"A verdict that this dialect does not know: {verdict.GetType().Name}.");
        }
    }

    /// <summary>A header that cannot be read: refused like a wrong password, and nobody is asked (MIC-92).</summary>
    public MicetroError RefuseMalformed(SignInRecord record)
    {
        audit.Post(record.Event(AuditOutcomes.Refused, null, AuditReasons.Malformed));
        return MicetroError.BadCredentials(Challenges.All);
    }

    /// <summary>Refused before any password was looked at.</summary>
    public MicetroError Refuse(SignInRecord record, string reason, MicetroError error, Account? account = null)
    {
        audit.Post(record.Event(AuditOutcomes.Refused, account, reason));
        return error;
    }

    /// <summary>Nobody could say (MIC-125).</summary>
    public MicetroError Unavailable(SignInRecord record, TimeSpan retryAfter)
    {
        audit.Post(record.Event(AuditOutcomes.Unavailable, null, AuditReasons.Unavailable));
        return MicetroError.Unavailable(retryAfter);
    }

    /// <summary>A Basic credential that was checked anew, once per life of the cache (MIC-136).</summary>
    public void NoteFirstUse(SignInRecord record, PasswordVerdict.Accepted accepted)
    {
        if (!accepted.Remembered)
        {
            audit.Post(record.Event(AuditOutcomes.Accepted, accepted.Account, null));
        }
    }
}
