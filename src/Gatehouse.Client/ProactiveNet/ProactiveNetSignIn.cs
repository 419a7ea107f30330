using System.Globalization;
using System.Text.Json;

namespace Gatehouse.Client.ProactiveNet;

/// <summary>Options of a client of ProactiveNet or TrueSight.</summary>
public sealed class ProactiveNetClientOptions : PasswordSignInOptions
{
    /// <summary>The tenant that the token is narrowed to; null for none.</summary>
    public string? TenantName { get; set; }
}

/// <summary>ProactiveNet's wire: a form at <c>/bppmws/api/authenticate/login</c>, a JSON envelope, <c>authtoken</c> on every call.</summary>
/// <param name="options">Where, and who.</param>
public sealed class ProactiveNetSignIn(ProactiveNetClientOptions options) : ISignIn
{
    private readonly ProactiveNetClientOptions _options = options.Checked();

    /// <inheritdoc/>
    public string Dialect => "proactivenet";

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public Uri Scope => _options.Base;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> IdentityFields { get; } = ["Authorization", "Cookie", "authToken"];

    /// <inheritdoc/>
    public HttpRequestMessage SignIn()
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["username"] = _options.Name, ["password"] = _options.Password };
        if (_options.TenantName is not null)
        {
            form["tenantName"] = _options.TenantName;
        }

        return new HttpRequestMessage(HttpMethod.Post, new Uri(Scope, "bppmws/api/authenticate/login")) { Content = new FormUrlEncodedContent(form) };
    }

    /// <inheritdoc/>
    public HttpRequestMessage? Renew(Grant old) => null;

    /// <inheritdoc/>
    public HttpRequestMessage SignOut(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);

        // By the token: name and password would end the account's other sessions, too. The form is empty, not absent.
        return new HttpRequestMessage(HttpMethod.Post, new Uri(Scope, "bppmws/api/authenticate/logout"))
        {
            Headers = { Authorization = grant.Authorization },
            Content = new FormUrlEncodedContent([]),
        };
    }

    /// <inheritdoc/>
    public Grant? Read(ReadOnlyMemory<byte> answer)
    {
        using var envelope = JsonDocument.Parse(answer);
        var root = envelope.RootElement;
        var token = root.Text("response", "authToken");
        return token.IsToken() ? new Grant("authtoken", token!) { Life = LifeOf(root) } : null;
    }

    /// <summary>Both times are of the upstream's clock and in the same zone, whichever that is.</summary>
    private static TimeSpan? LifeOf(JsonElement root) =>
        (TimeOf(root.Text("response", "expires")) - TimeOf(root.Text("responseTimeStamp"))).CutToSeconds();

    private static DateTime? TimeOf(string? text) =>
        DateTime.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
