using Gatehouse.Core.Configuration;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;

namespace Gatehouse.Dialects.Repositories;

/// <summary>Options of the dialect (section <c>Gatehouse:Dialects:Repositories</c>; contract section 10).</summary>
public sealed class RepositoriesOptions : AuthenticationSchemeOptions
{
    private const int MaximumRealmLength = 128;

    /// <summary>The section, and its options.</summary>
    public static OptionTable<RepositoriesOptions> Table { get; } = new OptionTable<RepositoriesOptions>("Gatehouse:Dialects:Repositories")
        .Flag("Enabled", (o, v) => o.Enabled = v, "false: all paths of the dialect are 404.")
        .Flag("AllowHttp", (o, v) => o.AllowHttp = v, "Serve the dialect over plain HTTP, too. For tests only: every request carries the password.")
        .Text("Realm", (o, v) => IsRealm(o.Realm = v), "1 to 128 visible ASCII characters and blanks", "The realm of the challenge; {repository} stands for the repository's name.")
        .Flag("RequireSid", (o, v) => o.RequireSid = v, "A session needs its sid whatever the account's authority.")
        .Flag("SessionEndpoint", (o, v) => o.SessionEndpoint = v, "false: no sessions are issued, and none are accepted.")
        .Flag("WindowsSignIn", (o, v) => o.WindowsSignIn = v, "POST .../sessions takes a handshake (Negotiate), too.")
        .Whole("SessionIdleSeconds", (o, v) => o.SessionIdleSeconds = v, 1, 86_400, "Longest time between two uses of a session; not above SessionLifetimeSeconds.")
        .Whole("SessionLifetimeSeconds", (o, v) => o.SessionLifetimeSeconds = v, 1, 2_592_000, "Life of a session, used or not.")
        .Text("Upstream", (o, v) => UpstreamOption.IsAllowed(o.Upstream = v), "'echo' or an absolute http or https URL without query", "Where protected paths go.")
        .Rule("SessionIdleSeconds", o => o.SessionIdleSeconds > o.SessionLifetimeSeconds
            ? $"'{o.SessionIdleSeconds}' is not allowed; allowed is a whole number from 1 to SessionLifetimeSeconds ({o.SessionLifetimeSeconds})."
            : null, "SessionLifetimeSeconds");

    /// <summary>False: all paths of the dialect are 404.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Serve the dialect over plain HTTP, too (REP-2, REP-3).</summary>
    public bool AllowHttp { get; set; }

    /// <summary>The realm of the challenge; <c>{repository}</c> stands for the name as it is written in the list (REP-23).</summary>
    public string Realm { get; set; } = "{repository}";

    /// <summary>A session needs its <c>sid</c> whatever the account's authority (REP-32).</summary>
    public bool RequireSid { get; set; }

    /// <summary>False: no sessions are issued, and none are accepted (REP-68).</summary>
    public bool SessionEndpoint { get; set; } = true;

    /// <summary><c>POST .../sessions</c> takes a handshake, too: Kerberos and NTLM, as far as there is an authority for them.</summary>
    public bool WindowsSignIn { get; set; }

    /// <summary>Longest time between two uses of a session, in seconds (REP-64).</summary>
    public int SessionIdleSeconds { get; set; } = 1_800;

    /// <summary>Life of a session, in seconds (REP-64).</summary>
    public int SessionLifetimeSeconds { get; set; } = 43_200;

    /// <summary>Where protected paths go: <c>echo</c> or an absolute URL.</summary>
    public string Upstream { get; set; } = "echo";

    private static bool IsRealm(string text) => text.Length is >= 1 and <= MaximumRealmLength && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
