using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// A connection that changes its protocol (WebSocket, and whatever else is no HTTP): decided upon once, then bytes both
/// ways until one side ends it. A change to another HTTP is never offered to an upstream: requests in it would pass the
/// gate unseen.
/// </summary>
internal static class Tunnel
{
    private const int PieceLength = 16 * 1024;

    /// <summary>Whether a request asks for a tunnel that may be dug.</summary>
    public static bool IsAskedFor(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        && context.Request.Headers.Upgrade is [{ Length: > 0 } protocols]
        && Array.TrueForAll(protocols.Split(',', StringSplitOptions.TrimEntries), IsAllowed);

    /// <summary>Whether an upstream agreed to what was asked for.</summary>
    public static bool IsAgreed(HttpContext context, HttpResponseMessage answer) =>
        IsAskedFor(context)
        && answer.Headers.NonValidated.TryGetValues("Upgrade", out var agreed)
        && agreed.Count == 1
        && context.Request.Headers.Upgrade.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(agreed.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Passes bytes on until one side ends the connection or nothing moves any more.</summary>
    public static async Task RunAsync(HttpContext context, HttpResponseMessage answer, ActivityTimer timer)
    {
        context.Response.Headers.Upgrade = answer.Headers.NonValidated["Upgrade"].ToString();
        await using var upstream = await answer.Content.ReadAsStreamAsync(timer.Token);
        await using var caller = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timer.Token);
        Task[] ways = [CopyAsync(caller, upstream, timer, ended.Token), CopyAsync(upstream, caller, timer, ended.Token)];
        await Task.WhenAny(ways);
        await ended.CancelAsync();
        await Task.WhenAll(ways);
    }

    private static bool IsAllowed(string protocol) =>
        !protocol.StartsWith("h2", StringComparison.OrdinalIgnoreCase) && !protocol.StartsWith("h3", StringComparison.OrdinalIgnoreCase)
        && !protocol.StartsWith("HTTP", StringComparison.OrdinalIgnoreCase) && !protocol.StartsWith("TLS", StringComparison.OrdinalIgnoreCase);

    /// <summary>However it ends, it is the end of both ways.</summary>
    private static async Task CopyAsync(Stream from, Stream to, ActivityTimer timer, CancellationToken ended)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceLength);
        try
        {
            for (var length = await from.ReadAsync(piece, ended); length > 0; length = await from.ReadAsync(piece, ended))
            {
                await to.WriteAsync(piece.AsMemory(0, length), ended);
                await to.FlushAsync(ended);
                timer.Restart();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two is gone.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
