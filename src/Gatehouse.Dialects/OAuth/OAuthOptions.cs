using Gatehouse.Core.Configuration;
using Gatehouse.Core.Tokens;

namespace Gatehouse.Dialects.OAuth;

/// <summary>Options of the OAuth face (contract http-and-tokens, section 12).</summary>
public sealed class OAuthOptions
{
    private const int LongestRefresh = 31_536_000;

    /// <summary>The section, and its options.</summary>
    public static OptionTable<OAuthOptions> Table { get; } = new OptionTable<OAuthOptions>("Gatehouse:Dialects:OAuth")
        .Flag("Enabled", (o, v) => o.Enabled = v, "false: all paths of the OAuth face are 404.")
        .Flag("AllowHttp", (o, v) => o.AllowHttp = v, "Serve the OAuth face over plain HTTP, too. For networks that nobody listens to.")
        .Text("Issuer", (o, v) => IsIssuer(o.Issuer = v.TrimEnd('/')), "an https URL without query and fragment", "iss of the tokens, and where the metadata say the endpoints are. Default: the first https address of --urls. Several nodes must share it.")
        .List("Audiences", (o, v) => (o.Audiences = v).FirstOrDefault(string.IsNullOrWhiteSpace), "a list of texts", "For whom tokens may be asked, beside the issuer.")
        .List("Scopes", (o, v) => (o.Scopes = v).FirstOrDefault(scope => !ScopeList.IsPlainName(scope)), "a list of names of printable ASCII without blanks, \" and \\, that do not begin with tenant:", "Scopes that may be asked for, beside tenant:NAME.")
        .List("PasswordGrantClients", (o, v) => (o.PasswordGrantClients = v).FirstOrDefault(string.IsNullOrWhiteSpace), "a list of account names", "Clients that may use the grant 'password', for as long as they cannot do better. Empty: there is no such grant.")
        .Whole("AccessTokenSeconds", (o, v) => o.AccessTokenSeconds = v, 1, SigningKeys.LongestLifeSeconds, "How long an access token is valid.")
        .Whole("RefreshTokenSeconds", (o, v) => o.RefreshTokenSeconds = v, 1, LongestRefresh, "How long after the sign-in it can be refreshed.")
        .Whole("RefreshGraceSeconds", (o, v) => o.RefreshGraceSeconds = v, 0, 300, "How long a used refresh token is answered with its successor again.")
        .Whole("KeyDays", (o, v) => o.KeyDays = v, 2, 3_650, "How long a key signs before the next one takes over.");

    /// <summary>False: all paths of the OAuth face are 404.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Serve the OAuth face over plain HTTP, too.</summary>
    public bool AllowHttp { get; set; }

    /// <summary><c>iss</c>, without a final slash; null: the first https address that the server listens on (HTT-168).</summary>
    public string? Issuer { get; set; }

    /// <summary>For whom tokens may be asked, beside the issuer (HTT-156).</summary>
    public IReadOnlyList<string> Audiences { get; set; } = [];

    /// <summary>Scopes that may be asked for, beside <c>tenant:NAME</c> (HTT-152).</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <summary>Names of the clients that may use the grant <c>password</c>; empty: there is no such grant (HTT-147).</summary>
    public IReadOnlyList<string> PasswordGrantClients { get; set; } = [];

    /// <summary>How long an access token is valid, in seconds.</summary>
    public int AccessTokenSeconds { get; set; } = 600;

    /// <summary>How long after the sign-in it can be refreshed, in seconds.</summary>
    public int RefreshTokenSeconds { get; set; } = 2_592_000;

    /// <summary>How long a used refresh token is answered with its successor again, in seconds (HTT-150).</summary>
    public int RefreshGraceSeconds { get; set; } = 30;

    /// <summary>How long a key signs, in days (HTT-170).</summary>
    public int KeyDays { get; set; } = 90;

    private static bool IsIssuer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0
        && !text.Contains('?', StringComparison.Ordinal) && !text.Contains('#', StringComparison.Ordinal);
}
