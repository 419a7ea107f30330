using System.Text.Json;

namespace Gatehouse.Client.Micetro;

/// <summary>Options of a client of Micetro.</summary>
public sealed class MicetroClientOptions : PasswordSignInOptions
{
    /// <summary>
    /// How long a session is believed unused, as the answer does not say it; null: until it is refused. Short of the
    /// product's own time-out, so that a body that cannot be sent twice does not meet a dead session. More than zero.
    /// </summary>
    public TimeSpan? SessionIdle { get; set; } = TimeSpan.FromMinutes(15);

    private protected override void AddFaults(List<string> faults)
    {
        base.AddFaults(faults);
        Require(SessionIdle is not { } idle || idle > TimeSpan.Zero, $"{nameof(SessionIdle)} must be more than zero, or null.", faults);
    }
}

/// <summary>Micetro's wire: JSON at <c>/mmws/api/micetro/sessions</c>, the session as <c>Bearer</c> on every call.</summary>
/// <param name="options">Where, and who.</param>
public sealed class MicetroSignIn(MicetroClientOptions options) : ISignIn
{
    private const string Sessions = "mmws/api/micetro/sessions";
    private readonly MicetroClientOptions _options = options.Checked();

    /// <inheritdoc/>
    public string Dialect => "micetro";

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public Uri Scope => _options.Base;

    /// <inheritdoc/>
    public HttpRequestMessage SignIn()
    {
        var body = new Dictionary<string, string>(StringComparer.Ordinal) { ["loginName"] = _options.Name, ["password"] = _options.Password };
        return new HttpRequestMessage(HttpMethod.Post, new Uri(Scope, Sessions))
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new("application/json") } },
        };
    }

    /// <inheritdoc/>
    public HttpRequestMessage? Renew(Grant old) => null;

    /// <inheritdoc/>
    public HttpRequestMessage SignOut(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return new HttpRequestMessage(HttpMethod.Delete, new Uri(Scope, Sessions)) { Headers = { Authorization = grant.Authorization } };
    }

    /// <inheritdoc/>
    public Grant? Read(ReadOnlyMemory<byte> answer)
    {
        using var members = JsonDocument.Parse(answer);
        var session = members.RootElement.Text("result", "session");
        return session.IsToken() ? new Grant("Bearer", session!) { IdleLife = _options.SessionIdle } : null;
    }
}
