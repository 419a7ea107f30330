using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Core.Configuration;

namespace Gatehouse.Authorities.Sso;

/// <summary>How the gate shows its client secret (RFC 6749, section 2.3.1).</summary>
public enum ClientAuthentication
{
    /// <summary><c>client_secret_basic</c>: in <c>Authorization</c>, id and secret form-encoded first.</summary>
    Basic,

    /// <summary><c>client_secret_post</c>: in the body.</summary>
    Post,
}

/// <summary>Where it stands who has signed in.</summary>
public enum PersonSource
{
    /// <summary>The userinfo endpoint, asked with the access token.</summary>
    UserInfo,

    /// <summary>The ID token that comes with the access token; its signature is checked.</summary>
    IdToken,

    /// <summary>The answer of the introspection endpoint to the access token.</summary>
    Introspection,
}

/// <summary>How it is found out whether a token still holds.</summary>
public enum TokenCheck
{
    /// <summary>The introspection endpoint is asked (RFC 7662).</summary>
    Introspection,

    /// <summary>The token is a JSON Web Token and is checked with the issuer's keys; a sign-out there is not noticed.</summary>
    Keys,
}

/// <summary>Options of one external single sign-on (section <c>Gatehouse:Authorities:Sso:&lt;name&gt;</c>).</summary>
public sealed class SsoOptions
{
    private static readonly FrozenDictionary<string, ClientAuthentication> ClientAuthentications =
        new Dictionary<string, ClientAuthentication>(StringComparer.Ordinal) { ["basic"] = ClientAuthentication.Basic, ["post"] = ClientAuthentication.Post }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, PersonSource> PersonSources = new Dictionary<string, PersonSource>(StringComparer.Ordinal)
    {
        ["userinfo"] = PersonSource.UserInfo,
        ["id-token"] = PersonSource.IdToken,
        ["introspection"] = PersonSource.Introspection,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, TokenCheck> TokenChecks =
        new Dictionary<string, TokenCheck>(StringComparer.Ordinal) { ["introspection"] = TokenCheck.Introspection, ["keys"] = TokenCheck.Keys }.ToFrozenDictionary(StringComparer.Ordinal);

    // Public keys only: whoever knows them cannot sign (ATK-56).
    private static readonly string[] KnownAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>The issuer: its exact name, and where its discovery document stands.</summary>
    public Uri? Issuer { get; set; }

    /// <summary>The issuer exactly as written: it is compared as text.</summary>
    public string IssuerText { get; set; } = "";

    /// <summary>Id of the gate as a client.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Secret of the gate as a client.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>How id and secret are shown.</summary>
    public ClientAuthentication ClientAuthentication { get; set; }

    /// <summary>Scopes that are asked for, separated by blanks.</summary>
    public string Scope { get; set; } = "openid profile";

    /// <summary>The claim that is the account's name here; it must be the name that was asked for.</summary>
    public string NameClaim { get; set; } = "preferred_username";

    /// <summary>The claim that holds groups; a path with dots leads into objects.</summary>
    public string GroupsClaim { get; set; } = "groups";

    /// <summary>What groups mean here.</summary>
    public ClaimRules GroupRules { get; set; } = ClaimRules.None;

    /// <summary>Domains or realms, as in <c>name@domain</c>, that are this authority's.</summary>
    public IReadOnlyList<string> Domains { get; set; } = [];

    /// <summary>Where it stands who has signed in.</summary>
    public PersonSource PersonFrom { get; set; }

    /// <summary>How it is found out whether a token still holds.</summary>
    public TokenCheck TokenCheck { get; set; }

    /// <summary>Signature algorithms that are taken.</summary>
    public IReadOnlyList<string> Algorithms { get; set; } = ["RS256"];

    /// <summary>The audience that an access token must name; null: the client id.</summary>
    public string? Audience { get; set; }

    /// <summary>Values of <c>typ</c> that an access token may have.</summary>
    public IReadOnlyList<string> TokenTypes { get; set; } = ["at+jwt", "application/at+jwt"];

    /// <summary>Certificates of the authority that signed the server's certificate; empty: those of the machine.</summary>
    public X509Certificate2Collection Authorities { get; } = [];

    /// <summary>Take an issuer over plain HTTP, on this machine only.</summary>
    public bool AllowLoopbackHttp { get; set; }

    /// <summary>Longest time for one question and its answer, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 5;

    /// <summary>Most questions at once.</summary>
    public int MaxConnections { get; set; } = 16;

    /// <summary>The audience that an access token must name.</summary>
    internal string ExpectedAudience => Audience ?? ClientId;

    /// <summary>The options of the authority of a name.</summary>
    /// <param name="name">Its name in the configuration.</param>
    public static OptionTable<SsoOptions> TableOf(string name) => new OptionTable<SsoOptions>($"Gatehouse:Authorities:Sso:{name}")
        .Text("Issuer", ReadIssuer, "an absolute URL without query and fragment, https unless AllowLoopbackHttp", "The issuer, exactly as its discovery document names it.")
        .Text("ClientId", (o, v) => (o.ClientId = v).Length > 0, "a text", "Id of this gate as a client of the single sign-on.")
        .Text("ClientSecret", (o, v) => (o.ClientSecret = v).Length > 0, "a text", "Secret of this gate as a client; ClientSecretFile keeps it out of the configuration.", isSecret: true)
        .Text("ClientSecretFile", ReadSecretFile, "the path of a readable file with one line", "File with the secret.")
        .Text("ClientAuthentication", (o, v) => TryPick(ClientAuthentications, v, picked => o.ClientAuthentication = picked), "'basic' or 'post'", "How the secret is shown: client_secret_basic or client_secret_post.")
        .Text("Scope", (o, v) => (o.Scope = v).Trim().Length > 0, "scope names separated by blanks", "Scopes that are asked for.")
        .Text("NameClaim", (o, v) => (o.NameClaim = v).Length > 0, "a claim's name", "The claim that is the account's name here.")
        .Text("GroupsClaim", (o, v) => (o.GroupsClaim = v).Length > 0, "a claim's name, or a path with dots", "The claim that holds groups.")
        .List("GroupRules", (o, v) => ClaimRules.Read(v, rules => o.GroupRules = rules), "a list of VALUE=role:NAME and VALUE=tenant:NAME", "What values of the groups claim mean here.")
        .List("Domains", (o, v) => (o.Domains = v).FirstOrDefault(domain => domain.Length == 0), "a list of domains", "Domains or realms in typed names that are this authority's.")
        .Text("PersonFrom", (o, v) => TryPick(PersonSources, v, picked => o.PersonFrom = picked), "'userinfo', 'id-token' or 'introspection'", "Where it stands who has signed in.")
        .Text("TokenCheck", (o, v) => TryPick(TokenChecks, v, picked => o.TokenCheck = picked), "'introspection' or 'keys'", "How it is found out whether a token still holds.")
        .List("Algorithms", (o, v) => (o.Algorithms = v).Count == 0 ? "" : v.FirstOrDefault(name => !KnownAlgorithms.Contains(name, StringComparer.Ordinal)), $"a list of {string.Join(", ", KnownAlgorithms)}", "Signature algorithms that are taken.")
        .Text("Audience", (o, v) => (o.Audience = v).Length > 0, "a text", "The audience that an access token must name; without it the client id.")
        .List("TokenTypes", (o, v) => (o.TokenTypes = v).Count == 0 ? "" : v.FirstOrDefault(type => type.Length == 0), "a list of values of typ", "What typ an access token may have; many servers write JWT.")
        .Text("CaFile", ReadAuthorities, "the path of a readable PEM file with at least one certificate", "Who signed the server's certificate; without it the machine's authorities.")
        .Flag("AllowLoopbackHttp", (o, v) => o.AllowLoopbackHttp = v, "Take an issuer over plain HTTP on this machine, behind a sidecar.")
        .Whole("TimeoutSeconds", (o, v) => o.TimeoutSeconds = v, 1, 60, "Longest time for one question and its answer.")
        .Whole("MaxConnections", (o, v) => o.MaxConnections = v, 1, 256, "Most questions at once.")
        .Rule("Issuer", o => o.Issuer is null ? "is missing. Set it to the issuer's https URL." : null)
        .Rule("Issuer", o => o.Issuer is { } issuer && !IsSafe(issuer, o.AllowLoopbackHttp) ? $"'{issuer}' is not allowed; allowed is https, or http to this machine with AllowLoopbackHttp." : null, "AllowLoopbackHttp")
        .Rule("ClientId", o => o.ClientId.Length == 0 ? "is missing. Register this gate as a client and set its id." : null)
        .Rule("ClientSecret", o => o.ClientSecret.Length == 0 ? "is missing. Set it, or name a ClientSecretFile." : null, "ClientSecretFile");

    /// <summary>Whether a URL may be asked: https, or plain HTTP that stays on this machine where the operator allows it.</summary>
    internal static bool IsSafe(Uri url, bool allowLoopbackHttp) =>
        url.Scheme == Uri.UriSchemeHttps || (allowLoopbackHttp && url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);

    private static bool ReadIssuer(SsoOptions options, string text)
    {
        var readable = Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "https" or "http"
            && url is { UserInfo: "", Query: "", Fragment: "" }
            && !text.Contains('?', StringComparison.Ordinal)
            && !text.Contains('#', StringComparison.Ordinal);
        if (readable)
        {
            (options.Issuer, options.IssuerText) = (url, text);
        }

        return readable;
    }

    private static bool ReadSecretFile(SsoOptions options, string path)
    {
        try
        {
            options.ClientSecret = File.ReadAllText(path, Encoding.UTF8).TrimEnd('\r', '\n');
            return options.ClientSecret.Length > 0 && !options.ClientSecret.AsSpan().ContainsAny('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool ReadAuthorities(SsoOptions options, string path)
    {
        try
        {
            options.Authorities.Clear();
            options.Authorities.ImportFromPemFile(path);
            return options.Authorities.Count > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or CryptographicException)
        {
            return false;
        }
    }

    private static bool TryPick<T>(FrozenDictionary<string, T> words, string text, Action<T> take)
    {
        var known = words.TryGetValue(text, out var picked);
        if (known)
        {
            take(picked!);
        }

        return known;
    }
}
