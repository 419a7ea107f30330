using System.Collections.Immutable;
using System.Net;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Reasons that only this dialect has (MIC-136).</summary>
internal static class MicetroReasons
{
    public const string TooManySessions = "too-many-sessions";
    public const string UnknownCentral = "unknown-central";
    public const string PasswordInUrl = "password-in-url";
    public const string HttpsRequired = "https-required";
}

/// <summary>A sign-in on its way, and the audit row that it becomes (MIC-136).</summary>
/// <param name="Time">When it came.</param>
/// <param name="Source">Address of the caller.</param>
/// <param name="Wrapping">Word of its wrapping.</param>
/// <param name="Method">How it was tried.</param>
internal sealed record SignInRecord(DateTimeOffset Time, IPAddress Source, string Wrapping, string Method)
{
    private const int MaximumServerLength = 256;

    /// <summary>The name as typed; null where none was.</summary>
    public string? Name { get; init; }

    /// <summary>The Central server as sent; null where none was.</summary>
    public string? Server { get; init; }

    public static SignInRecord Of(HttpContext context, DateTimeOffset time, MicetroWrapping wrapping, string method) =>
        new(time, CallerLeg.Of(context).Source, wrapping.Word, method);

    public AuditEvent Event(string outcome, Account? account, string? reason, PublicId? session = null) => new()
    {
        Time = Time,
        Event = AuditEvents.SignIn,
        Outcome = outcome,
        Account = account?.Name,
        Name = Name is null ? null : TypedText.Cut(Name, AuditEvent.MaximumNameLength),
        Dialect = MicetroDialect.Id,
        Method = Method,
        Source = CallerSource.TextOf(Source),
        Session = session?.ToString(),
        Reason = reason,

        // The member is there even where nobody named a server: without a value, it is shown as null.
        Details = ImmutableSortedDictionary<string, string?>.Empty
            .Add("server", Server is null ? null : TypedText.Cut(Server, MaximumServerLength))
            .Add("wrapping", Wrapping),
    };
}
