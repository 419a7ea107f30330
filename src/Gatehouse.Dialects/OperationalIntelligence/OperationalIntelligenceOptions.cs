using System.Text.RegularExpressions;
using Gatehouse.Core.Configuration;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Options of the Operational Intelligence dialect (contract section 13).</summary>
public sealed partial class OperationalIntelligenceOptions : AuthenticationSchemeOptions
{
    private const int LongestLife = 2_592_000;
    private const int LongestMatchMilliseconds = 1_000;

    /// <summary>The section, and its options.</summary>
    public static OptionTable<OperationalIntelligenceOptions> Table { get; } = new OptionTable<OperationalIntelligenceOptions>("Gatehouse:Dialects:OperationalIntelligence")
        .Flag("Enabled", (o, v) => o.Enabled = v, "false: all paths of the dialect are 404.")
        .Flag("AllowHttp", (o, v) => o.AllowHttp = v, "Serve the dialect over plain HTTP, too, as its callers expect.")
        .Whole("IdleTimeoutSeconds", (o, v) => o.IdleTimeoutSeconds = v, 1, 86_400, "How long an access token is valid when it is not used; v in the answer.")
        .Whole("MaxLifetimeSeconds", (o, v) => o.MaxLifetimeSeconds = v, 1, LongestLife, "How long an access token is valid at most; not less than IdleTimeoutSeconds.")
        .Whole("RefreshLifetimeSeconds", (o, v) => o.RefreshLifetimeSeconds = v, 1, LongestLife, "How long after the sign-in it can be refreshed; not less than IdleTimeoutSeconds.")
        .Whole("RefreshGraceSeconds", (o, v) => o.RefreshGraceSeconds = v, 0, 300, "How long a used refresh token is answered with its successor again.")
        .List("Locales", (o, v) => FaultOf(o.Locales = v), "a list of 1 to 100 tags like es or pt_BR", "The locales of sessions; replaces the built-in list.")
        .Text("DefaultLocale", (o, v) => IsLocale(o.DefaultLocale = v), "one of Locales", "The locale of callers who ask for none of them.")
        .List("CorsOrigins", (o, v) => (o.CorsOrigins = v).FirstOrDefault(origin => !IsOrigin(origin)), "a list of origins like https://portal.example.com, in lower case, with the port where it is not the default", "Origins whose pages may call from a browser.")
        .Text("Upstream", (o, v) => UpstreamOption.IsAllowed(o.Upstream = v), "'echo' or an absolute http or https URL without query", "Where protected paths go.")
        .Rule("MaxLifetimeSeconds", o => ShorterThanIdle(o, o.MaxLifetimeSeconds), "IdleTimeoutSeconds")
        .Rule("RefreshLifetimeSeconds", o => ShorterThanIdle(o, o.RefreshLifetimeSeconds), "IdleTimeoutSeconds")
        .Rule("DefaultLocale", o => o.Locales.Contains(o.DefaultLocale, StringComparer.Ordinal)
            ? null
            : $"'{o.DefaultLocale}' is not allowed; allowed is one of Locales ({string.Join(' ', o.Locales)}).", "Locales");

    /// <summary>False: all paths of the dialect are 404 (OI-132).</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Serve the dialect over plain HTTP, too (OI-9, OI-10).</summary>
    public bool AllowHttp { get; set; } = true;

    /// <summary>How long an access token is valid when it is not used, in seconds (OI-51).</summary>
    public int IdleTimeoutSeconds { get; set; } = 1_800;

    /// <summary>How long an access token is valid at most, in seconds (OI-52).</summary>
    public int MaxLifetimeSeconds { get; set; } = 86_400;

    /// <summary>How long after the sign-in it can be refreshed, in seconds (OI-64).</summary>
    public int RefreshLifetimeSeconds { get; set; } = 86_400;

    /// <summary>How long a used refresh token is answered with its successor again, in seconds (OI-60).</summary>
    public int RefreshGraceSeconds { get; set; } = 30;

    /// <summary>The locales of sessions, in their spelling (OI-38).</summary>
    public IReadOnlyList<string> Locales { get; set; } = ["en_US", "en", "de", "es", "fr", "it", "ja", "ko", "pt_BR", "zh_CN", "zh_TW"];

    /// <summary>The locale of callers who ask for none of <see cref="Locales"/>.</summary>
    public string DefaultLocale { get; set; } = "en_US";

    /// <summary>Origins whose pages may call from a browser (OI-101 to OI-105).</summary>
    public IReadOnlyList<string> CorsOrigins { get; set; } = [];

    /// <summary>Where protected paths go: <c>echo</c> or an absolute URL (OI-131).</summary>
    public string Upstream { get; set; } = "echo";

    private static string? ShorterThanIdle(OperationalIntelligenceOptions options, int seconds) => seconds < options.IdleTimeoutSeconds
        ? $"'{seconds}' is not allowed; allowed is a whole number from IdleTimeoutSeconds ({options.IdleTimeoutSeconds}) to {LongestLife}."
        : null;

    private static string? FaultOf(IReadOnlyList<string> locales) => locales.Count is < 1 or > 100 ? $"{locales.Count} tags" : locales.FirstOrDefault(tag => !IsLocale(tag));

    private static bool IsLocale(string text) => text.Length <= 100 && Locale().IsMatch(text);

    private static bool IsOrigin(string text) =>
        Origin().Match(text) is { Success: true } match
        && (!match.Groups["port"].Success || int.Parse(match.Groups["port"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) is >= 1 and <= 65_535);

    [GeneratedRegex(@"\A[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, LongestMatchMilliseconds)]
    private static partial Regex Locale();

    [GeneratedRegex(@"\Ahttps?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?<port>[0-9]{1,5}))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, LongestMatchMilliseconds)]
    private static partial Regex Origin();
}
