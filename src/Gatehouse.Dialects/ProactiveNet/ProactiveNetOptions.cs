using Gatehouse.Core.Configuration;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Authentication;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>Options of the ProactiveNet dialect (contract section 12).</summary>
public sealed class ProactiveNetOptions : AuthenticationSchemeOptions
{
    private const string IssuedHere = "gatehouse";
    private const string IssuedBySso = "sso";
    private const int MaximumNoTenantNames = 20;
    private const int DefaultLifeHours = 24;

    /// <summary>The section, and its options.</summary>
    public static OptionTable<ProactiveNetOptions> Table { get; } = new OptionTable<ProactiveNetOptions>("Gatehouse:Dialects:ProactiveNet")
        .Explained("PropertiesFile", (o, v) => LoginExpiry.ReadFile(o.PropertiesFile = v).Fault, "a readable file", $"The product's bppmws.properties; its {LoginExpiry.Key} is the life of a token.")
        .Whole("LoginExpirySeconds", (o, v) => o.LoginExpirySeconds = v, 1, 31_536_000, "Life of a token; without it the properties file's, else 24 hours.")
        .Flag("AllowHttp", (o, v) => o.AllowHttp = v, "false: over plain HTTP everything is 403.")
        .Flag("AllowBase64", (o, v) => o.AllowBase64 = v, "Take name and password in Base64 on each request under /bppmws/api.")
        .Flag("AllowBasicScheme", (o, v) => o.AllowBasicScheme = v, "Take the Base64 format under the scheme Basic, too.")
        .Flag("AllowBase64OverHttp", (o, v) => o.AllowBase64OverHttp = v, "Take the Base64 format over plain HTTP, too.")
        .List("NoTenantNames", (o, v) => ReadNoTenantNames(o, v), "a list of at most 20 names", "Names that mean: no tenant.")
        .Whole("TombstoneDays", (o, v) => o.TombstoneDays = v, 1, 365, "How long an ended token is remembered, and its use therefore no wrong password.")
        .Explained("TokenIssuer", (o, v) => ReadIssuer(o, v), $"'{IssuedHere}' or '{IssuedBySso}'", "Who makes the tokens: this server, or an external single sign-on.")
        .Whole("SsoRecheckSeconds", (o, v) => o.SsoRecheckSeconds = v, 1, 3_600, "Longest time between two questions to the single sign-on about one token.")
        .Text("Upstream", (o, v) => UpstreamOption.IsAllowed(o.Upstream = v), "'echo' or an absolute http or https URL without query", "Where protected paths go.")
        .Flag("Enabled", (o, v) => o.Enabled = v, "false: all paths of the dialect are 404.")
        .Rule("LoginExpirySeconds", FaultOfExpiry);

    /// <summary>The product's <c>bppmws.properties</c> (PN-33); read at start only.</summary>
    public string? PropertiesFile { get; set; }

    /// <summary>Life of a token, in seconds (PN-34). Null: what the properties file says, else 24 hours.</summary>
    public int? LoginExpirySeconds { get; set; }

    /// <summary>Serve the dialect over plain HTTP, too (PN-5).</summary>
    public bool AllowHttp { get; set; } = true;

    /// <summary>Take name and password in Base64 on each request (PN-62).</summary>
    public bool AllowBase64 { get; set; } = true;

    /// <summary>Take them under the scheme <c>Basic</c>, too (PN-56).</summary>
    public bool AllowBasicScheme { get; set; } = true;

    /// <summary>Take them over plain HTTP, too (PN-58).</summary>
    public bool AllowBase64OverHttp { get; set; }

    /// <summary>Names that mean: no tenant (PN-64).</summary>
    public IReadOnlyList<string> NoTenantNames { get; set; } = ["*", "BmcRealm"];

    /// <summary>How long an ended token is remembered, in days (PN-49).</summary>
    public int TombstoneDays { get; set; } = 30;

    /// <summary>Tokens are those of an external single sign-on, handed on as they came (PN-93).</summary>
    public bool IsIssuedBySso { get; set; }

    /// <summary>Longest time between two questions to the single sign-on about one token, in seconds (PN-94).</summary>
    public int SsoRecheckSeconds { get; set; } = 60;

    /// <summary>Where protected paths go: <c>echo</c> or an absolute URL.</summary>
    public string Upstream { get; set; } = "echo";

    /// <summary>False: all paths of the dialect are 404.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Life of a token (PN-31 to PN-34), with what the properties file says.</summary>
    internal TimeSpan LifeWith(LoginExpiry? file) =>
        LoginExpirySeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromHours(file?.Hours ?? DefaultLifeHours);

    private static string? FaultOfExpiry(ProactiveNetOptions options) =>
        options is { LoginExpirySeconds: { } seconds, PropertiesFile: { } path } && LoginExpiry.ReadFile(path).Hours is { } hours && TimeSpan.FromHours(hours) != TimeSpan.FromSeconds(seconds)
            ? $"'{seconds}' contradicts {LoginExpiry.Key}={hours} ({hours * 3600L} seconds) in '{TypedText.Escape(path)}', which PropertiesFile names. Remove one of the two, or make them the same."
            : null;

    private static string? ReadNoTenantNames(ProactiveNetOptions options, IReadOnlyList<string> names)
    {
        options.NoTenantNames = names;
        return names.Count > MaximumNoTenantNames ? string.Join(',', names) : names.FirstOrDefault(name => CanonicalName.FaultOf(name, Tenant.MaximumNameLength) is not null);
    }

    private static string? ReadIssuer(ProactiveNetOptions options, string text)
    {
        options.IsIssuedBySso = text == IssuedBySso;
        return text is IssuedHere or IssuedBySso ? null : $"'{TypedText.Escape(text)}' is not allowed; allowed is '{IssuedHere}' or '{IssuedBySso}'.";
    }
}
