using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Client.Repositories;

/// <summary>Options of a client of one repository.</summary>
public sealed class RepositoriesClientOptions : PasswordSignInOptions
{
    /// <summary>Name of the repository, not escaped.</summary>
    public string Repository { get; set; } = "";

    /// <summary>
    /// How long a session is believed unused, as the answer does not say it; null: until it is refused. Short of the
    /// server's own time-out. More than zero.
    /// </summary>
    public TimeSpan? SessionIdle { get; set; } = TimeSpan.FromMinutes(15);

    private protected override void AddFaults(List<string> faults)
    {
        base.AddFaults(faults);
        Require(!Name.Contains(':', StringComparison.Ordinal), $"{nameof(Name)} contains a colon, which Basic cannot carry.", faults);
        Require(Repository.Length > 0 && !Repository.Contains('/', StringComparison.Ordinal), $"{nameof(Repository)} is missing, or contains a slash.", faults);
        Require(SessionIdle is not { } idle || idle > TimeSpan.Zero, $"{nameof(SessionIdle)} must be more than zero, or null.", faults);
    }
}

/// <summary>
/// The repositories' wire: a session pair from <c>/api/repositories/{name}/sessions</c>, then <c>Basic</c> with that pair in
/// the password's place. The credential goes to this one repository only.
/// </summary>
/// <param name="options">Where, and who.</param>
public sealed class RepositoriesSignIn(RepositoriesClientOptions options) : ISignIn
{
    private const string Basic = "Basic";
    private readonly RepositoriesClientOptions _options = options.Checked();

    /// <inheritdoc/>
    public string Dialect => "repositories";

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public Uri Scope => new(_options.Base, $"api/repositories/{Uri.EscapeDataString(_options.Repository)}/");

    /// <inheritdoc/>
    public HttpRequestMessage SignIn() => Ask(HttpMethod.Post, new AuthenticationHeaderValue(Basic, Pair(_options.Password)));

    /// <inheritdoc/>
    public HttpRequestMessage? Renew(Grant old) => null;

    /// <inheritdoc/>
    public HttpRequestMessage SignOut(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return Ask(HttpMethod.Delete, grant.Authorization);
    }

    /// <inheritdoc/>
    public Grant? Read(ReadOnlyMemory<byte> answer)
    {
        using var members = JsonDocument.Parse(answer);
        var (session, sid) = (members.RootElement.Text("session"), members.RootElement.Text("sid"));
        return session.IsToken() && sid.IsToken()
            ? new Grant(Basic, Pair($$"""{"session":{{JsonSerializer.Serialize(session)}},"sid":{{JsonSerializer.Serialize(sid)}}}""")) { IdleLife = _options.SessionIdle }
            : null;
    }

    private HttpRequestMessage Ask(HttpMethod method, AuthenticationHeaderValue authorization) =>
        new(method, new Uri(Scope, "sessions")) { Headers = { Authorization = authorization } };

    private string Pair(string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.Name}:{password}"));
}
