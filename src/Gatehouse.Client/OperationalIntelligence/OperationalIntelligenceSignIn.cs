using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Client.OperationalIntelligence;

/// <summary>What a call may see.</summary>
public enum CallScope
{
    /// <summary>The tenant of the sign-in.</summary>
    SignInTenant,

    /// <summary>All tenants of the account.</summary>
    All,

    /// <summary>Everything; the account needs the right to.</summary>
    Global,
}

/// <summary>Options of a client of DX Operational Intelligence.</summary>
public sealed class OperationalIntelligenceClientOptions : PasswordSignInOptions
{
    /// <summary>Name of the tenant to sign in to.</summary>
    public string Tenant { get; set; } = "";

    /// <summary>What calls may see.</summary>
    public CallScope Scope { get; set; }

    private protected override void AddFaults(List<string> faults)
    {
        base.AddFaults(faults);
        Require(Tenant.Length > 0 && !Tenant.Contains(':', StringComparison.Ordinal), $"{nameof(Tenant)} is missing, or contains a colon.", faults);
        Require(Enum.IsDefined(Scope), $"{nameof(Scope)} must be {nameof(CallScope.SignInTenant)}, {nameof(CallScope.All)} or {nameof(CallScope.Global)}.", faults);
    }
}

/// <summary>
/// Operational Intelligence's wire: grants at <c>/ess/security/v1/token</c> under the tenant's name, the token wrapped in
/// JSON and base64 on every call. It has no sign-out.
/// </summary>
/// <param name="options">Where, and who.</param>
public sealed class OperationalIntelligenceSignIn(OperationalIntelligenceClientOptions options) : ISignIn
{
    private readonly OperationalIntelligenceClientOptions _options = options.Checked();

    /// <inheritdoc/>
    public string Dialect => "operational-intelligence";

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public Uri Scope => _options.Base;

    /// <inheritdoc/>
    public HttpRequestMessage SignIn() => Ask(("grant_type", "PASSWORD"), ("username", _options.Name), ("password", _options.Password));

    /// <inheritdoc/>
    public HttpRequestMessage? Renew(Grant old)
    {
        ArgumentNullException.ThrowIfNull(old);
        return old.Secret is { } refreshToken ? Ask(("grant_type", "REFRESH_TOKEN"), ("refresh_token", refreshToken)) : null;
    }

    /// <inheritdoc/>
    public HttpRequestMessage? SignOut(Grant grant) => null;

    /// <inheritdoc/>
    public Grant? Read(ReadOnlyMemory<byte> answer)
    {
        using var members = JsonDocument.Parse(answer);
        var token = members.RootElement.Text("tkn");
        return token.IsToken()
            ? new Grant("Bearer", Wrap(token!)) { IdleLife = members.RootElement.Whole("v").Seconds(), Secret = members.RootElement.Text("rtkn") }
            : null;
    }

    private HttpRequestMessage Ask(params (string Name, string Value)[] form) =>
        new(HttpMethod.Post, new Uri(Scope, "ess/security/v1/token"))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(_options.Tenant))) },
            Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };

    private string Wrap(string token)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("tkn", token);
            switch (_options.Scope)
            {
                case CallScope.All:
                    json.WriteBoolean("all", value: true);
                    break;
                case CallScope.Global:
                    json.WriteBoolean("global", value: true);
                    break;
                default:
                    json.WriteString("t", _options.Tenant);
                    break;
            }

            json.WriteEndObject();
        }

        return Convert.ToBase64String(buffer.ToArray());
    }
}
