using System.Text;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>Name and password in Base64 on every request (contract section 5; steps 3 and 4 of PN-48).</summary>
internal sealed class Base64Format(PasswordSignIn signIn, SsoRule sso, AuditTrail audit, ProactiveNetOptions options, TimeProvider clock, ILogger<Base64Format> logger)
{
    /// <summary>Decides about a value that is no token.</summary>
    public async ValueTask<(ProactiveNetCaller? Caller, ProactiveNetError? Error)> CheckAsync(HttpContext context, string value)
    {
        // Under the later front server the format was never taken (PN-59).
        if (!options.AllowBase64 || ProactiveNetPaths.IsFront(context.Request.Path))
        {
            return (null, ProactiveNetError.AuthenticationFailed);
        }

        var leg = CallerLeg.Of(context);
        if (BasicCredentials.ReadEncoded(value) is not { } credentials)
        {
            LogHint(value, CallerSource.TextOf(leg.Source));
            return (null, ProactiveNetError.AuthenticationFailed);
        }

        if (!leg.IsHttps && !options.AllowBase64OverHttp)
        {
            return (null, ProactiveNetError.HttpsRequired);
        }

        var verdict = await signIn.CheckAsync(new PasswordAttempt(credentials.Name, credentials.Password, leg.Source), context.RequestAborted);
        var record = new SignInRecord(AuditEvents.SignIn, Core.SignInMethods.AuthTokenBasic, credentials.Name, leg.Source, clock.GetUtcNow());
        switch (verdict)
        {
            case PasswordVerdict.Accepted accepted when sso.RefusalOf(accepted.Account) is { } refusal:
                audit.Post(record.Event(AuditOutcomes.Refused, accepted.Account, refusal));
                return (null, ProactiveNetError.AuthenticationFailed);
            case PasswordVerdict.Accepted accepted:
                if (!accepted.Remembered)
                {
                    audit.Post(record.Event(AuditOutcomes.Accepted, accepted.Account, null));
                }

                return (new ProactiveNetCaller(accepted.Account, Live: null), null);
            case PasswordVerdict.Refused refused:
                // What no authority was asked about is not in the audit either: it is noise, not a guess (PN-113).
                if (refused.Reason is not (AuditReasons.Blank or AuditReasons.Malformed))
                {
                    audit.Post(record.Event(AuditOutcomes.Refused, refused.Account, refused.Reason));
                }

                return (null, ProactiveNetError.AuthenticationFailed);
            case PasswordVerdict.Throttled throttled:
                audit.Post(record.Event(AuditOutcomes.Throttled, throttled.Account, throttled.Reason));
                return (null, ProactiveNetError.TooManyRequests(throttled.RetryAfter));
            case PasswordVerdict.Unavailable unavailable:
                audit.Post(record.Event(AuditOutcomes.Unavailable, null, AuditReasons.Unavailable));
                return (null, ProactiveNetError.Unavailable(unavailable.RetryAfter));
            default:
                throw new InvalidOperationException($"A verdict that this dialect does not know: {verdict.GetType().Name}.");
        }
    }

    /// <summary>Two mistakes that everybody makes once: the log helps, the answer does not change (PN-115).</summary>
    private void LogHint(string value, string source)
    {
        var bytes = new byte[value.Length];
        if (value.IndexOf(':', StringComparison.Ordinal) > 0)
        {
            ProactiveNetLog.NotEncoded(logger, source);
        }
        else if (Convert.TryFromBase64String(value, bytes, out var written)
            && FormBody.TryReadUtf8(bytes.AsSpan(0, written), out var text)
            && TypedText.HasControl(text)
            && BasicCredentials.ReadEncoded(Convert.ToBase64String(Encoding.UTF8.GetBytes(WithoutControlAtEnd(text)))) is not null)
        {
            ProactiveNetLog.TrailingNewline(logger, source);
        }
    }

    private static string WithoutControlAtEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && char.IsControl(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }
}
