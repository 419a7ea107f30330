using System.Security.Cryptography;
using System.Text.Json;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Configuration;
using Gatehouse.Core.Text;
using Gatehouse.Gateway.Forwarding;

namespace Gatehouse.Gateway.Routing;

/// <summary>Words of the option <c>Identity</c>: what an upstream is told of the caller.</summary>
public static class IdentityForms
{
    /// <summary>Header fields <c>Remote-*</c>.</summary>
    public const string Headers = "headers";

    /// <summary>A signed JWT in <c>Gatehouse-Assertion</c>.</summary>
    public const string Assertion = "assertion";

    /// <summary>The caller's own credential, as it came.</summary>
    public const string Credential = "credential";

    /// <summary>Nothing of the caller: the gate signs in with an account of its own.</summary>
    public const string SignIn = "sign-in";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Headers, Assertion, Credential, SignIn];
}

/// <summary>One route as it is configured (section <c>Gatehouse:Routes:NAME</c>).</summary>
/// <param name="name">The name that the operator chose.</param>
public sealed class GateRouteOptions(string name)
{
    /// <summary>Where routes stand.</summary>
    public const string Root = "Gatehouse:Routes";

    /// <summary>The operator's name for it.</summary>
    public string Name { get; } = name;

    /// <summary>Its section.</summary>
    public string Section => $"{Root}:{Name}";

    /// <summary>The prefix of the paths that it serves: in normal form, without slash at its end; empty for all paths.</summary>
    public string? Path { get; set; }

    /// <summary>Id of the dialect whose credential protects it; null: that of the prefix that it stands below.</summary>
    public string? Dialect { get; set; }

    /// <summary><c>echo</c>, or absolute URLs of servers that serve the same API.</summary>
    public IReadOnlyList<string> Upstream { get; set; } = [];

    /// <summary>What stands in the place of <see cref="Path"/> in what is sent on; null: the same.</summary>
    public string? UpstreamPath { get; set; }

    /// <summary>The caller must have one of these tenants in this request; empty: any, or none.</summary>
    public IReadOnlyList<string> Tenants { get; set; } = [];

    /// <summary>The caller must have one of these roles; empty: none is needed.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>The methods that there are; empty: all.</summary>
    public IReadOnlyList<string> Methods { get; set; } = [];

    /// <summary>What the upstream is told: one of <see cref="IdentityForms"/>.</summary>
    public string Identity { get; set; } = IdentityForms.Headers;

    /// <summary><c>aud</c> of the assertion.</summary>
    public string? Audience { get; set; }

    /// <summary>The account of the gate's own.</summary>
    public RouteSignIn SignIn { get; } = new();

    /// <summary>Whether the built-in upstream answers.</summary>
    public bool IsEcho => Upstream is [EchoUpstream.Name];

