using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Client.ArSystem;

/// <summary>Options of a client of AR System (Remedy, Helix Innovation Suite).</summary>
public sealed class ArSystemClientOptions : PasswordSignInOptions
{
    /// <summary>Additional text for the external authority (for Active Directory: the domain); null for none.</summary>
    public string? AuthString { get; set; }
}

/// <summary>AR System's wire: a form at <c>/api/jwt/login</c>, the token as plain text, <c>AR-JWT</c> on every call.</summary>
/// <param name="options">Where, and who.</param>
public sealed class ArSystemSignIn(ArSystemClientOptions options) : ISignIn
{
    private readonly ArSystemClientOptions _options = options.Checked();

    /// <inheritdoc/>
    public string Dialect => "ar-system";

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public Uri Scope => _options.Base;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> IdentityFields { get; } = ["Authorization", "Cookie", ArSystemHandler.ImpersonatedUser];

    /// <inheritdoc/>
    public bool TryActAs(HttpRequestMessage request, string user)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        request.Headers.Remove(ArSystemHandler.ImpersonatedUser);
        request.Headers.Add(ArSystemHandler.ImpersonatedUser, Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
        return true;
    }

    /// <inheritdoc/>
    public HttpRequestMessage SignIn()
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["username"] = _options.Name, ["password"] = _options.Password };
        if (_options.AuthString is not null)
        {
            form["authString"] = _options.AuthString;
        }

        return new HttpRequestMessage(HttpMethod.Post, new Uri(Scope, "api/jwt/login")) { Content = new FormUrlEncodedContent(form) };
    }

    /// <inheritdoc/>
    public HttpRequestMessage? Renew(Grant old) => null;

    /// <inheritdoc/>
    public HttpRequestMessage SignOut(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return new HttpRequestMessage(HttpMethod.Post, new Uri(Scope, "api/jwt/logout")) { Headers = { Authorization = grant.Authorization } };
    }

    /// <inheritdoc/>
    public Grant? Read(ReadOnlyMemory<byte> answer)
    {
        var token = Encoding.ASCII.GetString(answer.Span).Trim();
        return token.IsToken() ? new Grant("AR-JWT", token) { Life = LifeOf(token) } : null;
    }

    /// <summary>The span between the claims, not the moment of <c>exp</c>: the clocks of two machines differ. Null where the claims cannot be read.</summary>
    private static TimeSpan? LifeOf(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || !Base64Url.IsValid(parts[1]))
        {
            return null;
        }

        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return (claims.RootElement.Whole("exp") - claims.RootElement.Whole("iat")).Seconds().CutToSeconds();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
