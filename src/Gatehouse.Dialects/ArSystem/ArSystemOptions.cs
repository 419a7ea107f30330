using Gatehouse.Core.Configuration;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>Options of the AR System dialect (contract section 14).</summary>
public sealed class ArSystemOptions : AuthenticationSchemeOptions
{
    /// <summary>The section, and its options.</summary>
    public static OptionTable<ArSystemOptions> Table { get; } = new OptionTable<ArSystemOptions>("Gatehouse:Dialects:ArSystem")
        .Flag("Enabled", (o, v) => o.Enabled = v, "false: all paths of the dialect are 404.")
        .Flag("AllowHttp", (o, v) => o.AllowHttp = v, "Serve the dialect over plain HTTP, too. For tests only; not with Gatehouse:RedirectHttpToHttps.")
        .Whole("TokenLifetimeSeconds", (o, v) => o.TokenLifetimeSeconds = v, 1, 86_400, "Life of a token.")
        .Text("Issuer", (o, v) => IsIssuer(o.Issuer = v), "1 to 255 visible ASCII characters without \" and \\", "The claim iss; default the host name.")
        .Flag("SingleComputer", (o, v) => o.SingleComputer = v, "An account signs in from one computer at a time (error 9093).")
        .Flag("AllowTakeOver", (o, v) => o.AllowTakeOver = v, "A sign-in from another computer ends the sessions of the first one; not with SingleComputer=false.")
        .Whole("TakeOverIntervalSeconds", (o, v) => o.TakeOverIntervalSeconds = v, 1, 86_400, "Shortest time between two take-overs of an account.")
        .Flag("AllowGuests", (o, v) => o.AllowGuests = v, "Names that no authority knows are signed in as the guest account.")
        .Text("GuestAccount", (o, v) => (o.GuestAccount = v).Length is >= 1 and <= 256, "1 to 256 characters", "The account of guests.")
        .Flag("UseCookie", (o, v) => o.UseCookie = v, "Send the token as a cookie, too, and take it from there.")
        .Text("Upstream", (o, v) => UpstreamOption.IsAllowed(o.Upstream = v), "'echo' or an absolute http or https URL without query", "Where protected paths go.")
        .Whole("UpstreamTimeoutSeconds", (o, v) => o.UpstreamTimeoutSeconds = v, 1, 86_400, "Time to the upstream's response head where X-AR-Timeout is absent.")
        .Whole("MaximumTimeoutSeconds", (o, v) => o.MaximumTimeoutSeconds = v, 1, 86_400, "The longest time that X-AR-Timeout can ask for.")
        .Rule("AllowTakeOver", o => o is { AllowTakeOver: true, SingleComputer: false }
            ? "'true' is not allowed together with SingleComputer=false; there is nothing to take over then. Remove one of the two."
            : null, "SingleComputer")
        .Rule("UpstreamTimeoutSeconds", o => o.UpstreamTimeoutSeconds > o.MaximumTimeoutSeconds
            ? $"'{o.UpstreamTimeoutSeconds}' is not allowed; allowed is a whole number from 1 to MaximumTimeoutSeconds ({o.MaximumTimeoutSeconds})."
            : null, "MaximumTimeoutSeconds");

    /// <summary>False: all paths of the dialect are 404.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Serve the dialect over plain HTTP, too (ARS-5).</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Life of a token, in seconds (ARS-31).</summary>
    public int TokenLifetimeSeconds { get; set; } = 3_600;

    /// <summary>The claim <c>iss</c> (ARS-33).</summary>
    public string Issuer { get; set; } = Environment.MachineName;

    /// <summary>An account signs in from one computer at a time (ARS-62).</summary>
    public bool SingleComputer { get; set; } = true;

    /// <summary>A sign-in from another computer ends the sessions of the first one (ARS-61).</summary>
    public bool AllowTakeOver { get; set; }

    /// <summary>Shortest time between two take-overs of an account, in seconds (ARS-61).</summary>
    public int TakeOverIntervalSeconds { get; set; } = 900;

    /// <summary>Names that no authority knows are signed in as the guest account (ARS-64).</summary>
    public bool AllowGuests { get; set; }

    /// <summary>The account of guests (ARS-64).</summary>
    public string GuestAccount { get; set; } = "guest";

    /// <summary>Send the token as a cookie, too, and take it from there (ARS-114).</summary>
    public bool UseCookie { get; set; }

    /// <summary>Where protected paths go: <c>echo</c> or an absolute URL.</summary>
    public string Upstream { get; set; } = "echo";

    /// <summary>Time to the upstream's response head, in seconds (ARS-93).</summary>
    public int UpstreamTimeoutSeconds { get; set; } = 120;

    /// <summary>The longest time that <c>X-AR-Timeout</c> can ask for, in seconds (ARS-93).</summary>
    public int MaximumTimeoutSeconds { get; set; } = 1_800;

    private static bool IsIssuer(string text) => text.Length is >= 1 and <= 255 && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny('"', '\\');
}