    /// <summary>The options of a route.</summary>
    /// <param name="name">The route's name.</param>
    public static OptionTable<GateRouteOptions> TableOf(string name) => new OptionTable<GateRouteOptions>($"{Root}:{name}")
        .Explained("Path", (o, v) => ReadPath(v, path => o.Path = path), "a path that begins with a slash", "Prefix of the paths that the route serves, in whole segments and any letter case; the longest prefix wins.")
        .Text("Dialect", (o, v) => DialectIds.Contains(o.Dialect = v), $"one of {string.Join(", ", DialectIds)}", "Whose credential protects it. Below a dialect's own prefix: that dialect.")
        .List("Upstream", (o, v) => (o.Upstream = v).FirstOrDefault(url => !IsUpstream(url) || (url == EchoUpstream.Name && v.Count > 1)), "'echo', or absolute URLs without query, fragment and password", "Where requests go: any of these servers.")
        .Explained("UpstreamPath", (o, v) => ReadPath(v, path => o.UpstreamPath = path), "a path that begins with a slash", "Stands in the place of Path in what is sent on. Default: the path stays as it is.")
        .List("Tenants", (o, v) => (o.Tenants = v).FirstOrDefault(tenant => tenant.Length is 0 or > 128), "a list of names of tenants", "The caller must have one of them in this request, else 403.")
        .List("Roles", (o, v) => (o.Roles = v).FirstOrDefault(role => !RoleNames.All.Contains(role, StringComparer.Ordinal)), $"a list of {string.Join(", ", RoleNames.All)}", "The caller must have one of them, else 403.")
        .List("Methods", (o, v) => (o.Methods = v).FirstOrDefault(method => !IsMethod(method)), "a list of methods in capitals, without TRACE and CONNECT", "The methods that there are; others are 405. GET includes HEAD. Default: all.")
        .Text("Identity", (o, v) => IdentityForms.All.Contains(o.Identity = v, StringComparer.Ordinal), $"one of {string.Join(", ", IdentityForms.All)}", "What the upstream is told of the caller: headers (Remote-*), assertion (a signed JWT), credential (his own, as it came), sign-in (nothing: the gate signs in with an account of its own).")
        .Text("Audience", (o, v) => (o.Audience = v).Length is > 0 and <= 1_024, "a text of 1 to 1024 characters", "Whom an assertion is for (aud). The upstream must refuse every other.")
        .Text("SignIn:Dialect", (o, v) => SignInDialects.Contains(o.SignIn.Dialect = v), $"one of {string.Join(", ", SignInDialects)}", "The dialect that the upstream speaks.")
        .Text("SignIn:Account", (o, v) => (o.SignIn.Account = v).Length is > 0 and <= 256, "a name of 1 to 256 characters", "The account that the gate signs in with; for oauth, the client's id.")
        .Text("SignIn:PasswordFile", (o, v) => (o.SignIn.PasswordFile = v).Length > 0, "the path of a file", "Holds the account's password, UTF-8; one line end at its end does not count. Relative to the configuration file.")
        .Text("SignIn:Password", (o, v) => (o.SignIn.Password = v).Length > 0, "a text", "The account's password as a value, for the environment; not together with PasswordFile.", isSecret: true)
        .Text("SignIn:Tenant", (o, v) => (o.SignIn.Tenant = v).Length is > 0 and <= 128, "a name of 1 to 128 characters", "Where to sign in: ProactiveNet's tenantName, Operational Intelligence's tenant, the repository.")
        .Flag("SignIn:Impersonate", (o, v) => o.SignIn.Impersonate = v, "Let each request act as the caller (X-AR-Impersonated-User). The account must have the right to. AR System only.")
        .Flag("SignIn:AllowHttp", (o, v) => o.SignIn.AllowHttp = v, "Send the password over plain HTTP. For networks that nobody listens to.")
        .Text("SignIn:TokenEndpoint", (o, v) => IsUpstream(o.SignIn.TokenEndpoint = v) && v != EchoUpstream.Name, "an absolute URL", "Where access tokens come from; for oauth.")
        .Text("SignIn:Scope", (o, v) => (o.SignIn.Scope = v).Length > 0, "a text", "The scope that is asked for; for oauth.")
        .Text("SignIn:Audience", (o, v) => (o.SignIn.Audience = v).Length > 0, "a text", "The audience that is asked for; for oauth.")
        .Whole("SignIn:RefusedPauseSeconds", (o, v) => o.SignIn.RefusedPauseSeconds = v, 1, 3_600, "How long none is tried after a refused sign-in; doubled each time, up to an hour.")
        .Rule("Path", o => o.Path is null ? "there is no path; name the prefix of the paths that the route serves." : null)
        .Rule("Upstream", o => o.Upstream.Count == 0 ? "there is no upstream; name 'echo' or absolute URLs." : null)
        .Rule("Identity", o => o.IsEcho && o.Identity != IdentityForms.Headers ? $"'{o.Identity}' is of no use to 'echo'; remove it, or name a real upstream." : null, "Upstream")
        .Rule("Audience", o => o.Identity == IdentityForms.Assertion ? (o.Audience is null ? "an assertion without audience would be good anywhere; name one." : null) : (o.Audience is null ? null : "only an assertion has an audience; remove it, or set Identity to 'assertion'."), "Identity")
        .Rule("SignIn:Dialect", o => o.Identity == IdentityForms.SignIn ? (o.SignIn.Dialect is null ? "is missing; name the dialect that the upstream speaks." : null) : (o.SignIn.IsEmpty ? null : "SignIn is of no use here; remove it, or set Identity to 'sign-in'."), "Identity")
        .Rule("SignIn:Impersonate", o => o.SignIn is { Impersonate: true, Dialect: not null and not "ar-system" } ? "'true' is not allowed; only ar-system has impersonation." : null, "SignIn:Dialect")
        .Rule("SignIn:PasswordFile", o => o.SignIn is { PasswordFile: not null, Password: not null } ? "PasswordFile and Password exclude each other; remove one." : null);

    /// <summary>Ids of the dialects that protect paths.</summary>
    public static IReadOnlyList<string> DialectIds { get; } = ["micetro", "repositories", "ar-system", "operational-intelligence", "proactivenet"];

    private static IReadOnlyList<string> SignInDialects { get; } = [.. DialectIds, "oauth"];

    /// <summary>A value that is equal for routes that are alike, passwords included, and from which nobody reads one.</summary>
    public string Fingerprint() => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this)));

    /// <summary>The file of a secret that others than its owner can read or write; null: there is none.</summary>
    public string? LooseSecretFile() => SignIn.LooseFile;

    private static string? ReadPath(string text, Action<string> set)
    {
        if (!text.StartsWith('/') || text.Contains('?', StringComparison.Ordinal) || text.Contains(';', StringComparison.Ordinal) || !NormalPath.TryRead(text, out var normal))
        {
            return $"'{TypedText.Escape(text)}' is not allowed; allowed is a path that begins with a slash, like /orders.";
        }

        set(normal.TrimEnd('/'));
        return normal == text ? null : $"'{TypedText.Escape(text)}' is not in normal form; write {normal}.";
    }

    private static bool IsUpstream(string text) =>
        text == EchoUpstream.Name
        || (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0);

    private static bool IsMethod(string text) =>
        text.Length is > 0 and <= 32 && text is not ("TRACE" or "CONNECT") && !text.AsSpan().ContainsAnyExceptInRange('A', 'Z');
}
