using System.Text.Unicode;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>
/// <c>X-AR-Impersonated-User</c>: one account acts as another, for one request (contract section 10). In order: grammar,
/// the caller's right, the target.
/// </summary>
internal sealed class Impersonation(IStore store, AuditTrail audit, TimeProvider clock)
{
    private const int MaximumNameLength = 256;
    private const int MaximumHeaderLength = 4 * MaximumNameLength * 4 / 3 + 4;

    /// <summary>The account whose rights hold for this request: the caller's own, or the one that he may act as.</summary>
    public async ValueTask<(Account? Target, ArSystemError? Error)> ResolveAsync(HttpContext context, ArSystemCaller caller)
    {
        var values = context.Request.Headers[ArSystemHeaders.ImpersonatedUser];
        if (values.Count == 0)
        {
            return (null, null);
        }

        if (values.Count > 1 || !TryReadName(values[0], out var name))
        {
            return (null, ArSystemError.Malformed(ArSystemHeaders.ImpersonatedUser));
        }

        var (target, error) = (caller.Roles & Roles.Impersonator) == Roles.None
            ? (null, ArSystemError.MustBeAdministrator)
            : await FindTargetAsync(name, caller, context.RequestAborted);
        audit.Post(new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Event = AuditEvents.Impersonate,
            Outcome = error is null ? AuditOutcomes.Accepted : AuditOutcomes.Refused,
            Account = caller.Account.Name,
            Name = target?.Name ?? TypedText.Cut(name, AuditEvent.MaximumNameLength),
            Dialect = ArSystemDialect.Id,
            Method = caller.IsApiToken ? SignInMethods.ApiToken : SignInMethods.ArJwt,
            Source = Core.Guessing.CallerSource.TextOf(CallerLeg.Of(context).Source),
            Session = caller.Live.Id.ToString(),
            Reason = error?.Reason,
        });
        return (target, error);
    }

    private async ValueTask<(Account? Target, ArSystemError? Error)> FindTargetAsync(string name, ArSystemCaller caller, CancellationToken cancellationToken)
    {
        var found = CanonicalName.TryRead(name, out var canonical) ? (await store.Accounts.FindAsync(canonical.Key, cancellationToken))?.Account : null;
        if (found is not { Enabled: true } || found.Name != canonical.Exact)
        {
            return (null, ArSystemError.NoSuchUser(name) with { Reason = found is { Enabled: false } ? AuditReasons.Disabled : AuditReasons.UnknownAccount });
        }

        // Nobody climbs: the target may hold no role that the caller does not hold himself (ARS-100).
        return (RoleNames.Effective(found.Roles) & ~caller.Roles) == Roles.None || (caller.Roles & Roles.Administrator) != Roles.None
            ? (found, null)
            : (null, ArSystemError.MustBeAdministrator);
    }

    /// <summary>Base64 of RFC 4648 section 4, with padding, of UTF-8 (ARS-103).</summary>
    private static bool TryReadName(string? value, out string name)
    {
        name = "";
        if (value is not { Length: > 0 and <= MaximumHeaderLength } || value.Length % 4 != 0 || value.AsSpan().ContainsAny(" \t\r\n"))
        {
            return false;
        }

        var bytes = new byte[value.Length];
        if (!Convert.TryFromBase64String(value, bytes, out var written) || Convert.ToBase64String(bytes, 0, written) != value || !Utf8.IsValid(bytes.AsSpan(0, written)))
        {
            return false;
        }

        name = System.Text.Encoding.UTF8.GetString(bytes, 0, written);
        return !string.IsNullOrWhiteSpace(name) && !TypedText.HasControl(name) && TypedText.Length(name) <= MaximumNameLength;
    }
}
