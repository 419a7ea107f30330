using System.Text.RegularExpressions;
using Gatehouse.Core.Configuration;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.Micetro.Soap;
using Microsoft.AspNetCore.Authentication;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Options of the Micetro dialect (contract section 11).</summary>
public sealed partial class MicetroOptions : AuthenticationSchemeOptions
{
    private const string Section = "Gatehouse:Dialects:Micetro";
    private const int LongestLifetime = 2_592_000;

    /// <summary>The section, and its options.</summary>
    public static OptionTable<MicetroOptions> Table { get; } = new OptionTable<MicetroOptions>(Section)
        .Flag("Enabled", (o, v) => o.Enabled = v, "false: all paths of the dialect are 404, and its files are not read.")
        .Text("PreferencesFile", (o, v) => (o.PreferencesFile = v).Length > 0, "the path of a preferences.cfg", "The product's own preferences.cfg; relative to the configuration file.")
        .Text("Realm", (o, v) => IsRealm(o.Realm = v), "1 to 64 printable ASCII characters without \" and \\", "The realm in challenges.")
        .Whole("SessionIdleSeconds", (o, v) => o.SessionIdleSeconds = v, 1, 86_400, "A session dies when it is not used for so long.")
        .Whole("SessionLifetimeSeconds", (o, v) => o.SessionLifetimeSeconds = v, 1, LongestLifetime, "A session dies so long after its Login, used or not; not below SessionIdleSeconds.")
        .Whole("MaxSessionsPerAccount", (o, v) => o.MaxSessionsPerAccount = v, 0, 100_000, "Most live sessions of an account; 0 is no limit.")
        .Flag("AllowHttp", (o, v) => o.AllowHttp = v, "Serve the dialect over plain HTTP from everywhere, not from loopback only.")
        .Flag("AllowPasswordInUrl", (o, v) => o.AllowPasswordInUrl = v, "Accept loginName and password in the URL of a Login.")
        .Flag("AllowSessionInUrl", (o, v) => o.AllowSessionInUrl = v, "Accept session in the URL.")
        .Flag("PersistNtlm", (o, v) => o.PersistNtlm = v, "An NTLM handshake holds for its connection.")
        .Whole("MaxCallBodyBytes", (o, v) => o.MaxCallBodyBytes = v, 65_536, 67_108_864, "Largest body of a call whose body is looked into.")
        .Text("ReportedVersion", (o, v) => VersionPattern().IsMatch(o.ReportedVersion = v), "n.n to n.n.n.n", "The versions that web_getPreLoginInfo reports.")
        .Text("WsdlFile", (o, v) => (o.WsdlFile = v).Length > 0, "the path of a WSDL", "The product's own WSDL, served in place of the built-in one; relative to the configuration file.")
        .Text("Upstream", (o, v) => UpstreamOption.IsAllowed(o.Upstream = v), "'echo' or an absolute http or https URL without query", "Where protected paths go.")
        .Rule(
            "SessionLifetimeSeconds",
            o => o.SessionLifetimeSeconds < o.SessionIdleSeconds
                ? $"'{o.SessionLifetimeSeconds}' is not allowed; allowed is a whole number from SessionIdleSeconds ({o.SessionIdleSeconds}) to {LongestLifetime}."
                : null,
            "SessionIdleSeconds");

    /// <summary>False: all paths of the dialect are 404 (MIC-131).</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Path of the product's own <c>preferences.cfg</c>, or null (MIC-103).</summary>
    public string? PreferencesFile { get; set; }

    /// <summary>The realm in challenges (MIC-87).</summary>
    public string Realm { get; set; } = "Micetro";

    /// <summary>Longest time between two uses of a session, in seconds (MIC-76).</summary>
    public int SessionIdleSeconds { get; set; } = 1_800;

    /// <summary>Life of a session, in seconds (MIC-76).</summary>
    public int SessionLifetimeSeconds { get; set; } = 43_200;

    /// <summary>Most live sessions of an account; 0 is no limit (MIC-80).</summary>
    public int MaxSessionsPerAccount { get; set; } = 1_000;

    /// <summary>Serve plain HTTP from everywhere, not from loopback only (MIC-14).</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Accept <c>loginName</c> and <c>password</c> in the URL of a Login (MIC-19).</summary>
    public bool AllowPasswordInUrl { get; set; }

    /// <summary>Accept <c>session</c> in the URL (MIC-82).</summary>
    public bool AllowSessionInUrl { get; set; } = true;

    /// <summary>An NTLM handshake holds for its connection (MIC-99).</summary>
    public bool PersistNtlm { get; set; } = true;

    /// <summary>Largest body of a call whose body is looked into, in bytes (MIC-118).</summary>
    public int MaxCallBodyBytes { get; set; } = 1_048_576;

    /// <summary>The versions that <c>web_getPreLoginInfo</c> reports (MIC-111).</summary>
    public string ReportedVersion { get; set; } = "11.1.0";

    /// <summary>Path of the product's own WSDL, or null (MIC-72).</summary>
    public string? WsdlFile { get; set; }

    /// <summary>Where protected paths go: <c>echo</c> or an absolute URL.</summary>
    public string Upstream { get; set; } = "echo";

    /// <summary>What <see cref="PreferencesFile"/> says; an application may set it itself.</summary>
    public MicetroPreferences Preferences { get; set; } = new();

    /// <summary>What <see cref="WsdlFile"/> holds.</summary>
    internal WsdlTemplate? Wsdl { get; private set; }

    /// <summary>Reads the files that the options name; a change in them needs a restart.</summary>
    /// <param name="baseDirectory">Where relative paths begin.</param>
    /// <returns>Every fault, with option, file and remedy (MIC-107, MIC-130).</returns>
    public IReadOnlyList<OptionFault> LoadFiles(string baseDirectory)
    {
        var faults = new List<OptionFault>();
        if (!Enabled)
        {
            return faults;
        }

        if (PreferencesFile is { Length: > 0 } preferences && ReadFile("PreferencesFile", Path.Combine(baseDirectory, preferences), Micetro.PreferencesFile.MaximumBytes + 1, faults) is { } content)
        {
            Preferences = Micetro.PreferencesFile.Read(content, out var wrong);
            faults.AddRange(wrong.Select(fault => FaultOf("PreferencesFile", preferences, fault)));
        }

        if (WsdlFile is { Length: > 0 } wsdl && ReadFile("WsdlFile", Path.Combine(baseDirectory, wsdl), int.MaxValue, faults) is { } document)
        {
            Wsdl = WsdlTemplate.TryParse(document, out var template, out var fault) ? template : null;
            if (fault is not null)
            {
                faults.Add(FaultOf("WsdlFile", wsdl, fault));
            }
        }

        return faults;
    }

    private static OptionFault FaultOf(string option, string file, string fault) => new($"{Section}:{option}", $"'{Core.Text.TypedText.Escape(file)}' cannot be used: {fault}");

    /// <summary>Reads no more than is looked at.</summary>
    private static byte[]? ReadFile(string option, string path, int maximum, List<OptionFault> faults)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[(int)Math.Min(file.Length, maximum)];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            faults.Add(FaultOf(option, path, "it cannot be read; name a file that is there and that the server may read."));
            return null;
        }
    }

    private static bool IsRealm(string text) => text.Length is >= 1 and <= 64 && !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.AsSpan().ContainsAny('"', '\\');

    [GeneratedRegex(@"^[0-9]{1,9}(\.[0-9]{1,9}){1,3}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionPattern();
}
