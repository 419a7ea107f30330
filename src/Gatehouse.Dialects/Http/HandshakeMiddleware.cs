using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Http;

/// <summary>
/// Drops the half-open handshake of a connection at the end of the next request, whatever path it is for, unless that
/// request continued it (HTT-64, MIC-96).
/// </summary>
public sealed class HandshakeMiddleware(RequestDelegate next)
{
    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (HandshakeConnection.Of(context, create: false)?.Take() is not { } halfOpen)
        {
            await next(context);
            return;
        }

        var taken = new TakenHandshake(halfOpen);
        context.Features.Set(taken);
        try
        {
            await next(context);
        }
        finally
        {
            taken.Claim()?.Dispose();
        }
    }
}

/// <summary>The handshake that was half open when a request came, for whoever continues it.</summary>
internal sealed class TakenHandshake(HalfOpenHandshake handshake)
{
    private HalfOpenHandshake? _handshake = handshake;

    /// <summary>Takes it, once.</summary>
    public HalfOpenHandshake? Claim() => Interlocked.Exchange(ref _handshake, null);
}
