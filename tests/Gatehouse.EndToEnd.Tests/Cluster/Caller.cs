using System.Net;
using System.Text.Json;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>Signs in, calls and signs out, at a node or through nginx.</summary>
internal sealed class Caller : IDisposable
{
    /// <summary>What stands for an answer that did not come.</summary>
    public const HttpStatusCode None = default;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(15) };

    /// <summary>Signs in.</summary>
    /// <returns>Null when no token came.</returns>
    public async Task<Ticket?> SignInAsync(Uri at, Product product, int account)
    {
        var form = new Dictionary<string, string> { ["username"] = Group.NameOf(account), ["password"] = Group.Password };
        var (status, text) = await SendAsync(at, HttpMethod.Post, product == Product.ArSystem ? "/api/jwt/login" : "/bppmws/api/authenticate/login", null, form);
        return status == HttpStatusCode.OK
            ? new Ticket(product, product == Product.ArSystem ? text : JsonDocument.Parse(text).RootElement.GetProperty("response").GetProperty("authToken").GetString()!)
            : null;
    }

    /// <summary>Calls the API behind the gate.</summary>
    public async Task<HttpStatusCode> CallAsync(Uri at, Ticket ticket) =>
        (await SendAsync(at, HttpMethod.Get, ticket.Product == Product.ArSystem ? "/api/arsys/v1/entry/x" : "/bppmws/api/Device", ticket, null)).Status;

    /// <summary>Signs out.</summary>
    public async Task<HttpStatusCode> SignOutAsync(Uri at, Ticket ticket) =>
        (await SendAsync(at, HttpMethod.Post, ticket.Product == Product.ArSystem ? "/api/jwt/logout" : "/bppmws/api/authenticate/logout", ticket, null)).Status;

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(Uri at, HttpMethod method, string path, Ticket? ticket, Dictionary<string, string>? form)
    {
        using var request = new HttpRequestMessage(method, new Uri(at, path));
        request.Content = form is null ? method == HttpMethod.Post ? new ByteArrayContent([]) : null : new FormUrlEncodedContent(form);
        if (ticket is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"{(ticket.Product == Product.ArSystem ? "AR-JWT" : "authtoken")} {ticket.Token}");
        }

        try
        {
            using var answer = await _http.SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            // A server that was killed, or stands still.
            return (None, "");
        }
    }
}
