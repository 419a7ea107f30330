using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>The caller's own number of a request, <c>client_txn_id</c>: recorded and sent back (OI-36, OI-37).</summary>
/// <param name="Id">What the caller sent; null when there is none that may be recorded.</param>
internal sealed record ClientTransaction(string? Id)
{
    private const string Parameter = "client_txn_id";
    private const string Header = "X-Client-Txn-Id";
    private const int MaximumLength = 128;
    private static readonly SearchValues<byte> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@~-"u8);

    /// <summary>The transaction of a request; none where the endpoint does not track them.</summary>
    public static string? IdOf(HttpContext context) => context.Features.Get<ClientTransaction>()?.Id;

    /// <summary>Reads the parameter, and sees to it that every answer carries it.</summary>
    public static void Track(HttpContext context)
    {
        var sent = UrlQuery.Fields(context.Request.QueryString).FindAll(field => Encoding.Latin1.GetString(field.Name) == Parameter);
        if (sent.Count != 1 || sent[0].Value is not { Length: >= 1 and <= MaximumLength } value || value.AsSpan().ContainsAnyExcept(Allowed))
        {
            return;
        }

        var id = Encoding.ASCII.GetString(value);
        context.Features.Set(new ClientTransaction(id));
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[Header] = id;
            return Task.CompletedTask;
        });
    }
}
